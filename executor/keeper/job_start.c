/*
 * job_start.c - from START to a process.
 *
 * Nothing of a job runs before its start is on the disk, and the process that was
 * forked for it stands at a gate until it is on record too.  So an attempt without a
 * recorded process was never started, and one with a record can be found again.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "agent_process.h"
#include "clock.h"
#include "fence.h"
#include "job_table.h"
#include "jobsetup.h"
#include "problem.h"
#include "rundir.h"
#include "shortage.h"
#include "spawn.h"

static void
take_spawned(Job *job, const Spawned *spawned)
{
	job->pidfd = spawned->pidfd;
	job->setup = spawned->setup;
	job->output[0] = spawned->output[0];
	job->output[1] = spawned->output[1];
	job->socket = spawned->socket;
}

/* A process that must not run: killed and collected on the spot. It stands at its gate, so this is at once. */
static void
undo(Job *job)
{
	if (job->contain.leader > 0)
	{
		kill(job->contain.leader, SIGKILL);
		waitpid(job->contain.leader, NULL, 0);
	}
	contain_end(&job->contain);
	job_unwatch(job);
	job_close_fd(&job->pidfd);
	job_close_fd(&job->setup);
	job_close_fd(&job->output[0]);
	job_close_fd(&job->output[1]);
	job_close_fd(&job->socket);
	rundir_remove(&job->node.key);
}

/* No process came of it, or none that may run. */
static void
give_up(Job *job, MsgEvent event, const char *message)
{
	job_note(job, event);
	job_say(job, message);
	job_event(job, LIFE_NOT_SPAWNED);
}

static int
start_process(Job *job, const JobSetup *setup, Spawned *spawned, bool *nodes_fault, Err *e)
{
	GroupDoor door;
	int result;

	if (contain_take(&job->contain, &job->node.key, &job->spec.numbers, &door, e) < 0)
	{
		/* A limit that no group can have is the job's. */
		*nodes_fault = e->errnum != 0 && e->errnum != EINVAL && e->errnum != ERANGE;
		return -1;
	}
	result = spawn(&job->spec, setup, &door, spawned, e);
	group_door_close(&door);
	if (spawned->pid > 0)
		contain_begin(&job->contain, spawned->pid);
	return result;
}

static int
launch(Job *job, bool *nodes_fault, Err *e)
{
	Spawned spawned = {.pid = 0, .pidfd = -1, .setup = -1, .output = {-1, -1}, .socket = -1};
	cleanup_jobsetup JobSetup setup = {.argv = NULL};
	int result;

	if (jobsetup_prepare(&setup, &job->spec, e) < 0 ||
		rundir_create(&job->node.key, &job->spec, &setup.identity, e) < 0)
		return -1;
	result = start_process(job, &setup, &spawned, nodes_fault, e);
	take_spawned(job, &spawned);
	if (result == 0)
		result = job_watch(job, e);
	if (result < 0)
		undo(job);
	return result;
}

/* A process that was killed at its gate has run nothing: another node may have the attempt. */
static void
pass_gate(Job *job)
{
	if (job_journal_spawned(job))
	{
		spawn_release(job->setup);
		job_arm_deadline(job);
		return;
	}
	undo(job);
	give_up(job, EVENT_RETURNED, "its process could not be put on record");
}

/* Another node could start it, or this one when it is mended. */
static MsgEvent
blame(bool node, const Err *e)
{
	if (node)
		shortage_declare(e);
	return node || problem_of(PROBLEM_NODE_MAP)[0] != '\0' || shortage_met(e) ? EVENT_RETURNED : EVENT_SETUP_FAILED;
}

void
job_spawn(Job *job)
{
	bool nodes_fault = false;
	Err e;

	job->started_at = clock_now_us();
	if ((job->flags & JOURNAL_FENCED) != 0 && fence_passes_within(0))
		give_up(job, EVENT_RETURNED, "its lease was over before it was started");
	else if (launch(job, &nodes_fault, &e) < 0)
		give_up(job, blame(nodes_fault, &e), e.message);
	else
	{
		shortage_over();
		pass_gate(job);
	}
}

/* What was never begun leaves nothing in the journal either. */
static void
end_unstarted(const MsgStart *start, const char *name, MsgEvent event, const char *message)
{
	Job *job = job_add(&start->key, name, LIFE_ENDED);

	job_note(job, event);
	job_say(job, message);
	job_tell_end(job);
}

static int
read_specification(int specification, SpecBlock *spec, Err *e)
{
	return spec_from_memfd(specification, spec, e);
}

static uint32_t
journal_flags(const MsgStart *start, const SpecBlock *spec)
{
	return ((start->flags & START_FENCED) != 0 ? JOURNAL_FENCED : 0) |
		   ((spec->numbers.flags & SPEC_LEAVE_RUNNING) != 0 ? JOURNAL_LEAVE_RUNNING : 0);
}

void
job_start(const MsgStart *start, const char *name, int specification)
{
	SpecBlock spec;
	Job *job;
	Err e;

	/* An answer that was repeated, or an agent that does not know yet. */
	if (job_find(&start->key) != NULL)
		return;
	if (job_counts.running >= job_context.slots)
	{
		end_unstarted(start, name, EVENT_RETURNED, "no slot is free");
		return;
	}
	if (read_specification(specification, &spec, &e) < 0)
	{
		spec_free(&spec);
		end_unstarted(start, name, EVENT_SETUP_FAILED, e.message);
		return;
	}
	job = job_add(&start->key, name, LIFE_STARTING);
	job->spec = spec;
	job->flags = journal_flags(start, &spec);
	job->timeout_us = start->timeout_ms * 1000;
	job->grace_us = start->grace_ms * 1000;
	job->output_limit = start->output_limit;
	job->memory_limit = spec.numbers.memory;
	job->started_at = clock_now_us();
	if (job_journal_start(job))
		job_wait(job);
	else
		job_event(job, LIFE_REFUSED);
}

void
job_refuse(const MsgStart *start, const char *name)
{
	if (job_find(&start->key) == NULL)
		end_unstarted(start, name, EVENT_RETURNED, "the executor is draining");
}
