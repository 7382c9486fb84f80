/*
 * job_recover.c - what a keeper that died has left, from its journal.
 *
 * Ends that were not forgotten are told again. What was started and did not end is
 * looked for: a process counts only by number and start time, in the same run of the
 * machine, and is then watched to its end, of which nobody will know the exit code.
 */
#include <stdlib.h>

#include "clock.h"
#include "job_table.h"
#include "log.h"
#include "mem.h"
#include "process.h"

typedef struct Recovery
{
	bool same_boot;
	size_t ended;
	size_t adopted;
	size_t lost;
	size_t unstarted;
} Recovery;

static Recovery recovery;

static void
found_start(const JournalStart *start, const char *name)
{
	Job *job = job_add(&start->key, name, LIFE_RECOVERED);

	job->flags = start->flags;
	job->timeout_us = start->timeout_ms * 1000;
	job->grace_us = start->grace_ms * 1000;
	job->started_at = start->started_at;
}

/* Looked for when all of the journal has been read: by then its place may be another's. */
static void
found_spawned(Job *job, const JournalSpawned *spawned, const char *place)
{
	job->contain.leader = spawned->pid;
	job->contain.start_ticks = spawned->start_ticks;
	free(job->place);
	job->place = mem_strdup(place);
}

/* The clock of another run of the machine says nothing in this one. */
static void
found_end(Job *job, const MsgEnded *ended, const char *message, bool same_boot)
{
	job->ended = *ended;
	if (!same_boot)
		job->ended.ended_at = clock_now_us();
	job_say(job, message);
	job_event(job, LIFE_RECORDED);
}

static void
found(const JournalRecord *record, bool same_boot, void *arg)
{
	Job *job = job_find(&record->u.key);

	(void) arg;
	recovery.same_boot = same_boot;
	if (record->type == JOURNAL_START && job == NULL)
		found_start(&record->u.start, record->text);
	if (job == NULL)
		return;
	if (record->type == JOURNAL_SPAWNED)
		found_spawned(job, &record->u.spawned, record->text);
	else if (record->type == JOURNAL_END && job->state == LIFE_RECOVERED)
		found_end(job, &record->u.ended, record->text, same_boot);
	else if (record->type == JOURNAL_FORGOTTEN)
		job_remove(job);
}

/* ---- what became of those that did not end ---- */

static int
adopt(Job *job, Err *e)
{
	job->adopted = true;
	if (job_watch(job, e) < 0)
		return -1;
	recovery.adopted++;
	job_say(job, "the executor was restarted while it ran, so nobody saw how it ended");
	job_event(job, LIFE_ADOPTED);
	/* Its lease may be over, and another node may have started it. */
	if ((job->flags & JOURNAL_FENCED) != 0)
		job_event(job, LIFE_KILL);
	return 0;
}

static void
lose(Job *job, LifeEvent event, const char *message)
{
	recovery.lost++;
	job->adopted = true;
	job->ended.ended_at = clock_now_us();
	job_say(job, message);
	job_event(job, event);
}

static int
settle(Job *job, Err *e)
{
	const Contain *contain = &job->contain;

	if (!recovery.same_boot)
	{
		lose(job, LIFE_GONE, "the machine was restarted while it ran");
		return 0;
	}
	if (contain->leader == 0)
	{
		recovery.unstarted++;
		job_say(job, "the executor ended before it was started");
		job_event(job, LIFE_NOT_SPAWNED);
		return 0;
	}
	job->pidfd = process_open(contain->leader, contain->start_ticks);
	contain_adopt(&job->contain, &job->node.key, contain->leader, contain->start_ticks, job->pidfd, job->place);
	if (job->pidfd >= 0)
		return adopt(job, e);
	if ((job->flags & JOURNAL_LEAVE_RUNNING) == 0)
		lose(job, LIFE_ORPHANED, "it ended while the executor was not there, so nobody saw how");
	else
	{
		contain_end(&job->contain);
		lose(job, LIFE_GONE, "it ended while the executor was not there, so nobody saw how");
	}
	return 0;
}

int
job_recover(int directory, Err *e)
{
	Job *next;

	if (job_journal_open(directory, found, e) < 0)
		return -1;
	for (Job *job = job_next(NULL); job != NULL; job = next)
	{
		next = job_next(job);
		job_journal_claim(job);
		recovery.ended += job->state == LIFE_ENDED;
		if (job->state == LIFE_RECOVERED && settle(job, e) < 0)
			return -1;
	}
	if (job_counts.all > 0)
		log_info("from the journal: %zu ends to report, %zu running jobs, %zu lost ones, %zu that were not started",
				 recovery.ended, recovery.adopted, recovery.lost, recovery.unstarted);
	if (job_journal_begin(e) < 0)
		return -1;
	/* What ended here is on record by that, and nothing else may come to end a turn. */
	job_turn(NULL);
	return 0;
}
