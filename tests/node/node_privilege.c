/*
 * What jobs of a root keeper can and cannot do: strict ones gain nothing and see nothing of others', legacy ones are as
 * people at a shell.  Each prohibition is shown beside somebody who may, so that it is not simply impossible here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

static const char plain_map[] = "user jobs class=strict tenants=*\n"
								"user alice class=strict tenants=*\n"
								"user bob class=legacy tenants=*\n";

static const Wish alice = {.run_as = "alice", .tenant = "t"};
static const Wish bob = {.run_as = "bob", .tenant = "t"};

static const Seen *
run(const Wish *who, const char *command)
{
	Wish wish = *who;

	wish.command = command;
	return node_run(&wish);
}

static void
prints(const Wish *who, const char *command, const char *text, const char *what)
{
	ok(printed(run(who, command), 0, text), "%s", what);
}

static void
end_job(AttemptKey key)
{
	order(key, ORDER_KILL, 0, 0, 0, 0);
	wait_ended(key);
	report(key);
}

/* ---- what a job may become ---- */

static void
test_capabilities(void)
{
	const char *status = "grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):' /proc/self/status | tr -d '\\t'";

	prints(&alice, status,
		   "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\nCapBnd:0000000000000000\n"
		   "CapAmb:0000000000000000\nNoNewPrivs:1\n",
		   "strict: no capability in any set, and none to be gained");
	prints(&bob, "grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs):' /proc/self/status | tr -d '\\t'",
		   "CapInh:0000000000000000\nCapPrm:0000000000000000\nCapEff:0000000000000000\nCapAmb:0000000000000000\n"
		   "NoNewPrivs:0\n",
		   "legacy: none either, but sudo may give some");
	prints(&bob, "grep -q 'CapBnd:.*0000000000$' /proc/self/status || echo some", "some\n", "legacy: a bounding set");
}

static void
test_setuid_program(void)
{
	cleanup_free char *copy =
		mem_printf("cp /usr/bin/id '%s/setuid-id' && chmod 4755 '%s/setuid-id'", node_folder, node_folder);
	cleanup_free char *command = mem_printf("%s/setuid-id -u", node_folder);

	if (system(copy) != 0)
		exit(1);
	prints(&bob, command, "0\n", "legacy: a program with root's setuid bit becomes root");
	prints(&alice, command, "3003\n", "strict: it does not");
}

static const Seen *
run_into(const char *output_file)
{
	return node_run(&(Wish){.command = "echo out; echo err >&2",
							.run_as = "alice",
							.tenant = "t",
							.output_file = output_file,
							.grace_ms = 1000});
}

/* Root opens nothing for a job. */
static void
test_output_files(void)
{
	cleanup_free char *own = mem_strdup(node_path("home/alice/out"));
	cleanup_free char *roots = mem_strdup(node_path("roots"));
	cleanup_free char *link = mem_strdup(node_path("home/alice/link"));
	const Seen *s;
	struct stat st;

	node_write("roots", 0600, "root's\n");
	s = run_into(own);
	ok(ended_as(s, EVENT_EXITED, 0, 0) && printed(s, 1, "err\n") && s->fds[0] < 0, "stdout into a file");
	ok(stat(own, &st) == 0 && st.st_uid == 3003 && st.st_size == 4 && (st.st_mode & 0777) == 0600,
	   "which is the job user's");
	ok(node_refuses(&(Wish){.command = "true", .run_as = "alice", .tenant = "t", .output_file = roots},
					"Permission denied"),
	   "root's it cannot open");
	ok(symlink(roots, link) == 0 &&
		   node_refuses(&(Wish){.command = "true", .run_as = "alice", .tenant = "t", .error_file = link},
						"Permission denied"),
	   "nor by a link");
	ok(stat(roots, &st) == 0 && st.st_size == 7, "and they are as they were");
}

static void
test_core(void)
{
	prints(&alice, "ulimit -c; ulimit -H -c; ulimit -c unlimited 2>/dev/null || echo no", "0\n0\nno\n",
		   "strict: no core files, and no way to ask for them");
	prints(&bob, "ulimit -c", "unlimited\n", "legacy: the keeper's own limit");
}

