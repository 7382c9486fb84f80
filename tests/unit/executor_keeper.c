/*
 * The real keeper with real processes and this program as its agent: true exit codes, signals, time-outs, orders, what
 * jobs leave behind, an agent that dies, a hostile one, and leaving.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/unit_keeper.h"
#include "mem.h"
#include "tap.h"

/* ---- acts ---- */

static void
act_exit_codes(void)
{
	AttemptKey keys[256];
	int wrong = 0;

	for (int i = 0; i < 256; i++)
	{
		char command[32];

		snprintf(command, sizeof(command), "exit %d", i);
		keys[i] = start_command(command);
		/* the keeper has 64 slots */
		if (i >= 60)
			wait_ended(keys[i - 60]);
	}
	for (int i = 0; i < 256; i++)
	{
		wrong += !ended_as(wait_ended(keys[i]), EVENT_EXITED, i, 0);
		report(keys[i]);
	}
	ok(wrong == 0, "exit codes 0 to 255");
}

static void
act_signals(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGKILL, SIGSEGV, SIGPIPE, SIGTERM, SIGUSR1};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
	{
		char command[64];
		AttemptKey key;

		snprintf(command, sizeof(command), "ulimit -c 0; kill -%d $$", signals[i]);
		key = start_command(command);
		ok(ended_as(wait_ended(key), EVENT_SIGNALLED, -1, signals[i]), "death by %s", sigabbrev_np(signals[i]));
		report(key);
	}
}

static void
act_surroundings(void)
{
	AttemptKey key =
		start_command("umask; pwd; readlink /proc/self/fd/0; ls /proc/self/fd | wc -l; cut -d' ' -f6 /proc/$$/stat;"
					  "echo $$; grep -E '^Sig(Blk|Ign)' /proc/self/status; echo err >&2");
	Seen *s = wait_ended(key);
	char umask_text[8];
	int sid = 0;
	int pid = -1;
	unsigned long long blocked = 1;
	unsigned long long ignored = 1;

	sscanf(buf_text(&s->out[0]), "%7s %*s /dev/null 5 %d %d SigBlk: %llx SigIgn: %llx", umask_text, &sid, &pid,
		   &blocked, &ignored);
	ok(strcmp(umask_text, "0022") == 0, "umask is 022");
	ok(sid == pid, "a session of its own, nothing on stdin, no descriptor but its socket");
	/* 32 and 33 are glibc's own: it lets nobody change them */
	ok(blocked == 0 && (ignored & ~UINT64_C(0x180000000)) == 0, "no signal blocked (%llx) or ignored (%llx)", blocked,
	   ignored);
	ok(printed(s, 1, "err\n"), "stderr is apart");
	report(key);

	key = start_command(
		"grep NoNewPrivs /proc/self/status | tr -d '\\t'; ulimit -c; ulimit -c unlimited 2>/dev/null || echo no");
	ok(printed(wait_ended(key), 0, "NoNewPrivs:1\n0\nno\n"), "no way to more rights, no core file");
	report(key);
	key = start_wish(&(Wish){.program = "/usr/bin/env"});
	s = wait_ended(key);
	ok(strstr(buf_text(&s->out[0]), "PATH=/") != NULL && strstr(buf_text(&s->out[0]), "HOME=/") != NULL &&
		   strstr(buf_text(&s->out[0]), "JOBGRID_WORK_DIR") == NULL && strstr(buf_text(&s->out[0]), "SECRET") == NULL,
	   "a fresh environment");
	report(key);
}

