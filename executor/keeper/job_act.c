/*
 * job_act.c - from actions to the world.  Decisions are in the table; here is only how a thing is done.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_process.h"
#include "clock.h"
#include "job_table.h"
#include "log.h"
#include "mem.h"
#include "outcome.h"
#include "rundir.h"

#define DRAIN_WINDOW_US INT64_C(2000000)
#define SWEEP_AGAIN_US INT64_C(1000) /* then longer and longer */
#define SWEEP_SLOWEST_US INT64_C(100000)
#define KILL_AGAIN_US INT64_C(1000000)
#define LOOK_AGAIN_US INT64_C(2000000)

void
job_say(Job *job, const char *message)
{
	char *said = mem_strndup(message, strnlen(message, MSG_MAX_TEXT));

	free(job->message);
	job->message = said;
}

/* ---- what the agent is told ---- */

void
job_announce(const Job *job)
{
	const int all[3] = {job->output[0], job->output[1], job->socket};
	int fds[3];
	size_t count = 0;
	MsgStarted m = {.key = job->node.key,
					.started_at = job->started_at,
					.bytes = job->bytes,
					.output_limit = job->output_limit,
					.chunk = job->chunk};

	for (int i = 0; i < 3; i++)
	{
		if (all[i] < 0)
			continue;
		m.streams |= 1 << i;
		fds[count++] = all[i];
	}
	agent_process_send(MSG_STARTED, &m, NULL, fds, count);
}

/* What it has said of its outcome, to an agent that has not heard it. */
void
job_tell_words(const Job *job)
{
	MsgWord m = {.key = job->node.key, .what = WORD_RESULT};

	if (job->result >= 0)
		agent_process_send(MSG_WORD, &m, NULL, &job->result, 1);
	m.what = WORD_LOST;
	if (job->lost)
		agent_process_send(MSG_WORD, &m, job->message, NULL, 0);
}

void
job_tell_end(const Job *job)
{
	agent_process_send(MSG_ENDED, &job->ended, job->message, NULL, 0);
}

void
job_tell_stuck(const Job *job)
{
	int64_t now = clock_now_us();
	MsgEnded m = {.key = job->node.key,
				  .run_us = now - job->started_at,
				  .ended_at = now,
				  .event = EVENT_UNKILLABLE,
				  .exit_code = -1};
	cleanup_free char *text = job->pid_watch != NULL
								  ? mem_printf("process %d cannot be killed", (int) job->contain.leader)
								  : mem_printf("%zu processes that it left cannot be killed", job->left);

	agent_process_send(MSG_ENDED, &m, text, NULL, 0);
}

/* ---- ending it ---- */

static void
terminate(Job *job, MsgEvent cause)
{
	job->cause = cause;
	contain_signal(&job->contain, SIGTERM);
	contain_signal(&job->contain, SIGCONT); /* a stopped job would not hear it */
	job_arm_phase(job, job->grace_us);
}

static void
kill_now(Job *job, MsgEvent cause)
{
	if (cause != 0)
		job->cause = cause;
	if (job->kill_since == 0)
		job->kill_since = clock_now_us();
	contain_kill(&job->contain);
	job_arm_phase(job, KILL_AGAIN_US);
}

static void
await_output(Job *job)
{
	loop_timer_cancel(job_context.loop, &job->deadline);
	job_arm_phase(job, DRAIN_WINDOW_US);
	if (job->open_outputs == 0)
		job_event(job, LIFE_OUTPUT_CLOSED);
}

static void
sweep(Job *job)
{
	loop_timer_cancel(job_context.loop, &job->deadline);
	if (job->sweep_since == 0)
	{
		job->sweep_since = clock_now_us();
		job->sweep_again = SWEEP_AGAIN_US;
	}
	job->left = contain_sweep(&job->contain);
	if (job->left == 0 && job->open_outputs == 0)
	{
		job_event(job, LIFE_EMPTY);
		return;
	}
	job_arm_phase(job, job->sweep_again);
	job->sweep_again = job->sweep_again * 2 < SWEEP_SLOWEST_US ? job->sweep_again * 2 : SWEEP_SLOWEST_US;
}

/* Its end waits for nobody, and nobody is killed. */
static void
leave(Job *job)
{
	cleanup_buf Buf where = {0};
	size_t count = contain_leave(&job->contain, &where);

	loop_timer_cancel(job_context.loop, &job->deadline);
	if (count > 0)
	{
		cleanup_free char *text = mem_printf("left %zu process%s%s", count, count > 1 ? "es" : "", buf_text(&where));

		job_say(job, text);
		log_info("run %" PRId64 " %s", job->node.key.run_id, text);
	}
	job_event(job, LIFE_EMPTY);
}

