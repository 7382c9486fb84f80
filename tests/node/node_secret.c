/*
 * Secrets: who gets which, how a job reads them, and that a value is nowhere else.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

#define VALUE "canary-5f3a9c-value"
#define CKSUM "cksum <$DB"
#define VALUE_CKSUM "342691760 19"

static const Wish alice = {.run_as = "alice",
						   .tenant = "t",
						   .secrets = (const char *const[]){"DB=database-password", "API=token", NULL}};

static Wish
with(const char *command, const char *const *secrets)
{
	Wish wish = alice;

	wish.command = command;
	if (secrets != NULL)
		wish.secrets = secrets;
	return wish;
}

static void
prints(const char *command, const char *text, const char *what)
{
	const Wish wish = with(command, NULL);

	ok(printed(node_run(&wish), 0, text), "%s", what);
}

/* The reason names the secret and never its value. */
static void
refuses(const char *secret, const char *reason)
{
	const Wish wish = with("true", (const char *const[]){secret, NULL});
	const char *name = strchr(secret, '=') + 1;
	const Seen *s = node_run(&wish);
	bool good = ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, name) != NULL &&
				strstr(s->text, reason) != NULL && strstr(s->text, VALUE) == NULL;

	ok(good, "%s: %s", name, s->text);
}

/* ---- where a text is ---- */

static bool
file_has(const char *path, const char *text)
{
	cleanup_fclose FILE *f = fopen(path, "re");
	size_t len = strlen(text);
	char bytes[8192];
	size_t kept = 0;
	size_t n;

	while (f != NULL && (n = fread(bytes + kept, 1, sizeof(bytes) - kept, f)) > 0)
	{
		kept += n;
		if (memmem(bytes, kept, text, len) != NULL)
			return true;
		if (kept >= len)
		{
			memmove(bytes, bytes + kept - len + 1, len - 1);
			kept = len - 1;
		}
	}
	return false;
}

/* Arguments and environments of all processes. */
static bool
processes_have(const char *text)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		cleanup_free char *cmdline = mem_printf("/proc/%s/cmdline", entry->d_name);
		cleanup_free char *environ_file = mem_printf("/proc/%s/environ", entry->d_name);

		found |= entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
				 (file_has(cmdline, text) || file_has(environ_file, text));
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* What a process has in memory, but for the huge maps of a sanitizer. */
static bool
memory_has(pid_t pid, const char *text)
{
	cleanup_free char *maps = mem_printf("/proc/%d/maps", (int) pid);
	cleanup_free char *mem = mem_printf("/proc/%d/mem", (int) pid);
	cleanup_fclose FILE *f = fopen(maps, "re");
	cleanup_close int fd = open(mem, O_RDONLY | O_CLOEXEC);
	static char bytes[1024 * 1024];
	char line[512];
	unsigned long from;
	unsigned long to;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
	{
		if (sscanf(line, "%lx-%lx r", &from, &to) != 2 || to - from > (256UL << 20))
			continue;
		for (unsigned long at = from; at < to; at += sizeof(bytes) - 64)
		{
			ssize_t n = pread(fd, bytes, to - at < sizeof(bytes) ? to - at : sizeof(bytes), (off_t) at);

			if (n > 0 && memmem(bytes, (size_t) n, text, strlen(text)) != NULL)
				return true;
		}
	}
	return false;
}

static bool
folder_has(const char *folder, const char *text)
{
	cleanup_free char *command = mem_printf("grep -rqsF '%s' '%s'", text, folder);

	return system(command) == 0;
}

/* ---- tests ---- */

static void
test_reading(void)
{
	prints("echo $DB $API", "/proc/self/fd/10 /proc/self/fd/11\n", "a variable is a path");
	prints(CKSUM, VALUE_CKSUM "\n", "where the value is");
	prints(CKSUM "; sh -c '" CKSUM "'; sh -c 'sh -c \"$1\"' sh 'cksum <$DB'",
		   VALUE_CKSUM "\n" VALUE_CKSUM "\n" VALUE_CKSUM "\n", "as often as one likes, also in children");
	prints("stat -L -c '%a %U' \"$DB\"", "400 alice\n", "for the user alone");
	prints("chmod 600 \"$DB\"; (echo x >\"$DB\") 2>/dev/null; (echo x >>\"$DB\") 2>/dev/null; " CKSUM, VALUE_CKSUM "\n",
		   "and nobody can change it, not even that user");
	prints("chmod 600 \"$API\"; (echo x >>\"$API\") 2>/dev/null; wc -l <\"$API\"", "1\n", "nor what a command printed");
	prints("cat \"$API\" | tr ' ' '\\n'", "token\n1\n0\n/\n", "a command gets the name, runs as root and in /");
	prints("readlink /proc/self/fd/10 | grep -c memfd; ls /proc/self/fd | tr '\\n' ' '", "1\n0 1 10 11 2 3 4 ",
		   "both are memory, and there is no other descriptor but its socket (and that of the listing)");
	{
		const Wish twice = with(CKSUM, (const char *const[]){"DB=database-password", "DB=database-password", NULL});

		ok(printed(node_run(&twice), 0, VALUE_CKSUM "\n"), "one that is named twice is one");
	}
}