static void
act_setup_failures(void)
{
	AttemptKey key = start_wish(&(Wish){.program = "/nothing/here"});
	Seen *s = wait_ended(key);

	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "\"/nothing/here\": No such file") != NULL,
	   "a missing program: %s", s->text);
	ok(!s->started, "is never said to have started");
	report(key);
	key = start_wish(&(Wish){.program = "no-such-program"});
	s = wait_ended(key);
	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0), "a program that is nowhere in PATH: %s", s->text);
	report(key);
	key = start_wish(&(Wish){.program = "/etc/passwd"});
	s = wait_ended(key);
	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "Permission denied") != NULL, "no right to run it: %s",
	   s->text);
	report(key);
	key = start_wish(&(Wish){.command = "true", .directory = "/nothing/here"});
	s = wait_ended(key);
	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "/nothing/here") != NULL, "a missing directory: %s",
	   s->text);
	report(key);
	key = start_wish(&(Wish){.command = "true", .secrets = (const char *const[]){"X=db", NULL}});
	s = wait_ended(key);
	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "no map, so it knows no secret \"db\"") != NULL,
	   "a secret, without a map: %s", s->text);
	report(key);
	key = start_wish(&(Wish){.kind = "http", .settings = "{}"});
	s = wait_ended(key);
	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "no program for jobs of kind \"http\"") != NULL,
	   "a kind without a runner: %s", s->text);
	report(key);
	key = start_wish(&(Wish){.command = "true", .run_as = "root"});
	s = wait_ended(key);
	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "\"root\"") != NULL, "another user: %s", s->text);
	report(key);
}

static void
act_timeouts(void)
{
	AttemptKey obeys = start_wish(&(Wish){.command = "exec sleep 60", .timeout_ms = 300, .grace_ms = 30000});
	AttemptKey cleans = start_wish(
		&(Wish){.command = "trap 'exit 3' TERM; while :; do sleep 0.05; done", .timeout_ms = 300, .grace_ms = 30000});
	AttemptKey deaf = start_wish(
		&(Wish){.command = "trap '' TERM; while :; do sleep 0.05; done", .timeout_ms = 300, .grace_ms = 300});
	AttemptKey stopped = start_wish(&(Wish){.command = "kill -STOP $$", .timeout_ms = 300, .grace_ms = 30000});
	AttemptKey quick = start_wish(&(Wish){.command = "exit 4", .timeout_ms = 20000, .grace_ms = 1000});

	ok(ended_as(wait_ended(obeys), EVENT_TIMED_OUT, -1, SIGTERM), "time over: dies by SIGTERM");
	ok(ended_as(wait_ended(cleans), EVENT_TIMED_OUT, 3, 0), "time over: ends by itself in its grace");
	ok(ended_as(wait_ended(deaf), EVENT_TIMED_OUT, -1, SIGKILL), "time over: ignores SIGTERM and is killed");
	ok(ended_as(wait_ended(stopped), EVENT_TIMED_OUT, -1, SIGTERM), "time over: a stopped one hears it too");
	ok(ended_as(wait_ended(quick), EVENT_EXITED, 4, 0), "in time");
	ok(seen_of(&obeys)->end.run_us >= 300000 && seen_of(&deaf)->end.run_us >= 600000, "not before its time");
	report(obeys);
	report(cleans);
	report(deaf);
	report(stopped);
	report(quick);
}

