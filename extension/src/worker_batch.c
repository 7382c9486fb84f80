/*
 * Work in batches, where one bad row must not stop the rest.
 *
 * A batch that fails is rolled back and done again row by row; a row that fails alone is set aside for a while, so that
 * it is tried again but is in nobody's way. Rows that somebody's open transaction has locked are set aside too: a
 * worker never waits for a user. What is set aside is remembered by this process only; it is a delay, not a state.
 */
#include "worker_batch.h"

#include "clock.h"
#include "miscadmin.h"
#include "sql.h"

#define BATCHES_A_ROUND 16
#define LONGEST_ASIDE_MS 60000

void
jg_batch_body(void *arg)
{
	JgBatch *batch = arg;

	batch->n = 0;
	batch->take(batch);
	Assert(batch->n <= JG_BATCH_ROWS);
	if (batch->n > 0)
		batch->process(batch);
}

static JgAside *
find_aside(JgBatch *batch, int64 run_id)
{
	JgAside *oldest = &batch->aside[0];

	for (int i = 0; i < batch->naside; i++)
	{
		if (batch->aside[i].run_id == run_id)
			return &batch->aside[i];
		if (batch->aside[i].until < oldest->until)
			oldest = &batch->aside[i];
	}
	/* Full: the one that would be tried again first makes room. */
	if (batch->naside < JG_ASIDE_ROWS)
		oldest = &batch->aside[batch->naside++];
	oldest->run_id = run_id;
	oldest->times = 0;
	return oldest;
}

void
jg_batch_set_aside(JgBatch *batch, int64 run_id)
{
	JgAside *aside = find_aside(batch, run_id);
	int64 ms = Min((int64) 200 << Min(aside->times, 9), LONGEST_ASIDE_MS);

	aside->times++;
	aside->until = TimestampTzPlusMilliseconds(jg_now(), ms);
}

Datum
jg_batch_aside_ids(const JgBatch *batch)
{
	int64 ids[JG_ASIDE_ROWS];
	int n = 0;
	TimestampTz now = jg_now();

	for (int i = 0; i < batch->naside; i++)
		if (batch->aside[i].until > now)
			ids[n++] = batch->aside[i].run_id;
	return jg_array_int8(ids, n);
}

void
jg_batch_keep_locked(JgBatch *batch, const int64 *candidates, int ncandidates, const int64 *locked, int nlocked)
{
	int l = 0;

	for (int c = 0; c < ncandidates; c++)
	{
		while (l < nlocked && locked[l] < candidates[c])
			l++;
		if (l < nlocked && locked[l] == candidates[c])
			batch->run_ids[batch->n++] = candidates[c];
		else
			jg_batch_set_aside(batch, candidates[c]);
	}
}

/* Entries that were not needed again for a long time are forgotten; the earliest of the others is a deadline. */
static void
tidy_aside(JgBatch *batch)
{
	TimestampTz now = jg_now();
	int kept = 0;

	for (int i = 0; i < batch->naside; i++)
	{
		if (TimestampDifferenceExceeds(batch->aside[i].until, now, 2 * LONGEST_ASIDE_MS))
			continue;
		if (batch->aside[i].until > now)
			jg_worker_wake_at(batch->aside[i].until);
		batch->aside[kept++] = batch->aside[i];
	}
	batch->naside = kept;
}

/* Each row of a failed batch in a transaction of its own. */
static void
one_by_one(JgBatch *batch)
{
	int n = batch->n;
	int64 *ids = palloc(n * sizeof(int64));

	memcpy(ids, batch->run_ids, n * sizeof(int64));
	for (int i = 0; i < n; i++)
	{
		batch->only = ids[i];
		if (jg_unit_try(batch->unit.name, jg_batch_body, batch) == JG_UNIT_FAILED)
			jg_batch_set_aside(batch, ids[i]);
	}
	batch->only = 0;
	pfree(ids);
}

void
jg_batch_drain(JgBatch *batch)
{
	for (int i = 0; i < BATCHES_A_ROUND; i++)
	{
		JgUnitResult result = jg_unit_run(&batch->unit, batch);

		if (result == JG_UNIT_FAILED && batch->n > 0)
		{
			batch->unit.failures = 0;
			batch->unit.retry_at = 0;
			one_by_one(batch);
		}
		else if (result != JG_UNIT_DONE || batch->n == 0)
			break;
		if (i == BATCHES_A_ROUND - 1)
			jg_worker_wake_at(jg_now());
	}
	tidy_aside(batch);
}
