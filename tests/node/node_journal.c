/*
 * A root keeper that is replaced, then dies: jobs of other users are kept, found again, and ended with all they have
 * started; what is started afterwards is as whom and with what it should be.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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
	ok(node_stop() == 0, "the keeper leaves cleanly");
	node_leave();
	return done_testing();
}
