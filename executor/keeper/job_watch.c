/*
 * job_watch.c - from the world to events: set-up, exit, output, time.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_process.h"
#include "clock.h"
#include "job_table.h"
#include "log.h"
#include "mem.h"
#include "process.h"
#include "spawn.h"

/* Killed for so long, what is not dead is said to be unkillable. */
#define KILL_LIMIT_US INT64_C(10000000)

#define MEASURE_FIRST_US INT64_C(1000000)
#define MEASURE_US INT64_C(10000000)

void
job_close_fd(int *fd)
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

/* ---- time ---- */

static LifeEvent
judge_phase(const Job *job)
{
	int64_t now = clock_now_us();

	if (job->state == LIFE_SWEEPING && now - job->sweep_since >= KILL_LIMIT_US)
		return job->left > 0 ? LIFE_STUCK : LIFE_GIVE_UP;
	if (job->state == LIFE_KILLING && now - job->kill_since >= KILL_LIMIT_US)
		return LIFE_STUCK;
	return LIFE_TIMER;
}

static void
phase_over(void *arg)
{
	job_event(arg, judge_phase(arg));
}

void
job_arm_phase(Job *job, int64_t delay_us)
{
	loop_timer_in(job_context.loop, &job->phase, delay_us, phase_over, job);
}

static void
time_over(void *arg)
{
	job_check_exit(arg);
	job_event(arg, LIFE_TIMEOUT);
}

void
job_set_timers(Job *job, int64_t deadline, int64_t phase)
{
	if (deadline > 0)
		loop_timer(job_context.loop, &job->deadline, deadline, time_over, job);
	if (phase > 0)
		loop_timer(job_context.loop, &job->phase, phase, phase_over, job);
}

void
job_arm_deadline(Job *job)
{
	if (job->timeout_us > 0)
		job_set_timers(job, job->started_at + job->timeout_us, 0);
}

/* ---- set-up ---- */

/* The socket closes at exec; a failure is written to it before the child ends. */
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
	job_close_fd(&job->setup);
	if (n == (ssize_t) sizeof(failure))
	{
		spawn_describe(&failure, &job->spec, &e);
		job_say(job, e.message);
	}
	spec_free(&job->spec);
	job_event(job, n == (ssize_t) sizeof(failure) ? LIFE_EXEC_FAILED : LIFE_EXEC_OK);
}

static void
setup_ready(uint32_t events, void *arg)
{
	(void) events;
	read_setup(arg);
}

/* ---- output ---- */

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

static bool
has_writer(int output)
{
	struct pollfd polled = {.fd = output};

	return poll(&polled, 1, 0) <= 0;
}

/*
 * Not before the main process has ended: until then it matters to nobody, and then most are closed. One that cannot be
 * watched is open until the time for that is over.
 */
void
job_watch_outputs(Job *job)
{
	static const LoopCallback hung_up[2] = {stdout_ready, stderr_ready};
	Err e;

	for (int i = 0; i < 2; i++)
	{
		if (job->output[i] < 0 || !has_writer(job->output[i]))
			continue;
		job->open_outputs++;
		job->output_watch[i] = loop_watch(job_context.loop, job->output[i], 0, hung_up[i], job, &e);
		if (job->output_watch[i] == NULL)
			log_warnx("run %" PRId64 ": %s", job->node.key.run_id, e.message);
	}
}

/* ---- exit ---- */

/* Leaves the zombie: contain.h says why. What is not our child shows only that it has ended. */
static bool
has_ended(const Job *job, siginfo_t *info)
{
	if (job->adopted)
		return process_has_ended(job->pidfd);
	return waitid(P_PIDFD, (id_t) job->pidfd, info, WEXITED | WNOHANG | WNOWAIT) == 0 && info->si_pid != 0;
}

void
job_check_exit(Job *job)
{
	siginfo_t info = {.si_pid = 0};

	if (job->pid_watch == NULL || !has_ended(job, &info))
		return;
	read_setup(job);
	drop_watch(&job->pid_watch);
	job->exit_kind = info.si_code;
	job->exit_status = info.si_status;
	job->ended.ended_at = clock_now_us();
	if (!job->adopted)
		job_watch_outputs(job);
	job_event(job, (job->flags & JOURNAL_LEAVE_RUNNING) != 0 ? LIFE_EXITED_LEAVING : LIFE_EXITED);
}

static void
process_ended(uint32_t events, void *arg)
{
	(void) events;
	job_check_exit(arg);
}

/* ---- what it uses ---- */

/* In version 1 of control groups the kernel kills one process of a job that is out of memory, and the job goes on. */
static void
measure(void *arg)
{
	Job *job = arg;
	Account account = contain_account(&job->contain);
	MsgUsage m = {.key = job->node.key, .cpu_us = account.cpu_us, .rss_kb = account.rss_kb};

	loop_timer_in(job_context.loop, &job->measure, MEASURE_US, measure, job);
	if (account.rss_kb > job->largest_kb)
		job->largest_kb = account.rss_kb;
	if (account.cpu_us >= 0 && account.rss_kb >= 0)
		agent_process_send(MSG_USAGE, &m, NULL, NULL, 0);
	if (account.oom_killed && !job->adopted)
		job_event(job, LIFE_KILL);
}

/* ---- all of it ---- */

int
job_watch(Job *job, Err *e)
{
	job->pid_watch = loop_watch(job_context.loop, job->pidfd, EPOLLIN, process_ended, job, e);
	if (job->pid_watch == NULL)
		return -1;
	loop_timer_in(job_context.loop, &job->measure, MEASURE_FIRST_US, measure, job);
	if (job->setup < 0)
		return 0;
	job->setup_watch = loop_watch(job_context.loop, job->setup, EPOLLIN, setup_ready, job, e);
	return job->setup_watch != NULL ? 0 : -1;
}

void
job_unwatch(Job *job)
{
	drop_watch(&job->pid_watch);
	drop_watch(&job->setup_watch);
	drop_watch(&job->output_watch[0]);
	drop_watch(&job->output_watch[1]);
	loop_timer_cancel(job_context.loop, &job->deadline);
	loop_timer_cancel(job_context.loop, &job->phase);
	loop_timer_cancel(job_context.loop, &job->measure);
}
