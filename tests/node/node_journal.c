/*
 * A root keeper that is replaced, then dies: jobs of other users are kept, found again, and ended with all they have
 * started; what is started afterwards is as whom and with what it should be.
 */
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

typedef struct Running
{
	AttemptKey key;
	pid_t pid;
} Running;

static Running sleeper; /* the main process is what is watched */
static Running parent;  /* and here one that went away from it */
static AttemptKey ended;

static AttemptKey
start_alices(const char *command)
{
	return start_wish(&(Wish){.command = command, .run_as = "alice", .tenant = "t", .grace_ms = 1000});
}

static Running
start_running(const char *command)
{
	Running running = {.key = start_alices(command)};

	until(strchr(buf_text(&seen_of(&running.key)->out[0]), '\n') != NULL);
	running.pid = (pid_t) atoi(buf_text(&seen_of(&running.key)->out[0]));
	return running;
}

static void
test_starting(const char *when)
{
	const Wish wish = {.command = "id -un; cat $TOKEN; grep NoNewPrivs /proc/self/status | tr -d '\\t'",
					   .run_as = "alice",
					   .tenant = "t",
					   .secrets = (const char *const[]){"TOKEN=token", NULL}};

	ok(printed(node_run(&wish), 0, "alice\nvalue\nNoNewPrivs:1\n"), "%s: a job is who it should be, and has its secret",
	   when);
}

static void
test_replaced(void)
{
	const Seen *s;
	pid_t before = node_agent;

	node_replace();
	s = seen_of(&sleeper.key);
	ok(node_agent != before && node_logged("a new program goes on with 3 attempts"), "a new program goes on");
	ok(s->known && s->started && s->start.streams == MSG_STREAMS && !process_is_gone(sleeper.pid),
	   "with the jobs of other users, and their pipes");
	ok(ended_as(seen_of(&ended), EVENT_EXITED, 7, 0), "and an end that was not reported");
	test_starting("a new program");
}

static void
test_killed(const char *map_flag)
{
	const Seen *s;

	node_kill();
	ok(!process_is_gone(sleeper.pid) && !process_is_gone(parent.pid), "the keeper dies, and jobs run on");
	node_start((const char *const[]){map_flag, NULL});
	s = seen_of(&sleeper.key);
	ok(s->known && s->started && s->start.streams == 0, "another keeper finds them");
	ok(ended_as(seen_of(&ended), EVENT_EXITED, 7, 0), "and the end that was not reported");
	order(parent.key, ORDER_CANCEL, 1, 1, 0, 1000);
	ok(ended_as(wait_ended(parent.key), EVENT_CANCELLED, -1, 0) && process_is_gone(parent.pid),
	   "it can cancel them, with what they have started");
	kill(sleeper.pid, SIGKILL);
	ok(ended_as(wait_ended(sleeper.key), EVENT_LOST, -1, 0), "and sees that one ends, but not how");
	report(parent.key);
	report(sleeper.key);
	report(ended);
	test_starting("another keeper");
}

/* A child with the number of a process that is gone; -1: numbers cannot be chosen here. */
static pid_t
become_number(pid_t number)
{
	struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (uint64_t) (uintptr_t) &number, .set_tid_size = 1};
	long pid;

	while (kill(number, 0) == 0)
		usleep(1000);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
	{
		signal(SIGTERM, SIG_DFL);
		for (;;)
			pause();
	}
	return (pid_t) pid;
}

/* Jobs that must not outlive their keeper are killed by the next one: this number has gone to somebody else meanwhile. */
static void
test_number_reused(const char *map_flag)
{
	Running victim = {
		.key = start_wish(
			&(Wish){.command = "echo $$; exec sleep 1000", .tenant = "t", .run_as = "alice", .flags = START_FENCED})};
	pid_t stranger;

	until(strchr(buf_text(&seen_of(&victim.key)->out[0]), '\n') != NULL);
	victim.pid = (pid_t) atoi(buf_text(&seen_of(&victim.key)->out[0]));
	node_kill();
	kill(victim.pid, SIGKILL);
	stranger = become_number(victim.pid);
	node_start((const char *const[]){map_flag, NULL});
	if (stranger < 0)
		printf("ok # SKIP no process number can be chosen here\n");
	ok(ended_as(wait_ended(victim.key), EVENT_LOST, -1, 0), "a job whose number was given away is lost");
	report(victim.key);
	test_starting("after that");
	ok(stranger < 0 || (waitpid(stranger, NULL, WNOHANG) == 0 && kill(stranger, SIGKILL) == 0 &&
						waitpid(stranger, NULL, 0) == stranger),
	   "who has the number now is left alone");
}

int
main(void)
{
	cleanup_free char *map_flag = NULL;
	cleanup_free char *map = NULL;

	node_enter();
	map_flag = mem_printf("--node-map=%s/node.map", node_folder);
	map = mem_printf("user alice class=strict tenants=*\nsecret token users=alice file=%s/value\n", node_folder);
	node_write("node.map", 0644, map);
	node_write("value", 0400, "value\n");
	node_start((const char *const[]){map_flag, NULL});
	sleeper = start_running("echo $$; exec sleep 1000");
	parent = start_running("setsid sleep 1000 >/dev/null 2>&1 & echo $!; exec sleep 1000");
	ended = start_alices("exit 7");
	wait_ended(ended);
	test_replaced();
	test_killed(map_flag);
	test_number_reused(map_flag);
	ok(node_stop() == 0, "the keeper leaves cleanly");
	node_leave();
	return done_testing();
}
