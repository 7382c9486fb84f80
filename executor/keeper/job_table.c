/*
 * job_table.c - all jobs, and what drives one: the table of lifecycle.c.
 */
#include "job_table.h"

#include <inttypes.h>
#include <stdlib.h>

#include "log.h"
#include "mem.h"

JobContext job_context;
JobCounts job_counts;
static KeyMap jobs;

static void
count(LifeState state, int n)
{
	job_counts.running += (size_t) (state < LIFE_ENDING ? n : 0);
	job_counts.sweeping += (size_t) (state == LIFE_SWEEPING || state == LIFE_UNKILLABLE ? n : 0);
	job_counts.stuck += (size_t) (state == LIFE_UNKILLABLE ? n : 0);
}

Job *
job_add(const AttemptKey *key, const char *name, LifeState state)
{
	Job *job = mem_zalloc(sizeof(*job));

	job->node.key = *key;
	job->name = mem_strdup(name);
	job->message = mem_strdup("");
	job->state = state;
	job->pidfd = job->setup = job->output[0] = job->output[1] = job->socket = job->result = -1;
	keymap_insert(&jobs, &job->node);
	job_counts.all++;
	count(state, 1);
	return job;
}

Job *
job_find(const AttemptKey *key)
{
	return (Job *) keymap_find(&jobs, key);
}

Job *
job_next(const Job *job)
{
	return (Job *) keymap_next(&jobs, job != NULL ? &job->node : NULL);
}

void
job_remove(Job *job)
{
	keymap_remove(&jobs, &job->node);
	job_counts.all--;
	count(job->state, -1);
	job_unwatch(job);
	job_close_fd(&job->pidfd);
	job_close_fd(&job->setup);
	job_close_fd(&job->output[0]);
	job_close_fd(&job->output[1]);
	job_close_fd(&job->socket);
	job_close_fd(&job->result);
	spec_free(&job->spec);
	free(job->name);
	free(job->message);
	free(job->place);
	free(job);
}

void
job_event(Job *job, LifeEvent event)
{
	LifeStep step = lifecycle_step(job->state, event);

	if (step.action == ACT_IMPOSSIBLE)
		log_warnx("run %" PRId64 ": event \"%s\" in state \"%s\"", job->node.key.run_id, lifecycle_event_name(event),
				  lifecycle_state_name(job->state));
	count(job->state, -1);
	job->state = step.next;
	count(job->state, 1);
	job_act(job, step.action);
}