static void
act_orders(void)
{
	const char *counting = "trap 'echo usr1' USR1; echo ready; while :; do sleep 0.05; done";
	AttemptKey key = start_command(counting);
	Seen *s;

	until(strcmp(buf_text(&seen_of(&key)->out[0]), "ready\n") == 0);
	s = seen_of(&key);
	order(key, ORDER_SIGNAL, 5, 1, SIGUSR1, 0);
	until(strcmp(buf_text(&s->out[0]), "ready\nusr1\n") == 0);
	order(key, ORDER_SIGNAL, 5, 1, SIGUSR1, 0); /* the same again */
	order(key, ORDER_SIGNAL, 4, 9, SIGUSR1, 0); /* an older one */
	order(key, ORDER_SIGNAL, 5, 2, SIGUSR1, 0);
	until(strcmp(buf_text(&s->out[0]), "ready\nusr1\nusr1\n") == 0);
	order(key, ORDER_CANCEL, 6, 1, 0, 30000);
	order(key, ORDER_CANCEL, 6, 1, 0, 0); /* the same again, and must not shorten the grace */
	ok(ended_as(wait_ended(key), EVENT_CANCELLED, -1, SIGTERM), "a cancelled one dies by SIGTERM");
	ok(printed(s, 0, "ready\nusr1\nusr1\n"), "each signal came once");
	order(key, ORDER_CANCEL, 7, 1, 0, 0);
	report(key);

	key = start_command("trap '' TERM; echo ready; while :; do sleep 0.05; done");
	until(seen_of(&key)->out[0].len > 0);
	order(key, ORDER_CANCEL, 1, 1, 0, 200);
	ok(ended_as(wait_ended(key), EVENT_CANCELLED, -1, SIGKILL), "a deaf one is killed after its grace");
	report(key);

	key = start_command("trap '' TERM; echo ready; while :; do sleep 0.05; done");
	until(seen_of(&key)->out[0].len > 0);
	order(key, ORDER_KILL, 0, 0, 0, 0);
	ok(ended_as(wait_ended(key), EVENT_SIGNALLED, -1, SIGKILL), "one that belongs to somebody else is killed at once");
	report(key);
	order((AttemptKey){.run_id = 999999, .attempt = 1}, ORDER_CANCEL, 1, 1, 0, 0);
}

static void
act_left_behind(void)
{
	/* Each prints the id of what it leaves. */
	static const struct
	{
		const char *what;
		const char *command;
	} cases[] = {
		{"in its group", "sleep 1000 & echo $!"},
		{"in its group, output closed", "sleep 1000 >/dev/null 2>&1 & echo $!"},
		{"in a session of its own", "setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.3"},
		{"in a session of its own, output closed",
		 "setsid sh -c 'echo $$; exec >/dev/null 2>&1; exec sleep 1000' & sleep 0.3"},
		{"deaf, two sessions deep",
		 "setsid sh -c 'setsid sh -c \"trap \\\"\\\" TERM HUP; echo \\$\\$; while :; do sleep 1; done\" & sleep 0.2' & sleep 0.5"},
		{"without its environment",
		 "env -i /usr/bin/setsid /bin/sh -c 'echo $$; exec >/dev/null 2>&1; exec sleep 1000' & sleep 0.3"},
	};
	AttemptKey keys[6];

	for (size_t i = 0; i < 6; i++)
	{
		keys[i] = start_command(cases[i].command);
		ok(ended_as(wait_ended(keys[i]), EVENT_EXITED, 0, 0), "leaves a process %s: its own end counts", cases[i].what);
		ok(is_gone(seen_of(&keys[i])), "and that is gone");
		report(keys[i]);
	}
	ok(seen_of(&keys[1])->end.run_us < 1500000, "what holds no output costs no waiting");
}

/* Several jobs leave things at once: each job's leavings go with it and nobody else's do. */
static void
act_neighbours(void)
{
	AttemptKey stays =
		start_command("setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.2; echo; while :; do sleep 0.05; done");
	AttemptKey goes;

	until(seen_of(&stays)->out[0].len > 2);
	goes = start_command("setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.3");
	ok(ended_as(wait_ended(goes), EVENT_EXITED, 0, 0) && is_gone(seen_of(&goes)), "a job takes what is its own");
	ok(!is_gone(seen_of(&stays)), "and not its neighbour's");
	order(stays, ORDER_CANCEL, 1, 1, 0, 1000);
	ok(ended_as(wait_ended(stays), EVENT_CANCELLED, -1, SIGTERM) && is_gone(seen_of(&stays)),
	   "which goes with its own");
	report(stays);
	report(goes);
}

static void
act_output(void)
{
	AttemptKey key = start_command("head -c 10485760 /dev/urandom | tee /dev/stderr | cksum; true");
	Seen *s = wait_ended(key);

	ok(ended_as(s, EVENT_EXITED, 0, 0) && s->out[1].len == 10485760, "10 MB of any bytes");
	report(key);
	key = start_command("exec >&- 2>&-; sleep 0.5; exit 6");
	s = wait_ended(key);
	ok(ended_as(s, EVENT_EXITED, 6, 0) && s->end.run_us >= 500000, "closed output is not the end");
	report(key);
}