static void
tell_stuck(Job *job)
{
	log_warnx("run %" PRId64 ": something of it cannot be killed; its slot stays taken", job->node.key.run_id);
	job_tell_stuck(job);
	job_arm_phase(job, LOOK_AGAIN_US);
	job_context.changed(job_context.arg);
}

static void
look_again(Job *job)
{
	job_arm_phase(job, LOOK_AGAIN_US);
	if (job->pid_watch != NULL)
	{
		contain_kill(&job->contain);
		return;
	}
	job->left = contain_sweep(&job->contain);
	if (job->left == 0)
		job_event(job, job->open_outputs == 0 ? LIFE_EMPTY : LIFE_GIVE_UP);
}

/* ---- its end ---- */

/* On record before anybody hears of it. */
static void
conclude(Job *job)
{
	log_debug("run %" PRId64 ": %s, code %d, signal %d", job->node.key.run_id,
			  msg_event_name((MsgEvent) job->ended.event), job->ended.exit_code, job->ended.signal);
	loop_timer_cancel(job_context.loop, &job->phase);
	loop_timer_cancel(job_context.loop, &job->deadline);
	spec_free(&job->spec);
	job_journal_end(job);
	job_wait(job);
}

void
job_note(Job *job, MsgEvent event)
{
	job->ended = (MsgEnded){.key = job->node.key, .event = event, .exit_code = -1, .ended_at = clock_now_us()};
}

static void
fill_end(Job *job, const Account *account, const struct rusage *usage)
{
	Outcome outcome = {.cause = job->cause,
					   .lost = job->lost,
					   .seen = !job->adopted,
					   .exit_kind = job->exit_kind,
					   .exit_status = job->exit_status,
					   .usage = *usage,
					   .account = *account};

	if (outcome.account.rss_kb < job->largest_kb)
		outcome.account.rss_kb = job->largest_kb;
	job->ended.key = job->node.key;
	job->ended.run_us = job->ended.ended_at - job->started_at;
	job->ended.forced = job->open_outputs > 0;
	outcome_fill(&outcome, &job->ended);
	if (job->ended.event == EVENT_OOM_KILLED)
	{
		cleanup_free char *text = outcome_describe_oom(job->memory_limit);

		job_say(job, text);
	}
}

static void
finish(Job *job)
{
	const Account account = contain_last_account(&job->contain);
	struct rusage usage = {.ru_maxrss = 0};
	siginfo_t info;

	if (job->open_outputs > 0 && (job->flags & JOURNAL_LEAVE_RUNNING) == 0)
		log_warnx("run %" PRId64 ": somebody out of reach holds its output", job->node.key.run_id);
	/* glibc's waitid() does not give the resources used. */
	if (!job->adopted && syscall(SYS_waitid, P_PIDFD, job->pidfd, &info, WEXITED | WNOHANG, &usage) < 0)
		log_warn("could not collect process %d", (int) job->contain.leader);
	fill_end(job, &account, &usage);
	contain_end(&job->contain);
	job_unwatch(job);
	job_close_fd(&job->pidfd);
	rundir_remove(&job->node.key);
	conclude(job);
}

static void
tell(const Job *job)
{
	job_tell_end(job);
	job_context.changed(job_context.arg);
}

static void
forget(Job *job)
{
	job_journal_forget(job);
	job_remove(job);
	job_context.changed(job_context.arg);
}

void
job_act(Job *job, LifeAction action)
{
	switch (action)
	{
		case ACT_NONE:
		case ACT_IMPOSSIBLE:
			return;
		case ACT_WATCH:
			job_arm_deadline(job);
			return;
		case ACT_LOSE:
			job_note(job, EVENT_LOST);
			conclude(job);
			return;
		case ACT_RETURN:
			job_note(job, EVENT_RETURNED);
			conclude(job);
			return;
		case ACT_SPAWN:
			job_spawn(job);
			return;
		case ACT_CLOSE:
			conclude(job);
			return;
		case ACT_ANNOUNCE:
			job_announce(job);
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
		case ACT_KILL_FENCED:
			kill_now(job, EVENT_FENCED);
			return;
		case ACT_KILL:
			kill_now(job, 0);
			return;
		case ACT_AWAIT_OUTPUT:
			await_output(job);
			return;
		case ACT_LEAVE:
			leave(job);
			return;
		case ACT_SWEEP:
			sweep(job);
			return;
		case ACT_TELL_STUCK:
			tell_stuck(job);
			return;
		case ACT_LOOK_AGAIN:
			look_again(job);
			return;
		case ACT_FINISH:
			finish(job);
			return;
		case ACT_TELL:
			tell(job);
			return;
		case ACT_FORGET:
			forget(job);
			return;
	}
}