static void
test_surroundings(void)
{
	Wish env = alice;

	prints(&alice, "umask", "0077\n", "strict: umask 077");
	prints(&bob, "umask", "0022\n", "legacy: umask 022");
	env.program = "/usr/bin/env";
	env.variables = (const char *const[]){"MINE=1", NULL};
	ok(strstr(buf_text(&node_run(&env)->out[0]), "canary") == NULL, "nothing of the keeper's environment");
	ok(strstr(buf_text(&node_run(&env)->out[0]), "MINE=1\n") != NULL &&
		   strstr(buf_text(&node_run(&env)->out[0]), "USER=alice\n") != NULL,
	   "what the job brings, and who it is");
	prints(&alice, "ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 4 ",
		   "no descriptor but the three and its socket (and that of the listing)");
}

/* ---- what a job sees of others' ---- */

static char *
mounts(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/mountinfo", "re");
	char text[65536];
	size_t len = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

	ok(len > 0 && len < sizeof(text) - 1, "the list of mounts is read in full");
	return mem_strndup(text, len);
}

static void
test_tmp(void)
{
	const char *name = strrchr(node_folder, '/') + 1;
	cleanup_free char *write = mem_printf("echo mine >/tmp/%s && cat /tmp/%s && stat -c %%a /tmp", name, name);
	cleanup_free char *look = mem_printf("ls /tmp | grep -c %s", name);
	cleanup_free char *path = mem_printf("/tmp/%s", name);
	cleanup_free char *before = mounts();
	cleanup_free char *after = NULL;
	Wish wish = alice;
	AttemptKey running;

	prints(&alice, write, "mine\n1777\n", "strict: a file in /tmp");
	ok(access(path, F_OK) < 0, "which is not in the node's /tmp");
	prints(&alice, look, "0\n", "nor in the next job's");
	prints(&alice, "grep -c ' /tmp .*nosuid,nodev.* - tmpfs ' /proc/self/mountinfo", "1\n",
		   "a file system in memory, without setuid and devices");
	wish.command = "echo x >/tmp/mine && echo ready && exec sleep 1000";
	running = start_wish(&wish);
	until(seen_of(&running)->out[0].len > 0);
	prints(&alice, "ls -A /tmp", "", "two jobs of one user at a time have two");
	end_job(running);
	after = mounts();
	ok(strcmp(before, after) == 0, "the node's mounts are what they were");
	prints(&bob, write, "mine\n1777\n", "legacy: a file in /tmp");
	ok(access(path, F_OK) == 0, "is there for everybody");
	unlink(path);
}

static bool
holds(const char *text, const char *part)
{
	bool good = strstr(text, part) != NULL;

	if (!good)
		printf("# \"%s\"\n", text);
	return good;
}

/* A job of alice's that has parameters, and the path of their file. */
static AttemptKey
start_with_parameters(const char *work, char **file)
{
	Wish wish = alice;
	AttemptKey key;

	wish.parameters = 7;
	wish.command = "echo ready; exec sleep 1000";
	key = start_wish(&wish);
	until(seen_of(&key)->out[0].len > 0);
	*file = run_directory_path(work, &key, "parameters.json");
	return key;
}

/* The run directory of somebody who shares the group is closed; one's own is open. */
static void
test_run_directory(void)
{
	cleanup_free char *file = NULL;
	AttemptKey key = start_with_parameters(node_path("work"), &file);
	cleanup_free char *look = mem_printf("stat -c %%s '%s'; cat '%s'; ls \"$(dirname '%s')\"", file, file, file);
	cleanup_free char *spoil = mem_printf("cd \"$(dirname '%s')\" && { rm -f parameters.json; touch x; chmod 777 .; } "
										  "2>/dev/null; ls -l '%s' | wc -l",
										  file, file);
	const Seen *s = run(&alice, look);

	ok(holds(buf_text(&s->out[0]), "7\nppppppp"), "a job of the same user reads the parameters");
	ok(holds(buf_text(&s->out[1]), "ls: cannot open directory"), "but lists nothing");
	s = run(&bob, look);
	ok(printed(s, 0, "") && holds(buf_text(&s->out[1]), "stat: cannot stat"),
	   "one of another user of the same group does not even see them");
	prints(&(Wish){.tenant = "t"}, look, "", "nor does one of a third user");
	prints(&alice, spoil, "1\n", "its own user can change nothing there");
	end_job(key);
	ok(access(file, F_OK) < 0, "and it is gone at the end");
}