static void
test_canary(void)
{
	const Wish wish = with("test \"$(cat \"$DB\" | wc -c)\" = 19 && echo $$ && exec sleep 1000", NULL);
	AttemptKey key = start_wish(&wish);
	Seen *s = seen_of(&key);
	cleanup_free char *steal = NULL;

	until(s->out[0].len > 0);
	ok(processes_have("DB=/proc/self/fd/10"), "looking at all processes finds what is there");
	ok(!processes_have(VALUE), "the value is in no argument and no environment");
	ok(!folder_has(node_path("work"), VALUE), "in no file of the work directory");
	ok(folder_has(node_path("log"), "node map") && !folder_has(node_path("log"), VALUE), "not in the log");
	ok(memory_has(node_keeper, "database-password") && !memory_has(node_keeper, VALUE), "not in the keeper's memory");
	steal = mem_printf("cat /proc/%d/fd/10 || true", atoi(buf_text(&s->out[0])));
	ok(printed(node_run(&(Wish){.command = steal, .run_as = "bob", .tenant = "t"}), 0, ""),
	   "another user cannot take it from the process");
	order(key, ORDER_KILL, 0, 0, 0, 0);
	wait_ended(key);
	report(key);
}

static bool
leaves_core(const char *const *secrets)
{
	Wish wish = {.run_as = "bob",
				 .tenant = "t",
				 .command = "x=$(cat \"${DB:-/dev/null}\"); ulimit -c unlimited; kill -ABRT $$",
				 .secrets = secrets,
				 .directory = node_path("cores")};
	cleanup_free char *look = mem_printf("ls '%s' | grep -q .", wish.directory);
	cleanup_free char *clean = mem_printf("rm '%s'/*", wish.directory);
	bool left;

	ok(ended_as(node_run(&wish), EVENT_SIGNALLED, -1, SIGABRT), "a legacy job crashes");
	left = system(look) == 0;
	if (left && system(clean) != 0)
		exit(1);
	return left;
}

static void
test_core(void)
{
	bool plain = !file_has("/proc/sys/kernel/core_pattern", "|") && !file_has("/proc/sys/kernel/core_pattern", "/");

	if (mkdir(node_path("cores"), 0777) < 0 || chmod(node_path("cores"), 0777) < 0)
		exit(1);
	ok(leaves_core(NULL) == plain, "without a secret it leaves a core file as its node has it");
	ok(!leaves_core((const char *const[]){"DB=shared", NULL}), "with one it leaves none");
}

static void
test_refusals(void)
{
	Wish bob = with("true", (const char *const[]){"DB=database-password", NULL});

	bob.run_as = "bob";
	ok(node_refuses(&bob, "secret \"database-password\" is not for user \"bob\" on this node"), "not this user's");
	refuses("X=nothing", "is not in this node's map");
	refuses("X=absent", "No such file");
	refuses("X=readable", "others may read");
	refuses("X=others", "belongs to another user");
	refuses("X=link", "could not open");
	refuses("X=empty", "is empty");
	refuses("X=long", "longer than 65536 bytes");
	refuses("X=failing", "its command exited with status 3");
	refuses("X=silent", "its command printed nothing");
	refuses("X=chatty", "its command printed more than 65536 bytes");
	refuses("X=dying", "its command was terminated by signal 15");
	refuses("X=no-program", "No such file");
	refuses("X=no-script", "is not executable");
	refuses("X=writable", "others may write");
	{
		const Wish two = with("true", (const char *const[]){"DB=database-password", "DB=token", NULL});

		ok(node_refuses(&two, "variable \"DB\" is for two secrets"), "a variable cannot be two");
	}
}

static void
test_many(void)
{
	char *pairs[34] = {NULL};
	Wish wish;

	for (int i = 0; i < 33; i++)
		pairs[i] = mem_printf("V%d=database-password", i);
	wish = with("true", (const char *const *) pairs);
	ok(node_refuses(&wish, "at most 32 secrets"), "33 are too many");
	free(pairs[32]);
	pairs[32] = NULL;
	wish = with("for i in $(seq 0 31); do eval cat \\\"\\$V$i\\\"; done | wc -c", (const char *const *) pairs);
	ok(printed(node_run(&wish), 0, "608\n"), "32 are not");
	for (int i = 0; i < 32; i++)
		free(pairs[i]);
}

