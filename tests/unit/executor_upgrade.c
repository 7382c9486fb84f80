/*
 * The keeper gives its place to a new program while jobs run: same process, same children, same pipes, true exit codes, a
 * new agent.  Ten times under load none is lost and none runs twice.  A new program that cannot go on, or settings that
 * do not check, end nothing.
 *
 * Every agent plays one scene; the keeper's exec brings the next.
 */
#include "lib/unit_keeper.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "tap.h"

#define UPGRADES 10
#define LOAD 20 /* jobs between two of them */

enum
{
	COUNTING,
	TIMED,
	ENDED,
	HELD,
	FENCED,
	DOUBTFUL
};

enum
{
	KEEPER,
	STARTED_AT,
	FIRST_LOADED
};

static const char *folder;

static char *
path_of(const char *name)
{
	return mem_printf("%s/%s", folder, name);
}

static void
append(const char *name, const char *text, size_t len)
{
	cleanup_free char *path = path_of(name);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (write(fd, text, len) != (ssize_t) len)
		abort();
}

static void
replace(const char *name, const char *text)
{
	cleanup_free char *path = path_of(name);

	unlink(path);
	append(name, text, strlen(text));
}

static char *
contents(const char *name)
{
	cleanup_free char *path = path_of(name);
	cleanup_close int fd = open(path, O_RDONLY);
	Buf text = {0};
	char piece[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_append(&text, piece, (size_t) n);
	buf_putc(&text, '\0');
	return text.data;
}

static bool
logged(const char *what)
{
	cleanup_free char *log = contents("log");

	return strstr(log, what) != NULL;
}

/* The keeper has it open. */
static void
clear_log(void)
{
	cleanup_free char *path = path_of("log");

	if (truncate(path, 0) < 0)
		abort();
}

static ino_t
inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* ---- how a scene ends ---- */

static void
next_scene(void)
{
	memory.round++;
	remember(folder);
}

/* Asks for a new program and leaves when told to. What was read goes to whoever comes next. */
static void
upgrade(void)
{
	Seen *counting = seen_of(&memory.keys[COUNTING]);

	kill(getppid(), SIGHUP);
	until(heard.quit);
	ok(heard.quit && heard.stays, "the agent is asked to make room");
	append("counted", buf_text(&counting->out[0]), counting->out[0].len);
	next_scene();
	_exit(0);
}

/* ---- scenes ---- */

/* What jobs have told an agent, and it the keeper. */
static void
say_words(void)
{
	const MsgWord result = {.key = memory.keys[ENDED], .what = WORD_RESULT};
	const MsgWord lost = {.key = memory.keys[DOUBTFUL], .what = WORD_LOST};
	int fd = memfd_create("result", MFD_CLOEXEC);
	char packet[4096];

	ok(fd >= 0 && write(fd, "[1]", 3) == 3, "a result");
	send_msg(MSG_WORD, &result, &fd);
	close(fd);
	send_raw(packet, msg_encode(packet, MSG_WORD, &lost, "it was sent"), NULL);
}

static void
check_words(void)
{
	char packet[64] = "";
	Seen *doubtful = seen_of(&memory.keys[DOUBTFUL]);
	const char *result = seen_of(&memory.keys[ENDED])->result;

	ok(recv(seen_of(&memory.keys[TIMED])->socket, packet, sizeof(packet) - 1, MSG_DONTWAIT) > 0 &&
		   strcmp(packet, "progress 12 x") == 0,
	   "what a job had said and nobody had heard is there: \"%s\"", packet);
	ok(result != NULL && strcmp(result, "[1]") == 0, "a result that was heard is handed on");
	ok(doubtful->lost != NULL && strcmp(doubtful->lost, "it was sent") == 0, "and a doubt");
	order(memory.keys[DOUBTFUL], ORDER_KILL, 0, 0, 0, 0);
	ok(ended_as(wait_ended(memory.keys[DOUBTFUL]), EVENT_LOST, -1, SIGKILL) &&
		   strcmp(doubtful->text, "it was sent") == 0,
	   "by which it ends, however it ends");
	report(memory.keys[DOUBTFUL]);
}

static void
scene_before(void)
{
	const char *count = "i=0; while [ ! -e go ]; do i=$((i + 1)); echo $i; sleep 0.02; done; exit 7";
	MsgOutput mark = {.bytes = 1234, .chunk = 56};

	memory.numbers[KEEPER] = getppid();
	memcpy(memory.uuids[0], heard.welcome.instance, 16);
	memcpy(memory.uuids[1], heard.welcome.journal, 16);
	memory.keys[COUNTING] = start_wish(&(Wish){.command = count, .directory = folder});
	until(seen_of(&memory.keys[COUNTING])->out[0].len > 20);
	mark.key = memory.keys[COUNTING];
	send_msg(MSG_OUTPUT, &mark, NULL);
	memory.keys[ENDED] = start_command("exit 8");
	wait_ended(memory.keys[ENDED]);
	memory.keys[TIMED] = start_wish(
		&(Wish){.command = "printf 'progress 12 x' >&4; exec sleep 1000", .timeout_ms = 6000, .grace_ms = 30000});
	memory.numbers[STARTED_AT] = wait_started(memory.keys[TIMED])->start.started_at;
	memory.keys[FENCED] = start_wish(&(Wish){.command = "exec sleep 1000", .flags = START_FENCED});
	wait_started(memory.keys[FENCED]);
	lease(clock_now_us() + 16000000);
	/* Its main process has ended, and its output is still open. */
	memory.keys[HELD] = start_command("sleep 1000 & exit 5");
	wait_started(memory.keys[HELD]);
	memory.keys[DOUBTFUL] = start_command("exec sleep 1000");
	wait_started(memory.keys[DOUBTFUL]);
	say_words();
	renew_programs(folder);
	upgrade();
}

static void
check_same_process(void)
{
	cleanup_free char *exe = mem_printf("/proc/%d/exe", (int) getppid());
	cleanup_free char *file = path_of("jobgrid-executor");
	cleanup_free char *agent = path_of("jobgrid-agent");

	ok(getppid() == (pid_t) memory.numbers[KEEPER], "the keeper is the same process");
	ok(inode_of(exe) == inode_of(file) && inode_of("/proc/self/exe") == inode_of(agent),
	   "and runs the new file, as its agent does");
	ok(memcmp(memory.uuids[0], heard.welcome.instance, 16) == 0 &&
		   memcmp(memory.uuids[1], heard.welcome.journal, 16) == 0,
	   "instance and journal are the same");
}

static void
scene_after(void)
{
	Seen *s = seen_of(&memory.keys[COUNTING]);

	check_same_process();
	ok(s->known && s->started && s->start.streams == MSG_STREAMS && s->start.chunk == 56 && s->start.bytes == 1234,
	   "a job that runs is told to the new agent, with its pipes, its socket and what was read of them");
	check_words();
	ok(ended_as(seen_of(&memory.keys[ENDED]), EVENT_EXITED, 8, 0), "and an end that was not reported");
	report(memory.keys[ENDED]);
	s = wait_ended(memory.keys[HELD]);
	ok(ended_as(s, EVENT_EXITED, 5, 0), "one whose output was still open ends with its own exit code");
	report(memory.keys[HELD]);
	s = wait_ended(memory.keys[TIMED]);
	ok(ended_as(s, EVENT_TIMED_OUT, -1, SIGTERM) && s->end.ended_at >= memory.numbers[STARTED_AT] + 6000000,
	   "one meets its time-out, as a child whose end is seen");
	report(memory.keys[TIMED]);
	ok(ended_as(wait_ended(memory.keys[FENCED]), EVENT_FENCED, -1, SIGKILL), "one meets the end of its lease");
	report(memory.keys[FENCED]);
	memory.numbers[FIRST_LOADED] = next_run;
	upgrade();
}

/* ---- under load ---- */

static AttemptKey
loaded_key(int64_t run)
{
	return (AttemptKey){.run_id = run, .attempt = 1, .fence = 5};
}

static void
start_loaded(int64_t run)
{
	AttemptKey key = loaded_key(run);
	cleanup_free char *command =
		mem_printf("echo >>ran.%" PRId64 "; sleep 0.0%d; exit %d", run, (int) (run % 10), (int) (run % 7));

	start_as(&key, &(Wish){.command = command, .directory = folder});
}

static bool
is_done(int64_t run)
{
	cleanup_free char *name = mem_printf("done.%" PRId64, run);
	cleanup_free char *path = path_of(name);

	return access(path, F_OK) == 0;
}

/* What an agent does when an end comes: notes it, then lets the keeper forget it. */
static void
take_ends(void)
{
	for (int64_t run = memory.numbers[FIRST_LOADED]; run < next_run; run++)
	{
		AttemptKey key = loaded_key(run);
		Seen *s = seen_of(&key);
		cleanup_free char *name = mem_printf("done.%" PRId64, run);
		char code[2] = {(char) ('0' + s->end.exit_code), '\0'};

		if (!s->ended || is_done(run))
			continue;
		replace(name, s->end.event == EVENT_EXITED ? code : "?");
		report(key);
	}
}

/* An answer is repeated to a new agent: it starts what the keeper does not know and what has not ended yet. */
static void
start_again(void)
{
	for (int64_t run = memory.numbers[FIRST_LOADED]; run < next_run; run++)
	{
		AttemptKey key = loaded_key(run);

		if (!seen_of(&key)->known && !is_done(run))
			start_loaded(run);
	}
}

static void
scene_load(void)
{
	Seen *counting = seen_of(&memory.keys[COUNTING]);

	start_again();
	kill(getppid(), SIGHUP);
	for (int i = 0; i < LOAD && !heard.quit; i++)
	{
		start_loaded(next_run++);
		turn();
		take_ends();
	}
	until(heard.quit);
	take_ends();
	append("counted", buf_text(&counting->out[0]), counting->out[0].len);
	next_scene();
	_exit(0);
}

static int64_t
not_done(void)
{
	int64_t left = 0;

	for (int64_t run = memory.numbers[FIRST_LOADED]; run < next_run; run++)
		left += !is_done(run);
	return left;
}

static void
check_load(void)
{
	int64_t n = next_run - memory.numbers[FIRST_LOADED];
	int twice = 0;
	int wrong = 0;

	for (int64_t run = memory.numbers[FIRST_LOADED]; run < next_run; run++)
	{
		cleanup_free char *ran = mem_printf("ran.%" PRId64, run);
		cleanup_free char *done = mem_printf("done.%" PRId64, run);
		cleanup_free char *lines = contents(ran);
		cleanup_free char *code = contents(done);

		twice += strcmp(lines, "\n") != 0;
		wrong += code[0] != '0' + (char) (run % 7);
	}
	ok(n > 2 * UPGRADES && not_done() == 0, "%d jobs through %d new programs: all have ended", (int) n, UPGRADES);
	ok(twice == 0 && wrong == 0, "each ran once and ended with its exit code");
}

/* Every number that was printed has been read by somebody, in order. */
static bool
counted_all(void)
{
	cleanup_free char *text = contents("counted");
	char *at = text;
	long n = 0;

	while (*at != '\0')
	{
		char *end;

		if (strtol(at, &end, 10) != ++n || *end != '\n')
			return false;
		at = end + 1;
	}
	return n > 100;
}

static void
scene_settle(void)
{
	Seen *s = seen_of(&memory.keys[COUNTING]);

	start_again();
	while (not_done() > 0 && !heard.closed)
	{
		turn();
		take_ends();
	}
	check_load();
	check_same_process();
	replace("go", "");
	ok(ended_as(wait_ended(memory.keys[COUNTING]), EVENT_EXITED, 7, 0),
	   "a job that saw it all ends with its exit code");
	append("counted", buf_text(&s->out[0]), s->out[0].len);
	ok(counted_all(), "and nothing of its output is missing");
	report(memory.keys[COUNTING]);
	/* Three slots from now on. */
	replace("config", "name = test\nslots = 3\n");
	upgrade();
}

/* ---- settings, and programs that are none ---- */

static int
slots(void)
{
	AttemptKey keys[5];
	int free_slots = 0;

	for (int i = 0; i < 5; i++)
		keys[i] = start_command("exec sleep 1000");
	until(seen_of(&keys[4])->ended || seen_of(&keys[4])->started);
	for (int i = 0; i < 5; i++)
	{
		free_slots += !seen_of(&keys[i])->ended;
		order(keys[i], ORDER_KILL, 0, 0, 0, 0);
	}
	for (int i = 0; i < 5; i++)
		report(wait_ended(keys[i])->key);
	return free_slots;
}

static void
scene_settings(void)
{
	ok(slots() == 3, "settings are read again");
	replace("config", "name = test\nslots = many\n");
	upgrade();
}

static void
scene_bad_settings(void)
{
	ok(slots() == 3 && logged("the settings from before hold"),
	   "those that do not check do not count, and that is said");
	replace("config", "name = somebody else\nslots = 4\n");
	upgrade();
}

static void
scene_fixed_settings(void)
{
	ok(slots() == 3 && logged("setting \"name\" can only change while"), "nor does another name while it runs");
	replace("config", "name = test\nslots = 3\n");
}

static void
wait_for_log(const char *what)
{
	int64_t end = clock_now_us() + PATIENCE_US;

	while (!logged(what) && clock_now_us() < end)
		turn();
}

/* A new program is blind for some seconds, and must not be when a lease is over. */
static void
bad_moment(void)
{
	AttemptKey key;

	lease(clock_now_us() + 4000000);
	key = start_wish(&(Wish){.command = "exec sleep 1000", .flags = START_FENCED});
	wait_started(key);
	clear_log();
	kill(getppid(), SIGHUP);
	wait_for_log("this program stays");
	ok(logged("nearly over") && !heard.quit, "while a lease is nearly over, nobody takes the place");
	ok(ended_as(wait_ended(key), EVENT_FENCED, -1, SIGKILL), "so its end is not missed");
	report(key);
}

static void
scene_bad_programs(void)
{
	static const char *const bad[] = {"#!/bin/false\n", "\177ELF and no more"};
	cleanup_free char *program = path_of("jobgrid-executor");
	cleanup_free char *good = path_of("good");
	AttemptKey key = start_command("while :; do sleep 0.05; done");

	wait_started(key);
	if (rename(program, good) < 0)
		abort();
	for (size_t i = 0; i < 2; i++)
	{
		replace("jobgrid-executor", bad[i]);
		if (chmod(program, 0700) < 0)
			abort();
		clear_log();
		kill(getppid(), SIGHUP);
		wait_for_log("this program stays");
		ok(logged("this program stays") && !heard.quit, "a program that does not run does not take the place (%zu)", i);
	}
	unlink(program);
	clear_log();
	kill(getppid(), SIGHUP);
	wait_for_log("this program stays");
	ok(logged("this program stays") && !heard.quit, "nor does none at all");
	ok(slots() == 2 && !seen_of(&key)->ended, "everything goes on");
	if (rename(good, program) < 0)
		abort();
	/* Both at once: it is to end, so it does. */
	kill(getppid(), SIGHUP);
	kill(getppid(), SIGTERM);
	until(heard.drain);
	ok(heard.drain, "told to end with a new program on its way, it ends");
	order(key, ORDER_KILL, 0, 0, 0, 0);
	report(wait_ended(key)->key);
	next_scene();
	until(heard.quit);
	ok(!heard.stays, "for good");
	remember(folder);
	_exit(0);
}

static int
run_as_agent(void)
{
	folder = getenv("JOBGRID_WORK_DIR");
	recall(folder);
	until(heard.synced);
	switch (memory.round)
	{
		case 0:
			scene_before();
			break;
		case 1:
			scene_after();
			break;
		case 2 + UPGRADES:
			scene_settle();
			break;
		case 3 + UPGRADES:
			scene_settings();
			break;
		case 4 + UPGRADES:
			scene_bad_settings();
			break;
		case 5 + UPGRADES:
			scene_fixed_settings();
			bad_moment();
			scene_bad_programs();
			break;
		default:
			scene_load();
			break;
	}
	return 1;
}

/* The keeper's words go to a file, in which agents look. */
static pid_t
start_logged_keeper(void)
{
	cleanup_free char *config = mem_printf("--config=%s/config", folder);
	cleanup_free char *path = path_of("log");
	char *const arguments[] = {config, NULL};
	int out = dup(STDERR_FILENO);
	int log;
	pid_t pid;

	replace("config", "name = test\nslots = 200\n");
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, STDERR_FILENO);
	close(log);
	pid = start_keeper(folder, arguments);
	dup2(out, STDERR_FILENO);
	close(out);
	return pid;
}

int
main(int argc, char **argv)
{
	cleanup_free char *fresh = NULL;
	int status = -1;

	(void) argc;
	if (strstr(argv[0], "jobgrid-agent") != NULL)
		return run_as_agent();
	fresh = make_folder();
	folder = fresh;
	waitpid(start_logged_keeper(), &status, 0);
	recall(folder);
	ok(memory.round == 6 + UPGRADES, "all scenes were played (%d)", memory.round);
	if (!ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the keeper left with status 0 (%d)", status))
	{
		cleanup_free char *log = contents("log");

		printf("# %s\n", log);
	}
	remove_folder(folder);
	return done_testing();
}