/* On a file system without access lists. */
static void
test_plain_run_directory(const char *flag)
{
	cleanup_free char *work = mem_printf("--work-dir=%s/ram", node_folder);
	cleanup_free char *file = NULL;
	cleanup_free char *look = NULL;
	AttemptKey key;

	if (mkdir(node_path("ram"), 0755) < 0 || mount("ramfs", node_path("ram"), "ramfs", 0, NULL) < 0)
		exit(1);
	node_start((const char *const[]){flag, work, NULL});
	key = start_with_parameters(node_path("ram"), &file);
	look = mem_printf("stat -c %%s '%s'; cat '%s'", file, file);
	prints(&alice, look, "7\nppppppp", "without access lists: a job reads its parameters");
	prints(&bob, look, "7\n", "one of the same group can look and not read");
	prints(&(Wish){.tenant = "t"}, look, "", "others cannot even look");
	end_job(key);
	ok(node_stop() == 0, "the keeper leaves cleanly");
	umount(node_path("ram"));
}

/* Lock, journal, whatever the keeper has there. */
static void
test_work_directory(void)
{
	cleanup_free char *list = mem_printf("ls %s/work", node_folder);
	DIR *dir = opendir(node_path("work"));
	const struct dirent *entry;
	int count = 0;

	ok(run(&bob, list)->end.exit_code != 0, "nobody lists the work directory");
	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		cleanup_free char *open = mem_printf("cat %s/work/%s || true", node_folder, entry->d_name);

		if (entry->d_name[0] == '.' || entry->d_type == DT_DIR)
			continue;
		if (strcmp(entry->d_name, NO_PARAMETERS_FILE) == 0)
		{
			const Seen *seen = run(&bob, open);

			ok(strcmp(buf_text(&seen->out[0]), "{}\n") == 0, "everybody reads %s", entry->d_name);
			continue;
		}
		count++;
		ok(holds(buf_text(&run(&bob, open)->out[1]), "Permission denied"), "nobody reads %s in it", entry->d_name);
	}
	ok(count > 0, "of which there are some");
	if (dir != NULL)
		closedir(dir);
}

/* ---- the agent ---- */

/* A key that this program put into the session that the keeper inherits. */
static long
find_key(void)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "jobgrid-test", 0);
}

static void
add_key(void)
{
	ok(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 &&
		   syscall(SYS_add_key, "user", "jobgrid-test", "x", (size_t) 1, KEY_SPEC_SESSION_KEYRING) >= 0 &&
		   find_key() >= 0,
	   "the keeper's session has a key");
}

static int
attack(pid_t pid)
{
	char byte;
	struct iovec to = {&byte, 1};
	struct iovec from = {(void *) &attack, 1};
	char path[64];
	int fd;

	printf("ptrace %s\n", ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0 ? strerrorname_np(errno) : "works");
	printf("read %s\n", process_vm_readv(pid, &to, 1, &from, 1, 0) < 0 ? strerrorname_np(errno) : "works");
	snprintf(path, sizeof(path), "/proc/%d/environ", (int) pid);
	fd = open(path, O_RDONLY);
	printf("environ %s\n", fd < 0 ? strerrorname_np(errno) : "works");
	printf("kill %s\n", kill(pid, 0) < 0 ? strerrorname_np(errno) : "works");
	printf("mount %s\n", mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0 ? strerrorname_np(errno) : "works");
	printf("raw socket %s\n", socket(AF_INET, SOCK_RAW, 1) < 0 ? strerrorname_np(errno) : "works");
	printf("key %s\n", find_key() < 0 ? strerrorname_np(errno) : "works");
	fflush(stdout);
	_exit(0);
}

