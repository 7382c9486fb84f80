/*
 * job.c - what the agent and the keeper's other parts ask of the jobs.
 *
 * A job lives from START until the agent says that the database has its end.
 */
#include "job.h"

#include <string.h>

#include "agent_process.h"
#include "job_table.h"
#include "mem.h"

void
job_init(const JobContext *given)
{
	job_context = *given;
}

size_t
job_running_count(void)
{
	return job_counts.running - job_counts.stuck;
}

size_t
job_count(void)
{
	return job_counts.all;
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
	Job *job = job_find(&order->key);

	if (job == NULL)
		return;
	/* What has ended by itself was not ended by us. */
	job_check_exit(job);
	if (order->order == ORDER_KILL)
		job_event(job, LIFE_KILL);
	else if (order->order == ORDER_CANCEL)
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
	Job *job = job_find(&output->key);

	if (job == NULL)
		return;
	job->chunk = output->chunk;
	job->bytes = output->bytes;
}

void
job_reported(const MsgReported *reported)
{
	Job *job = job_find(&reported->key);

	if (job != NULL && job->state == LIFE_ENDED)
		job_event(job, LIFE_REPORTED);
}

void
job_word(const MsgWord *word, const char *text, int *fd)
{
	Job *job = job_find(&word->key);

	if (job == NULL)
		return;
	if (word->what == WORD_LOST)
	{
		job->lost = true;
		job_say(job, text);
		return;
	}
	job_close_fd(&job->result);
	job->result = *fd;
	*fd = -1;
}

/* Whether an agent has been told that it runs. */
static bool
is_announced(const Job *job)
{
	return job->output[0] >= 0 || job->output[1] >= 0 || job->socket >= 0 ||
		   (job->state >= LIFE_RUNNING && job->state < LIFE_ENDING);
}

void
job_recite(void)
{
	for (const Job *job = job_next(NULL); job != NULL; job = job_next(job))
	{
		const MsgKnown known = {.key = job->node.key};

		agent_process_send(MSG_KNOWN, &known, job->name, NULL, 0);
		if (is_announced(job))
			job_announce(job);
		job_tell_words(job);
		if (job->state == LIFE_UNKILLABLE)
			job_tell_stuck(job);
		if (job->state == LIFE_ENDED)
			job_tell_end(job);
	}
}

/* Sees each job once, whatever becomes of it. */
static void
for_each(void (*visit)(Job *job, const void *arg), const void *arg)
{
	Job *next;

	for (Job *job = job_next(NULL); job != NULL; job = next)
	{
		next = job_next(job);
		visit(job, arg);
	}
}

static void
cancel(Job *job, const void *why)
{
	job_check_exit(job);
	if (job->state <= LIFE_RUNNING)
		job_say(job, why);
	job_event(job, LIFE_CANCEL);
}

void
job_cancel_all(const char *why)
{
	for_each(cancel, why);
}

static void
fence(Job *job, const void *arg)
{
	(void) arg;
	if ((job->flags & JOURNAL_FENCED) == 0)
		return;
	job_check_exit(job);
	job_event(job, LIFE_FENCE);
}

void
job_fence_all(void)
{
	for_each(fence, NULL);
}

bool
job_fenced_runs(void)
{
	for (const Job *job = job_next(NULL); job != NULL; job = job_next(job))
	{
		if ((job->flags & JOURNAL_FENCED) != 0 && job->state < LIFE_ENDING)
			return true;
	}
	return false;
}

static void
look_at_orphans(Job *job, const void *arg)
{
	(void) arg;
	if (job->state == LIFE_SWEEPING || (job->state == LIFE_UNKILLABLE && job->pid_watch == NULL))
		job_event(job, LIFE_TIMER);
}

void
job_reap(void)
{
	contain_reap();
	if (job_counts.sweeping > 0)
		for_each(look_at_orphans, NULL);
}

bool
job_has_directory(const char *name)
{
	for (const Job *job = job_next(NULL); job != NULL; job = job_next(job))
	{
		cleanup_free char *path = run_directory_path("", &job->node.key, NULL);

		if (job->state < LIFE_ENDING && strcmp(strrchr(path, '/') + 1, name) == 0)
			return true;
	}
	return false;
}