static void
act_files(const char *work_dir)
{
	AttemptKey key = start_wish(&(Wish){.command = "sleep 1000", .parameters = 1048576, .grace_ms = 1000});
	cleanup_free char *path = run_directory_path(work_dir, &key, "parameters.json");
	cleanup_free char *folder = run_directory_path(work_dir, &key, NULL);
	struct stat st;

	wait_started(key);
	ok(stat(path, &st) == 0 && st.st_size == 1048576 && (st.st_mode & 07777) == 0400, "1 MB of parameters, mode 0400");
	ok(stat(folder, &st) == 0 && (st.st_mode & 07777) == 0700, "in a folder of mode 0700");
	order(key, ORDER_CANCEL, 1, 1, 0, 1000);
	wait_ended(key);
	ok(stat(folder, &st) < 0 && errno == ENOENT, "which is gone at the end");
	report(key);
}

static void
act_no_files(const char *work_dir)
{
	AttemptKey key = start_command("exec sleep 1000");
	cleanup_free char *folder = run_directory_path(work_dir, &key, NULL);
	cleanup_free char *print = mem_printf("cat %s/" NO_PARAMETERS_FILE, work_dir);

	wait_started(key);
	ok(access(folder, F_OK) < 0 && errno == ENOENT, "no files, no folder");
	order(key, ORDER_CANCEL, 1, 1, 0, 1000);
	wait_ended(key);
	report(key);
	key = start_command(print);
	ok(printed(wait_ended(key), 0, "{}\n"), "no parameters are the same file for all");
	report(key);
}

static void
act_slots(void)
{
	AttemptKey keys[65];
	AttemptKey twice;
	MsgStart start = {.key = {.run_id = 0}};
	int fd = open("/dev/null", O_RDONLY);

	for (int i = 0; i < 65; i++)
		keys[i] = start_command("exec sleep 1000");
	ok(ended_as(wait_ended(keys[64]), EVENT_RETURNED, -1, 0), "the 65th of 64 slots is given back");
	report(keys[64]);
	twice = keys[0];
	start.key = twice;
	send_msg(MSG_START, &start, &fd);
	/* What is killed before it has a process is given back. */
	for (int i = 0; i < 64; i++)
		wait_started(keys[i]);
	for (int i = 0; i < 64; i++)
		order(keys[i], ORDER_KILL, 0, 0, 0, 0);
	for (int i = 0; i < 64; i++)
		wait_ended(keys[i]);
	ok(ended_as(seen_of(&twice), EVENT_SIGNALLED, -1, SIGKILL), "a second START of one attempt means nothing");
	for (int i = 0; i < 64; i++)
		report(keys[i]);
	start.key = (AttemptKey){.run_id = next_run++, .attempt = 1};
	send_msg(MSG_START, &start, &fd);
	ok(ended_as(wait_ended(start.key), EVENT_SETUP_FAILED, -1, 0), "a specification that is none: %s",
	   seen_of(&start.key)->text);
	report(start.key);
	close(fd);
}

/* ---- the agent's deaths ---- */

#define RUNNING memory.keys[0]
#define ENDED memory.keys[1]
#define CHATTY memory.keys[2]

static void
before_death(void)
{
	MsgOutput mark = {.bytes = 1234, .chunk = 56};

	RUNNING = start_command("echo before; sleep 1; echo after; exit 7");
	ENDED = start_command("exit 8");
	wait_started(RUNNING);
	until(strcmp(buf_text(&seen_of(&RUNNING)->out[0]), "before\n") == 0);
	wait_ended(ENDED);
	mark.key = RUNNING;
	send_msg(MSG_OUTPUT, &mark, NULL);
	/* Said with the last breath: it must still count. */
	CHATTY = start_command("exit 9");
}

