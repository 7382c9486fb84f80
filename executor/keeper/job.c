/*
 * job.c - drives lifecycle.c: the world becomes events, actions become calls.
 *
 * Decisions are in the table; here is only how a thing is done.  A Job lives from
 * START until the agent says that the database has its end.
 */
#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_process.h"
#include "clock.h"
#include "contain.h"
#include "jobsetup.h"
#include "keymap.h"
#include "lifecycle.h"
#include "log.h"
#include "mem.h"
#include "rundir.h"
#include "spawn.h"
#include "specblock.h"
#include "unmet.h"

#define DRAIN_WINDOW_US INT64_C(2000000)
#define SWEEP_AGAIN_US INT64_C(100000)
#define SWEEP_LIMIT_US INT64_C(10000000)
#define KILL_AGAIN_US INT64_C(1000000)

typedef struct Job
{
	KeyNode node; /* first: the map gives nodes */
	char *name;   /* as the agent wants it back */
	LifeState state;
	SpecBlock spec;
	Contain contain;
	int pidfd;
	int setup;
	int output[2];
	int open_outputs;
	LoopWatch *pid_watch;
	LoopWatch *setup_watch;
	LoopWatch *output_watch[2];
	Timer deadline; /* the job's own time */
	Timer phase;    /* grace, window, next sweep */
	int64_t grace_us;
	int64_t output_limit;
	int64_t started_at;
	int64_t sweep_since;
	MsgEvent cause; /* ours, when we ended it; 0: its own */
	siginfo_t status;
	MsgEnded ended;
	char message[MSG_MAX_TEXT + 1];
	int64_t last_request; /* of the last order carried out */
	int32_t last_ordinal;
	int32_t chunk;
	int64_t bytes;
} Job;

static JobContext context;
static KeyMap jobs;
static size_t running;
static size_t sweeping;

static void job_event(Job *job, LifeEvent event);

void
job_init(const JobContext *given)
{
	context = *given;
}

size_t
job_running_count(void)
{
	return running;
}

size_t
job_count(void)
{
	return jobs.count;
}

static Job *
find_job(const AttemptKey *key)
{
	return (Job *) keymap_find(&jobs, key);
}

static void
close_fd(int *fd)
{
	cleanup_close_fd(fd);
	*fd = -1;
}

static void
drop_watch(LoopWatch **watch)
{
	loop_unwatch(*watch);
	*watch = NULL;
}

/* ---- from the world to events ---- */

static void
phase_over(void *arg)
{
	Job *job = arg;

	if (job->state == LIFE_SWEEPING && clock_now_us() - job->sweep_since >= SWEEP_LIMIT_US)
		job_event(job, LIFE_GIVE_UP);
	else
		job_event(job, LIFE_TIMER);
}

static void
arm_phase(Job *job, int64_t delay_us)
{
	loop_timer_in(context.loop, &job->phase, delay_us, phase_over, job);
}

/* The pipe closes at exec; a failure is written to it before the child ends. */
static void
read_setup(Job *job)
{
	SpawnFailure failure;
	ssize_t n;
	Err e;

	if (job->setup < 0)
		return;
	n = read(job->setup, &failure, sizeof(failure));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	drop_watch(&job->setup_watch);
	close_fd(&job->setup);
	if (n != (ssize_t) sizeof(failure))
	{
		job_event(job, LIFE_EXEC_OK);
		return;
	}
	spawn_describe(&failure, &job->spec, &e);
	snprintf(job->message, sizeof(job->message), "%.*s", MSG_MAX_TEXT, e.message);
	job_event(job, LIFE_EXEC_FAILED);
}

static void
setup_ready(uint32_t events, void *arg)
{
	(void) events;
	read_setup(arg);
}