/* A command that hangs holds up its own job and nobody else, and goes with all it started. */
static void
test_slow_command(void)
{
	const Wish wish = with("true", (const char *const[]){"X=slow", NULL});
	/* While another job runs, what the command leaves could be that one's: it must not get away by that. */
	AttemptKey neighbour = start_wish(&(Wish){.command = "echo ready; exec sleep 1000", .tenant = "t"});
	AttemptKey slow;
	cleanup_free char *alive =
		mem_printf("for p in $(cat '%s'); do kill -0 $p && echo $p; done 2>/dev/null | grep -q .", node_path("pids"));
	cleanup_free char *seen = mem_printf("test $(wc -l <'%s') = 2", node_path("pids"));

	until(seen_of(&neighbour)->out[0].len > 0);
	slow = start_wish(&wish);
	ok(ended_as(node_run(&(Wish){.command = "exit 5", .tenant = "t"}), EVENT_EXITED, 5, 0) && !seen_of(&slow)->ended,
	   "other jobs come and go meanwhile");
	until(system(seen) == 0);
	ok(system(alive) == 0, "the command and its child live");
	wait_ended(slow);
	ok(ended_as(seen_of(&slow), EVENT_SETUP_FAILED, -1, 0) &&
		   strstr(seen_of(&slow)->text, "secret \"slow\": its command did not end within 5 s") != NULL,
	   "it is given up");
	/* A kill takes its time, and so does the collecting of an orphan. */
	until(system(alive) != 0);
	ok(system(alive) != 0, "and both go");
	report(slow);
	order(neighbour, ORDER_KILL, 0, 0, 0, 0);
	wait_ended(neighbour);
	report(neighbour);
}

/* Its process has all of the keeper's that is closed at an exec, when another program takes the keeper's place. */
static void
test_replaced_meanwhile(void)
{
	const Wish wish = with("true", (const char *const[]){"X=slow", NULL});
	cleanup_free char *runs = mem_printf("test $(wc -l <'%s') = 4", node_path("pids"));
	AttemptKey slow = start_wish(&wish);

	until(system(runs) == 0);
	node_replace();
	ok(ended_as(wait_ended(slow), EVENT_SETUP_FAILED, -1, 0), "another program comes while a command runs");
	report(slow);
	ok(ended_as(node_run(&(Wish){.command = "exit 5", .tenant = "t"}), EVENT_EXITED, 5, 0), "and goes on");
}

/* ---- the node ---- */

static void
make_node(void)
{
	static const char script[] = "#!/bin/sh\n";
	static const char *const lines[] = {
		"user jobs class=strict tenants=*",
		"user alice class=strict tenants=*",
		"user bob class=legacy tenants=*",
		"secret database-password users=alice,jobs file=%s/value",
		"secret shared users=bob file=%s/value",
		"secret token users=alice command=%s/fetch",
		"secret absent users=alice file=%s/nothing",
		"secret readable users=alice file=%s/readable",
		"secret others users=alice file=%s/others",
		"secret link users=alice file=%s/link",
		"secret empty users=alice file=%s/empty",
		"secret long users=alice file=%s/long",
		"secret failing users=alice command=%s/failing",
		"secret silent users=alice command=%s/silent",
		"secret chatty users=alice command=%s/chatty",
		"secret dying users=alice command=%s/dying",
		"secret slow users=alice command=%s/slow",
		"secret no-program users=alice command=%s/nothing",
		"secret no-script users=alice command=%s/value",
		"secret writable users=alice command=%s/writable",
	};
	cleanup_buf Buf map = {0};
	cleanup_free char *prepare = mem_printf(
		"cd '%s' && chown alice others && ln -s value link && head -c 65537 /dev/zero >long && chmod 600 long",
		node_folder);
	cleanup_free char *slow =
		mem_printf("%ssleep 600 & echo $! >>%s/pids; echo $$ >>%s/pids; wait\n", script, node_folder, node_folder);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
	{
		const char *folder = strstr(lines[i], "%s");

		buf_append(&map, lines[i], folder != NULL ? (size_t) (folder - lines[i]) : strlen(lines[i]));
		if (folder != NULL)
			buf_printf(&map, "%s%s", node_folder, folder + 2);
		buf_putc(&map, '\n');
	}
	node_write("value", 0400, VALUE);
	node_write("readable", 0440, VALUE);
	node_write("others", 0400, VALUE);
	node_write("empty", 0400, "");
	node_write("fetch", 0755, "#!/bin/sh\necho \"$*\" $# $(id -u) $(pwd)\n");
	node_write("failing", 0755, "#!/bin/sh\necho " VALUE "; echo " VALUE " >&2; exit 3\n");
	node_write("silent", 0755, script);
	node_write("chatty", 0755, "#!/bin/sh\nexec head -c 70000 /dev/zero\n");
	node_write("dying", 0755, "#!/bin/sh\necho " VALUE "; kill $$\n");
	node_write("slow", 0755, slow);
	node_write("writable", 0757, script);
	node_write("node.map", 0644, buf_text(&map));
	if (system(prepare) != 0)
		exit(1);
}

int
main(void)
{
	cleanup_free char *flag = NULL;

	node_enter();
	make_node();
	flag = mem_printf("--node-map=%s/node.map", node_folder);
	node_start((const char *const[]){flag, NULL});
	test_reading();
	test_canary();
	test_core();
	test_refusals();
	test_many();
	test_slow_command();
	test_replaced_meanwhile();
	ok(!folder_has(node_path("log"), VALUE), "after all that the value is not in the log");
	ok(node_stop() == 0, "the keeper leaves cleanly");
	node_leave();
	return done_testing();
}