static void
after_death(void)
{
	Seen *s = seen_of(&RUNNING);

	ok(s->known && strcmp(s->name, "tenant\njob") == 0, "a new agent is told what the running attempt is called");
	ok(s->started && s->start.chunk == 56 && s->start.bytes == 1234, "that it runs, and its chunks");
	ok(ended_as(seen_of(&ENDED), EVENT_EXITED, 8, 0), "and of the end that was not reported");
	ok(ended_as(wait_ended(RUNNING), EVENT_EXITED, 7, 0), "the true exit code arrives");
	ok(printed(s, 0, "after\n"), "and the output printed meanwhile");
	ok(ended_as(wait_ended(CHATTY), EVENT_EXITED, 9, 0), "what the old agent asked with its last breath was done");
	report(RUNNING);
	report(CHATTY);
	/* ENDED is reported by none: the next agent must hear of it again */
}

static void
act_hostile(void)
{
	char packet[256];
	size_t len = msg_encode(packet, MSG_REPORTED, &(MsgReported){.key = {.run_id = -1, .attempt = 1}}, NULL);

	send_raw(packet, len, NULL);
	until(heard.closed); /* and killed while waiting */
}

static void
after_hostile(void)
{
	ok(ended_as(seen_of(&ENDED), EVENT_EXITED, 8, 0),
	   "after a broken packet there is a new agent, and nothing is lost");
	ok(!seen_of(&RUNNING)->started && !seen_of(&RUNNING)->ended, "what was reported is forgotten");
	report(ENDED);
}

static void
act_drain(void)
{
	AttemptKey obeys = start_command("echo $$; exec sleep 1000");
	AttemptKey late;

	until(seen_of(&obeys)->out[0].len > 0);
	kill(getppid(), SIGTERM);
	until(heard.drain);
	ok(heard.drain && !heard.quit, "SIGTERM: the agent is told to drain");
	late = start_command("true");
	ok(ended_as(wait_ended(late), EVENT_RETURNED, -1, 0), "an attempt that comes now is given back");
	report(late);
	ok(ended_as(wait_ended(obeys), EVENT_CANCELLED, -1, SIGTERM) && is_gone(seen_of(&obeys)),
	   "after the time a job is cancelled");
	turn();
	ok(!heard.quit, "the keeper waits for the report");
	report(obeys);
	until(heard.quit);
	ok(heard.quit, "then the agent may leave");
}

static int
run_as_agent(const char *work_dir)
{
	recall(work_dir);
	until(heard.synced);
	switch (memory.act++)
	{
		case 0:
			ok(strcmp(heard.offer, "shell,noop\n") == 0 || strcmp(heard.offer, "shell,noop\nlimit.network") == 0,
			   "an ordinary user's keeper offers what needs no more");
			act_exit_codes();
			act_signals();
			act_surroundings();
			act_setup_failures();
			act_timeouts();
			act_orders();
			act_left_behind();
			act_neighbours();
			act_output();
			act_files(work_dir);
			act_no_files(work_dir);
			act_slots();
			before_death();
			remember(work_dir);
			kill(getpid(), SIGKILL);
			return 1;
		case 1:
			after_death();
			remember(work_dir);
			act_hostile();
			return 1;
		case 2:
			after_hostile();
			act_drain();
			remember(work_dir);
			return 0;
		default:
			return 1;
	}
}

int
main(int argc, char **argv)
{
	static char *const arguments[] = {"--slots=64", "--drain-timeout=1s", NULL};
	cleanup_free char *folder = NULL;
	int status = -1;

	(void) argc;
	if (strstr(argv[0], "jobgrid-agent") != NULL)
		return run_as_agent(getenv("JOBGRID_WORK_DIR"));
	folder = make_folder();
	waitpid(start_keeper(folder, arguments), &status, 0);
	recall(folder);
	ok(memory.act == 3, "all acts were played");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the keeper left with status 0 (%d)", status);
	remove_folder(folder);
	return done_testing();
}
