/*
 * Work in batches, where one bad row must not stop the rest.
 *
 * A batch that fails is rolled back and done again row by row; a row that fails alone is set aside for a while. Rows that
 * somebody's open transaction has locked are set aside too: a worker never waits for a user. What is set aside is in a
 * table, so that there may be any number of it and people are told.
 *
 * Rows that were never set aside come first, as many batches as a round allows, by number and time; of the others one batch is tried again
 * in each round. After a batch that failed the other kinds have their turn. So whatever cannot be moved costs the rest
 * one try of each row, and then little.
 */
#include "worker_batch.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define BATCHES_A_ROUND 16
#define ROUND_MS 200 /* other kinds have their turn */
#define FIRST_PAUSE_MS 200
#define LONGEST_LOCKED_MS 60000
#define LONGEST_FAILED_MS 600000

/* Rows that failed alone, and with what; in jg_worker_scratch. */
typedef struct Failed
{
	JgBatch *batch;
	int n;
	int64 *run_ids;
	char **errors;
} Failed;

/* The pause doubles with each time. An error stands until the row was tried again. */
static void
set_aside(JgBatch *batch, const int64 *run_ids, char *const *errors, int n)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.set_aside as a (place, run_id, times, since, last, until, error)"
				" select distinct on (u.run_id) $1, u.run_id, 1, $4, $4, $4 + $5 * interval '1 ms', u.error"
				" from unnest($2, $3) u(run_id, error) order by u.run_id"
				" on conflict (place, run_id) do update set times = a.times + 1, last = $4, error = excluded.error,"
				" until = $4 + least($5 * power(2, least(a.times, 20)), $6) * interval '1 ms'",
		.nargs = 6,
		.types = {TEXTOID, INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID, INT4OID, INT4OID}};
	JgArray texts = jg_array(TEXTOID, n);
	Datum values[6] = {CStringGetTextDatum(batch->place),
					   jg_array_int8(run_ids, n),
					   (Datum) 0,
					   TimestampTzGetDatum(jg_now()),
					   Int32GetDatum(FIRST_PAUSE_MS),
					   Int32GetDatum(errors ? LONGEST_FAILED_MS : LONGEST_LOCKED_MS)};

	for (int i = 0; i < n; i++)
		jg_array_add_text(&texts, errors ? errors[i] : NULL);
	values[2] = jg_array_datum(&texts);
	jg_sql(&sql, values, NULL);
}

/* Rows that were set aside and have been moved now. */
static void
forget_moved(JgBatch *batch)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.set_aside"
								" where place = $1 and run_id = any ($2) and run_id <> all ($3)",
						.nargs = 3,
						.types = {TEXTOID, INT8ARRAYOID, INT8ARRAYOID}};
	Datum values[3] = {CStringGetTextDatum(batch->place), jg_array_int8(batch->run_ids, batch->n),
					   jg_array_int8(batch->locked, batch->nlocked)};

	jg_sql(&sql, values, NULL);
}

void
jg_batch_body(void *arg)
{
	JgBatch *batch = arg;

	batch->seen = 0;
	batch->n = 0;
	batch->nlocked = 0;
	batch->take(batch);
	Assert(batch->n <= JG_BATCH_ROWS);
	if (batch->n > 0)
		batch->process(batch);
	if (batch->retry && batch->n > 0)
		forget_moved(batch);
	if (batch->nlocked > 0)
	{
		set_aside(batch, batch->locked, NULL, batch->nlocked);
		batch->none_aside = false;
	}
}

int
jg_batch_candidates(JgBatch *batch, int64 *ids)
{
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(JG_BATCH_ROWS)};

	if (batch->only != 0)
	{
		ids[0] = batch->only;
		batch->seen = 1;
		return 1;
	}
	batch->seen = (int) jg_sql(batch->retry ? &batch->again : &batch->fresh, values, NULL);
	for (int i = 0; i < batch->seen; i++)
		ids[i] = jg_sql_int64(i, 1);
	return batch->seen;
}

void
jg_batch_pass_over(JgBatch *batch, int64 run_id)
{
	Assert(batch->nlocked < JG_BATCH_ROWS);
	batch->locked[batch->nlocked++] = run_id;
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
			jg_batch_pass_over(batch, candidates[c]);
	}
}

static void
write_failed(void *arg)
{
	Failed *failed = arg;

	set_aside(failed->batch, failed->run_ids, failed->errors, failed->n);
}

