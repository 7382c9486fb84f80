/*
 * job_journal.c - what of the jobs stands in the journal, and what waits for it.
 *
 * The table is the only copy: when the journal changes its file, every record is made
 * anew from here.  What one turn of the loop brought goes to the disk together, and
 * only then happens what had to wait for that.
 */
#include <inttypes.h>
#include <string.h>

#include "boot.h"
#include "job_table.h"
#include "log.h"
#include "mem.h"
#include "problem.h"

#define MEND_US INT64_C(5000000)

/* Files for a few hundred attempts, and more for every slot. */
#define LEAST_BYTES ((size_t) 1 << 20)
#define SLOT_BYTES ((size_t) 4096)

static Journal *journal;
static TAILQ_HEAD(WaitingJobs, Job) waiting = TAILQ_HEAD_INITIALIZER(waiting);
static Timer mend_timer;
static bool full;

/* ---- records ---- */

static void
put_start(const Job *job)
{
	const JournalRecord record = {.type = JOURNAL_START,
								  .u.start = {.key = job->node.key,
											  .started_at = job->started_at,
											  .timeout_ms = job->timeout_us / 1000,
											  .grace_ms = job->grace_us / 1000,
											  .flags = job->flags},
								  .text = job->name};

	journal_put(journal, &record);
}

static void
put_spawned(const Job *job)
{
	cleanup_free char *place = contain_place(&job->contain);
	const JournalRecord record = {
		.type = JOURNAL_SPAWNED,
		.u.spawned = {.key = job->node.key, .start_ticks = job->contain.start_ticks, .pid = job->contain.leader},
		.text = place};

	journal_put(journal, &record);
}

void
job_journal_end(const Job *job)
{
	const JournalRecord record = {.type = JOURNAL_END, .u.ended = job->ended, .text = job->message};

	if (job->claim > 0)
		journal_put(journal, &record);
}

static void
rewrite(Journal *into, void *arg)
{
	(void) into;
	(void) arg;
	for (const Job *job = job_next(NULL); job != NULL; job = job_next(job))
	{
		if (job->claim == 0)
			continue;
		put_start(job);
		if (job->state >= LIFE_ENDING)
			job_journal_end(job);
		else if (job->contain.leader > 0)
			put_spawned(job);
	}
}

/* ---- when it does not work ---- */

static void
look_for_room(void)
{
	size_t limit;

	if (full && journal_claimed(journal, &limit) < limit / 4 * 3)
		full = false;
	if (journal_state(journal) == JOURNAL_WORKS)
		problem_set(PROBLEM_JOURNAL, full ? "the journal is full: too many ends could not be reported yet" : "");
}

static void mend(void *arg);

static void
has_failed(const Err *e)
{
	cleanup_free char *text = mem_printf("no job is started: %s", e->message);

	log_warnx("%s", text);
	problem_set(PROBLEM_JOURNAL, text);
	if (journal_state(journal) == JOURNAL_DEAD)
		job_context.journal_died(job_context.arg);
	else
		loop_timer_in(job_context.loop, &mend_timer, MEND_US, mend, NULL);
}

static void
mend(void *arg)
{
	Err e;

	(void) arg;
	if (journal_begin(journal, &e) < 0)
	{
		has_failed(&e);
		return;
	}
	log_info("the journal works again");
	look_for_room();
}

/* ---- what waits for it ---- */

void
job_wait(Job *job)
{
	if (job->waits)
		return;
	job->waits = true;
	TAILQ_INSERT_TAIL(&waiting, job, waiting);
}

/* An end that cannot be put on record is told all the same: it is kept here until it is reported. */
static void
serve(Job *job, bool recorded)
{
	if (job->state == LIFE_STARTING && !recorded)
	{
		job_say(job, "its start could not be put on record");
		job_event(job, LIFE_REFUSED);
	}
	else
		job_event(job, LIFE_RECORDED);
}

static bool
flush(void)
{
	bool worked = journal_state(journal) == JOURNAL_WORKS;
	Err e;

	if (journal_flush(journal, &e) == 0)
		return true;
	if (worked)
		has_failed(&e);
	return false;
}

bool
job_journal_spawned(const Job *job)
{
	put_spawned(job);
	return flush();
}

void
job_turn(void *arg)
{
	(void) arg;
	do
	{
		struct WaitingJobs round = TAILQ_HEAD_INITIALIZER(round);
		bool recorded = flush();
		Job *job;

		/* Who waits again, waits for the next round. */
		TAILQ_CONCAT(&round, &waiting, waiting);
		while ((job = TAILQ_FIRST(&round)) != NULL)
		{
			TAILQ_REMOVE(&round, job, waiting);
			job->waits = false;
			serve(job, recorded);
		}
	} while (!TAILQ_EMPTY(&waiting));
}

/* ---- its life ---- */

int
job_journal_open(int directory, void (*found)(const JournalRecord *record, bool same_boot, void *arg), Err *e)
{
	const JournalOwner owner = {.found = found, .rewrite = rewrite};
	uint8_t boot_id[16];

	if (boot_id_read(boot_id, e) < 0)
		return -1;
	journal = journal_open(directory, LEAST_BYTES + job_context.slots * SLOT_BYTES, boot_id, &owner, e);
	return journal != NULL ? 0 : -1;
}

int
job_journal_begin(Err *e)
{
	return journal_begin(journal, e);
}

const uint8_t *
job_journal_uuid(void)
{
	return journal_uuid(journal);
}

bool
job_journal_start(Job *job)
{
	job->claim = journal_claim(journal, strlen(job->name), false);
	if (job->claim == 0)
	{
		full = full || journal_state(journal) == JOURNAL_WORKS;
		look_for_room();
		job_say(job, problem_of(PROBLEM_JOURNAL));
		return false;
	}
	put_start(job);
	return true;
}

void
job_journal_claim(Job *job)
{
	job->claim = journal_claim(journal, strlen(job->name), true);
}

void
job_journal_forget(const Job *job)
{
	const JournalRecord record = {.type = JOURNAL_FORGOTTEN, .u.forgotten = {.key = job->node.key}};

	if (job->claim == 0)
		return;
	journal_put(journal, &record);
	journal_release(journal, job->claim);
	look_for_room();
}

/* ---- from program to program ---- */

bool
job_can_be_saved(void)
{
	return journal_state(journal) == JOURNAL_WORKS && TAILQ_EMPTY(&waiting);
}

void
job_journal_save(Buf *out)
{
	cleanup_buf Buf fields = {0};

	journal_save(journal, &fields);
	state_put(out, STATE_JOURNAL, fields.data, fields.len);
}

int
job_journal_resume(State state, Err *e)
{
	const JournalOwner owner = {.rewrite = rewrite};

	journal = journal_resume(state, &owner, e);
	return journal != NULL ? 0 : -1;
}

void
job_journal_keep_open(bool keep)
{
	journal_keep_open(journal, keep);
}