static void
attacks(const Wish *who, pid_t victim, const char *name)
{
	Wish wish = *who;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int) victim);
	wish.program = node_path("jobgrid-agent");
	wish.arguments = (const char *const[]){"attack", pid, NULL};
	ok(printed(node_run(&wish), 0,
			   "ptrace EPERM\nread EPERM\nenviron EACCES\nkill EPERM\n"
			   "mount EPERM\nraw socket EPERM\nkey ENOKEY\n"),
	   "%s", name);
}

static void
test_agent(void)
{
	cleanup_free char *canary = mem_printf("grep -qz canary-of-the-keeper /proc/%d/environ", (int) node_agent);
	cleanup_free char *status =
		mem_printf("grep -E '^(Uid|CapPrm|CapBnd|NoNewPrivs):' /proc/%d/status | tr -d '\\t'", (int) node_agent);

	ok(system(canary) == 0, "the agent has what the test looks for");
	attacks(&alice, node_agent, "strict: nothing reaches the agent");
	attacks(&bob, node_agent, "legacy: nor there");
	attacks(&bob, node_keeper, "nor the keeper");
	prints(&alice, status, "Uid:3001300130013001\nCapPrm:0000000000000000\nCapBnd:0000000000000000\nNoNewPrivs:1\n",
		   "the agent itself has given up everything");
}

/* ---- legacy ---- */

static void
test_profile(void)
{
	static const char profile[] = "FROM_PROFILE=\"with 'quotes' and blanks\"\n"
								  "export FROM_PROFILE\n"
								  "umask 027\n"
								  "set -- clobbered arguments\n"
								  "false\n";
	Wish wish = {.run_as = "bob", .tenant = "t", .program = "/usr/bin/printf"};

	node_write("profile", 0644, profile);
	prints(&bob, "echo \"$FROM_PROFILE\"; umask", "with 'quotes' and blanks\n0027\n",
		   "a profile is read before the command");
	wish.arguments = (const char *const[]){"%s\n", "a b", "$(touch /tmp/x)", "'; echo c; '", "", "-n", NULL};
	ok(printed(node_run(&wish), 0, "a b\n$(touch /tmp/x)\n'; echo c; '\n\n-n\n"), "arguments stay what they are");
	ok(ended_as(run(&bob, "exit 7"), EVENT_EXITED, 7, 0), "the exit code is the command's");
	ok(ended_as(run(&bob, "kill -9 $$"), EVENT_SIGNALLED, -1, 9), "and the signal, so nothing stands between");
	prints(&alice, "echo \"$FROM_PROFILE\"", "\n", "strict: no profile");
	node_write("profile", 0600, profile);
	ok(node_refuses(&(Wish){.run_as = "bob", .tenant = "t", .command = "true"}, "could not read the profile"),
	   "a profile that the user cannot read is no start");
	unlink(node_path("profile"));
	ok(node_refuses(&(Wish){.run_as = "bob", .tenant = "t", .command = "true"}, "could not read the profile"),
	   "nor is one that is not there");
}

int
main(int argc, char **argv)
{
	cleanup_free char *flag = NULL;
	cleanup_free char *map = NULL;

	if (argc > 2 && strcmp(argv[1], "attack") == 0)
		return attack(atoi(argv[2]));
	node_enter();
	flag = mem_printf("--node-map=%s/node.map", node_folder);
	node_write(
		"node.map", 0644,
		"user jobs class=strict tenants=*\nuser alice class=strict tenants=*\nuser bob class=legacy tenants=*\n");
	add_key();
	node_start((const char *const[]){flag, NULL});
	ok(strncmp(strchr(heard.offer, '\n'), "\nisolate.tmp", 12) == 0,
	   "the node says that it can give jobs a /tmp of their own");
	test_capabilities();
	test_setuid_program();
	test_output_files();
	test_core();
	test_surroundings();
	test_tmp();
	test_run_directory();
	test_work_directory();
	test_agent();
	map = mem_printf("user alice class=strict tenants=*\nuser bob class=legacy tenants=* profile=%s/profile\n",
					 node_folder);
	node_write("node.map", 0644, map);
	test_profile();
	ok(node_stop() == 0, "the keeper leaves cleanly");
	node_write("node.map", 0644, plain_map);
	test_plain_run_directory(flag);
	node_leave();
	return done_testing();
}