/*
 * Each row of a failed batch in a transaction of its own. The log has the batch's error already; it gets one line more.
 * False: what failed could not be set aside, and would fail again at once.
 */
static bool
one_by_one(JgBatch *batch)
{
	MemoryContext before = MemoryContextSwitchTo(jg_worker_scratch);
	int n = batch->n;
	int64 *ids = palloc(n * sizeof(int64));
	Failed failed = {.batch = batch, .run_ids = palloc(n * sizeof(int64)), .errors = palloc(n * sizeof(char *))};
	bool done = true;

	memcpy(ids, batch->run_ids, n * sizeof(int64));
	for (int i = 0; i < n; i++)
	{
		batch->only = ids[i];
		if (jg_unit_try_quietly(batch->unit.name, jg_batch_body, batch) != JG_UNIT_FAILED)
			continue;
		failed.run_ids[failed.n] = ids[i];
		failed.errors[failed.n++] = pstrdup(jg_unit_last_error());
	}
	batch->only = 0;
	if (failed.n > 0)
	{
		ereport(LOG, (errmsg("jobgrid: %d of %d rows failed alone, %s; they are tried again later", failed.n, n,
							 batch->unit.name),
					  errdetail("The first is %lld: %s", (long long) failed.run_ids[0], failed.errors[0]),
					  errhint("SELECT * FROM jobgrid.attention WHERE reason = 'scheduler_error';")));
		batch->none_aside = false;
		done = jg_unit_try("setting runs aside", write_failed, &failed) == JG_UNIT_DONE;
	}
	MemoryContextSwitchTo(before);
	return done;
}

/* One batch. False: it is not worth while to go on in this round. */
static bool
go(JgBatch *batch)
{
	JgUnitResult result = jg_unit_run(&batch->unit, batch);

	if (result == JG_UNIT_FAILED && batch->n > 0)
	{
		if (one_by_one(batch))
		{
			batch->unit.failures = 0;
			batch->unit.retry_at = 0;
			jg_worker_wake_at(jg_now());
		}
		return false;
	}
	return result == JG_UNIT_DONE && batch->seen > 0;
}

/* Forgets rows that have gone elsewhere, and asks for a round at the moment of the next that has not. */
static void
tidy(void *arg)
{
	static JgSql forget_sql = {
		.text = "delete from jobgrid_engine.set_aside a using ("
				"  select run_id from jobgrid_engine.set_aside where place = $1 and until < $2 - interval '2 minutes'"
				"  order by until limit 1000) old"
				" where a.place = $1 and a.run_id = old.run_id"
				" and not exists (select from jobgrid_engine.due d where d.run_id = old.run_id)"
				" and not exists (select from jobgrid_engine.pending p where p.run_id = old.run_id)"
				" and not exists (select from jobgrid_engine.ended e where e.run_id = old.run_id)",
		.nargs = 2,
		.types = {TEXTOID, TIMESTAMPTZOID}};
	static JgSql next_sql = {
		.text = "select until from jobgrid_engine.set_aside where place = $1 and until > $2 order by until limit 1",
		.nargs = 2,
		.types = {TEXTOID, TIMESTAMPTZOID}};
	static JgSql any_sql = {
		.text = "select from jobgrid_engine.set_aside where place = $1 limit 1", .nargs = 1, .types = {TEXTOID}};
	JgBatch *batch = arg;
	Datum values[2] = {CStringGetTextDatum(batch->place), TimestampTzGetDatum(jg_now())};

	jg_sql(&forget_sql, values, NULL);
	if (jg_sql(&next_sql, values, NULL) > 0)
		jg_worker_wake_at(jg_sql_int64(0, 1));
	batch->none_aside = jg_sql(&any_sql, values, NULL) == 0;
}

void
jg_batch_drain(JgBatch *batch)
{
	TimestampTz until = TimestampTzPlusMilliseconds(jg_now(), ROUND_MS);
	bool more = true;

	for (int i = 0; more && i < BATCHES_A_ROUND && (i == 0 || jg_now() < until); i++)
		more = go(batch);
	if (more)
		jg_worker_wake_at(jg_now());
	if (batch->none_aside)
		return;
	batch->retry = true;
	if (go(batch) && batch->seen == JG_BATCH_ROWS)
		jg_worker_wake_at(jg_now());
	batch->retry = false;
	batch->aside_unit.name = "tidying what is set aside";
	batch->aside_unit.body = tidy;
	jg_unit_run(&batch->aside_unit, batch);
}