/* Notices the end but leaves the zombie: contain.h says why. */
static void
check_exit(Job *job)
{
	siginfo_t info = {.si_pid = 0};

	if (job->pid_watch == NULL || waitid(P_PIDFD, (id_t) job->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		info.si_pid == 0)
		return;
	read_setup(job);
	drop_watch(&job->pid_watch);
	job->status = info;
	job->ended.ended_at = clock_now_us();
	job_event(job, LIFE_EXITED);
}

static void
process_ended(uint32_t events, void *arg)
{
	(void) events;
	check_exit(arg);
}

/* Hang-up: no writer is left. The data, if any, is the agent's to read. */
static void
output_hung_up(Job *job, int i)
{
	drop_watch(&job->output_watch[i]);
	if (--job->open_outputs == 0)
		job_event(job, LIFE_OUTPUT_CLOSED);
}

static void
stdout_ready(uint32_t events, void *arg)
{
	(void) events;
	output_hung_up(arg, 0);
}

static void
stderr_ready(uint32_t events, void *arg)
{
	(void) events;
	output_hung_up(arg, 1);
}

static void
time_over(void *arg)
{
	check_exit(arg);
	job_event(arg, LIFE_TIMEOUT);
}

/* ---- from actions to the world ---- */

static void
announce(const Job *job)
{
	MsgStarted m = {.key = job->node.key,
					.started_at = job->started_at,
					.bytes = job->bytes,
					.output_limit = job->output_limit,
					.chunk = job->chunk};

	agent_process_send(MSG_STARTED, &m, job->name, job->output, 2);
}

static void
terminate(Job *job, MsgEvent cause)
{
	job->cause = cause;
	contain_signal(&job->contain, SIGTERM);
	contain_signal(&job->contain, SIGCONT); /* a stopped job would not hear it */
	arm_phase(job, job->grace_us);
}

static void
kill_now(Job *job, MsgEvent cause)
{
	if (cause != 0)
		job->cause = cause;
	contain_signal(&job->contain, SIGKILL);
	arm_phase(job, KILL_AGAIN_US);
}

static void
await_output(Job *job)
{
	loop_timer_cancel(context.loop, &job->deadline);
	arm_phase(job, DRAIN_WINDOW_US);
	if (job->open_outputs == 0)
		job_event(job, LIFE_OUTPUT_CLOSED);
}

static void
sweep(Job *job)
{
	loop_timer_cancel(context.loop, &job->deadline);
	if (job->sweep_since == 0)
	{
		job->sweep_since = clock_now_us();
		sweeping++;
	}
	if (contain_sweep(&job->contain) == 0 && job->open_outputs == 0)
		job_event(job, LIFE_EMPTY);
	else
		arm_phase(job, SWEEP_AGAIN_US);
}

static void
fill_end(Job *job, const struct rusage *usage)
{
	MsgEnded *m = &job->ended;
	bool exited = job->status.si_code == CLD_EXITED;

	m->key = job->node.key;
	m->run_us = m->ended_at - job->started_at;
	m->cpu_us = (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * INT64_C(1000000) + usage->ru_utime.tv_usec +
				usage->ru_stime.tv_usec;
	m->max_rss_kb = usage->ru_maxrss;
	m->event = job->cause != 0 ? job->cause : exited ? EVENT_EXITED : EVENT_SIGNALLED;
	m->exit_code = exited && job->cause != EVENT_SETUP_FAILED ? job->status.si_status : -1;
	m->signal = exited ? 0 : job->status.si_status;
	m->forced = job->open_outputs > 0;
}

static void
finish(Job *job)
{
	struct rusage usage = {.ru_maxrss = 0};
	siginfo_t info;

	loop_timer_cancel(context.loop, &job->phase);
	sweeping--;
	running--;
	if (clock_now_us() - job->sweep_since >= SWEEP_LIMIT_US)
		log_warnx("run %" PRId64 ": something of it cannot be killed or holds its output", job->node.key.run_id);
	/* glibc's waitid() does not give the resources used. */
	if (syscall(SYS_waitid, P_PIDFD, job->pidfd, &info, WEXITED | WNOHANG, &usage) < 0)
		log_warn("could not collect process %d", (int) job->contain.leader);
	contain_end(&job->contain);
	drop_watch(&job->output_watch[0]);
	drop_watch(&job->output_watch[1]);
	close_fd(&job->pidfd);
	rundir_remove(&job->node.key);
	spec_free(&job->spec);
	fill_end(job, &usage);
	log_debug("run %" PRId64 ": %s, code %d, signal %d", job->node.key.run_id,
			  msg_event_name((MsgEvent) job->ended.event), job->ended.exit_code, job->ended.signal);
	agent_process_send(MSG_ENDED, &job->ended, job->message, NULL, 0);
	context.changed(context.arg);
}

static void
free_job(Job *job)
{
	loop_timer_cancel(context.loop, &job->deadline);
	loop_timer_cancel(context.loop, &job->phase);
	drop_watch(&job->setup_watch);
	close_fd(&job->setup);
	close_fd(&job->output[0]);
	close_fd(&job->output[1]);
	spec_free(&job->spec);
	free(job->name);
	free(job);
}

static void
forget(Job *job)
{
	keymap_remove(&jobs, &job->node);
	free_job(job);
	context.changed(context.arg);
}

static void
act(Job *job, LifeAction action)
{
	switch (action)
	{
		case ACT_NONE:
		case ACT_IMPOSSIBLE:
			return;
		case ACT_ANNOUNCE:
			announce(job);
			return;
		case ACT_NOTE_SETUP:
			job->cause = EVENT_SETUP_FAILED;
			return;
		case ACT_TERMINATE_TIMEOUT:
			terminate(job, EVENT_TIMED_OUT);
			return;
		case ACT_TERMINATE_CANCEL:
			terminate(job, EVENT_CANCELLED);
			return;
		case ACT_KILL_TIMEOUT:
			kill_now(job, EVENT_TIMED_OUT);
			return;
		case ACT_KILL_CANCEL:
			kill_now(job, EVENT_CANCELLED);
			return;
		case ACT_KILL:
			kill_now(job, 0);
			return;
		case ACT_AWAIT_OUTPUT:
			await_output(job);
			return;
		case ACT_SWEEP:
			sweep(job);
			return;
		case ACT_FINISH:
			finish(job);
			return;
		case ACT_FORGET:
			forget(job);
			return;
	}
}

/* The job may be gone afterwards. */
static void
job_event(Job *job, LifeEvent event)
{
	LifeStep step = lifecycle_step(job->state, event);

	if (step.action == ACT_IMPOSSIBLE)
		log_warnx("run %" PRId64 ": event \"%s\" in state \"%s\"", job->node.key.run_id, lifecycle_event_name(event),
				  lifecycle_state_name(job->state));
	job->state = step.next;
	act(job, step.action);
}

/* ---- the agent's wishes ---- */

static void
end_without_process(const AttemptKey *key, MsgEvent event, const char *message)
{
	Job *job = mem_zalloc(sizeof(*job));

	job->node.key = *key;
	job->state = LIFE_ENDED;
	job->pidfd = job->setup = job->output[0] = job->output[1] = -1;
	job->ended = (MsgEnded){.key = *key, .event = event, .exit_code = -1, .ended_at = clock_now_us()};
	job->started_at = job->ended.ended_at;
	snprintf(job->message, sizeof(job->message), "%.*s", MSG_MAX_TEXT, message);
	keymap_insert(&jobs, &job->node);
	agent_process_send(MSG_ENDED, &job->ended, job->message, NULL, 0);
}

static int
watch_job(Job *job, Err *e)
{
	job->pid_watch = loop_watch(context.loop, job->pidfd, EPOLLIN, process_ended, job, e);
	job->setup_watch = loop_watch(context.loop, job->setup, EPOLLIN, setup_ready, job, e);
	job->output_watch[0] = loop_watch(context.loop, job->output[0], 0, stdout_ready, job, e);
	job->output_watch[1] = loop_watch(context.loop, job->output[1], 0, stderr_ready, job, e);
	return job->pid_watch != NULL && job->setup_watch != NULL && job->output_watch[0] != NULL &&
				   job->output_watch[1] != NULL
			   ? 0
			   : -1;
}

/* A process that cannot be watched must not run: killed and collected on the spot. */
static void
undo_spawn(Job *job, const Spawned *spawned)
{
	if (spawned->pid <= 0)
		return;
	kill(-spawned->pid, SIGKILL);
	kill(spawned->pid, SIGKILL);
	waitpid(spawned->pid, NULL, 0);
	drop_watch(&job->pid_watch);
	drop_watch(&job->output_watch[0]);
	drop_watch(&job->output_watch[1]);
	close_fd(&job->pidfd);
}

static int
launch(Job *job, int specification, Err *e)
{
	Spawned spawned = {.pid = 0, .pidfd = -1, .setup = -1, .output = {-1, -1}};
	cleanup_jobsetup JobSetup setup = {.argv = NULL};
	int result;

	if (spec_from_memfd(specification, &job->spec, e) < 0)
		return -1;
	if (unmet_check(&job->spec, e) < 0 || jobsetup_prepare(&setup, &job->spec, e) < 0 ||
		rundir_create(&job->node.key, &job->spec, &setup.identity, e) < 0)
		return -1;
	result = spawn(&job->spec, &setup, &spawned, e);
	job->pidfd = spawned.pidfd;
	job->setup = spawned.setup;
	job->output[0] = spawned.output[0];
	job->output[1] = spawned.output[1];
	if (result == 0)
		result = watch_job(job, e);
	if (result < 0)
	{
		undo_spawn(job, &spawned);
		rundir_remove(&job->node.key);
		return -1;
	}
	contain_begin(&job->contain, &job->node.key, spawned.pid);
	return 0;
}

void
job_start(const MsgStart *start, const char *name, int specification)
{
	Job *job;
	Err e;

	/* An answer that was repeated, or an agent that does not know yet. */
	if (find_job(&start->key) != NULL)
		return;
	if (running >= context.slots)
	{
		end_without_process(&start->key, EVENT_RETURNED, "no slot is free");
		return;
	}
	job = mem_zalloc(sizeof(*job));
	job->node.key = start->key;
	job->pidfd = job->setup = job->output[0] = job->output[1] = -1;
	job->name = mem_strdup(name);
	job->open_outputs = 2;
	job->grace_us = start->grace_ms * 1000;
	job->output_limit = start->output_limit;
	job->started_at = clock_now_us();
	if (launch(job, specification, &e) < 0)
	{
		free_job(job);
		end_without_process(&start->key, EVENT_SETUP_FAILED, e.message);
		return;
	}
	keymap_insert(&jobs, &job->node);
	running++;
	if (start->timeout_ms > 0)
		loop_timer_in(context.loop, &job->deadline, start->timeout_ms * 1000, time_over, job);
}

void
job_refuse(const MsgStart *start)
{
	if (find_job(&start->key) == NULL)
		end_without_process(&start->key, EVENT_RETURNED, "the executor is draining");
}

/* An answer may be repeated, also to a new agent. */
static bool
is_new_order(Job *job, const MsgOrder *order)
{
	if (order->request < job->last_request ||
		(order->request == job->last_request && order->ordinal <= job->last_ordinal))
		return false;
	job->last_request = order->request;
	job->last_ordinal = order->ordinal;
	return true;
}

void
job_order(const MsgOrder *order)
{
	Job *job = find_job(&order->key);

	if (job == NULL)
		return;
	if (order->order == ORDER_KILL)
	{
		check_exit(job);
		job_event(job, LIFE_KILL);
		return;
	}
	/* What has ended by itself was not ended by us. */
	check_exit(job);
	if (order->order == ORDER_CANCEL)
	{
		/* Again is no harm: the table ignores it, and the grace runs already. */
		job->grace_us = order->grace_ms * 1000;
		job_event(job, LIFE_CANCEL);
	}
	else if (is_new_order(job, order) && job->pid_watch != NULL)
		contain_signal(&job->contain, order->signal);
}

void
job_output(const MsgOutput *output)
{
	Job *job = find_job(&output->key);

	if (job == NULL)
		return;
	job->chunk = output->chunk;
	job->bytes = output->bytes;
}

void
job_reported(const MsgReported *reported)
{
	Job *job = find_job(&reported->key);

	if (job != NULL && job->state == LIFE_ENDED)
		job_event(job, LIFE_REPORTED);
}

void
job_recite(void)
{
	for (KeyNode *node = keymap_next(&jobs, NULL); node != NULL; node = keymap_next(&jobs, node))
	{
		Job *job = (Job *) node;

		if (job->output[0] >= 0)
			announce(job);
		if (job->state == LIFE_ENDED)
			agent_process_send(MSG_ENDED, &job->ended, job->message, NULL, 0);
	}
}

void
job_cancel_all(const char *why)
{
	KeyNode *next;

	for (KeyNode *node = keymap_next(&jobs, NULL); node != NULL; node = next)
	{
		Job *job = (Job *) node;

		next = keymap_next(&jobs, node);
		check_exit(job);
		if (job->state == LIFE_RUNNING || job->state == LIFE_SETUP)
			snprintf(job->message, sizeof(job->message), "%.*s", MSG_MAX_TEXT, why);
		job_event(job, LIFE_CANCEL);
	}
}

void
job_reap(void)
{
	KeyNode *next;

	contain_reap();
	for (KeyNode *node = keymap_next(&jobs, NULL); sweeping > 0 && node != NULL; node = next)
	{
		Job *job = (Job *) node;

		next = keymap_next(&jobs, node);
		if (job->state == LIFE_SWEEPING)
			job_event(job, LIFE_TIMER);
	}
}
