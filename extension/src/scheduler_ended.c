/*
 * Ends: each sets the latch of its job and the conditions of the runs that wait for it; those that wait for nothing any
 * more are queued. The rows of `ended` go in the same commit, so that a crash repeats all of it or nothing.
 *
 * The last end wins, by the time of the end: one that commits late changes nothing that a later one has decided. An end
 * is put back for a while where one of the runs that wait for it is locked by somebody's open transaction (a cancel,
 * a hold): the scheduler never waits for a user, and the count of that run must not be missed.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "fire_overlap.h"
#include "guard.h"
#include "sql.h"
#include "utils/date.h"
#include "worker_batch.h"

typedef struct End
{
	int64 run_id;
	int32 job_id;
	DateADT business_date;
	TimestampTz at;
	bool has_exit;
	int32 exit_code;
	char *state;
	char *reason;
} End;

static End ends[JG_BATCH_ROWS];

static void
take(JgBatch *batch)
{
	static JgSql one_sql = {.text = "delete from jobgrid_engine.ended where run_id = $1"
									" returning run_id, job_id, business_date, at, exit_code, state, reason",
							.nargs = 1,
							.types = {INT8OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(JG_BATCH_ROWS)};
	Datum only = Int64GetDatum(batch->only);
	uint64 n = batch->only != 0 ? jg_sql(&one_sql, &only, NULL)
								: jg_sql(batch->retry ? &batch->again : &batch->fresh, values, NULL);

	if (n > JG_BATCH_ROWS)
		elog(ERROR, "run %lld has " UINT64_FORMAT " ends", (long long) batch->only, n);
	batch->seen = (int) n;
	for (uint64 i = 0; i < n; i++)
	{
		End *end = &ends[i];
		bool isnull;

		end->run_id = jg_sql_int64(i, 1);
		end->job_id = jg_sql_int32(i, 2);
		end->business_date = DatumGetDateADT(jg_sql_datum(i, 3, &isnull));
		end->at = jg_sql_int64(i, 4);
		end->exit_code = jg_sql_int32(i, 5);
		(void) jg_sql_datum(i, 5, &isnull);
		end->has_exit = !isnull;
		end->state = jg_sql_text(i, 6);
		end->reason = jg_sql_text(i, 7);
		batch->run_ids[batch->n++] = end->run_id;
	}
}

/* The ends as parameters: run_id, job_id, business_date, at, exit_code, state, reason. */
static void
as_arrays(int n, Datum *values)
{
	JgArray columns[7] = {jg_array(INT8OID, n), jg_array(INT4OID, n), jg_array(DATEOID, n), jg_array(TIMESTAMPTZOID, n),
						  jg_array(INT4OID, n), jg_array(TEXTOID, n), jg_array(TEXTOID, n)};

	for (int i = 0; i < n; i++)
	{
		jg_array_add(&columns[0], Int64GetDatum(ends[i].run_id));
		jg_array_add(&columns[1], Int32GetDatum(ends[i].job_id));
		jg_array_add(&columns[2], DateADTGetDatum(ends[i].business_date));
		jg_array_add_time(&columns[3], ends[i].at);
		if (ends[i].has_exit)
			jg_array_add(&columns[4], Int32GetDatum(ends[i].exit_code));
		else
			jg_array_add_null(&columns[4]);
		jg_array_add_text(&columns[5], ends[i].state);
		jg_array_add_text(&columns[6], ends[i].reason);
	}
	for (int i = 0; i < 7; i++)
		values[i] = jg_array_datum(&columns[i]);
}

#define ENDS "unnest($1, $2, $3, $4, $5, $6, $7) e(run_id, job_id, business_date, at, exit_code, state, reason)"
#define END_TYPES                                                                                               \
	{                                                                                                           \
		INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID \
	}

/*
 * Locks the runs that wait for these ends. Those of (job, date) of which one is locked by somebody else are put back,
 * all ends of that pair together, so that their order is kept. Returns how many ends are left, at the front.
 */
static int
put_back_locked(JgBatch *batch)
{
	static JgSql lock_sql = {
		.text = "with mine as (select distinct e.job_id, e.business_date from " ENDS "),"
				" waiting as materialized (select o.upstream_id, o.business_date, o.run_id from mine m"
				"  join jobgrid_engine.pending_on o on o.upstream_id = m.job_id and o.business_date = m.business_date"
				"  join jobgrid_engine.pending p on p.run_id = o.run_id),"
				" locked as materialized (select p.run_id from jobgrid_engine.pending p"
				"  where p.run_id in (select w.run_id from waiting w) order by p.run_id for update skip locked)"
				" select distinct w.upstream_id, w.business_date from waiting w"
				" where w.run_id not in (select l.run_id from locked l)",
		.nargs = 7,
		.types = END_TYPES};
	static JgSql back_sql = {
		.text = "insert into jobgrid_engine.ended (run_id, job_id, business_date, at, exit_code, state, reason)"
				" select e.* from " ENDS " join unnest($8, $9) b(job_id, business_date) using (job_id, business_date)",
		.nargs = 9,
		.types = {INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, TEXTARRAYOID,
				  TEXTARRAYOID, INT4ARRAYOID, DATEARRAYOID}};
	Datum values[9];
	JgArray jobs;
	JgArray dates;
	int nblocked;
	int kept = 0;

	as_arrays(batch->n, values);
	nblocked = (int) jg_sql(&lock_sql, values, NULL);
	if (nblocked == 0)
		return batch->n;
	jobs = jg_array(INT4OID, nblocked);
	dates = jg_array(DATEOID, nblocked);
	for (int i = 0; i < nblocked; i++)
	{
		bool isnull;

		jg_array_add(&jobs, Int32GetDatum(jg_sql_int32(i, 1)));
		jg_array_add(&dates, jg_sql_datum(i, 2, &isnull));
	}
	values[7] = jg_array_datum(&jobs);
	values[8] = jg_array_datum(&dates);
	jg_sql(&back_sql, values, NULL);
	for (int i = 0; i < batch->n; i++)
	{
		bool blocked = false;

		for (int b = 0; b < nblocked && !blocked; b++)
			blocked = DatumGetInt32(jobs.values[b]) == ends[i].job_id &&
					  DatumGetDateADT(dates.values[b]) == ends[i].business_date;
		if (blocked)
			jg_batch_pass_over(batch, ends[i].run_id);
		else
			ends[kept++] = ends[i];
	}
	return kept;
}

/* Sets the conditions that these ends decide; returns the runs whose count may have changed. */
static int64 *
flip_conditions(Datum *values, int *n)
{
	static JgSql sql = {
		.text =
			"with news as (select distinct on (e.job_id, e.business_date) e.* from " ENDS
			"  left join jobgrid_engine.job_status s on s.job_id = e.job_id"
			"  where s.ended_at is null or s.business_date is distinct from e.business_date or s.ended_at <= e.at"
			"  order by e.job_id, e.business_date, e.at desc, e.run_id desc),"
			" flipped as (update jobgrid_engine.pending_on o set met = (w.state = 'succeeded') from news w"
			"  where o.upstream_id = w.job_id and o.business_date = w.business_date and o.met <> (w.state = 'succeeded')"
			"  returning o.run_id)"
			" select distinct run_id from flipped",
		.nargs = 7,
		.types = END_TYPES};
	int64 *run_ids;

	*n = (int) jg_sql(&sql, values, NULL);
	run_ids = palloc(Max(*n, 1) * sizeof(int64));
	for (int i = 0; i < *n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	return run_ids;
}

static void
set_latches(Datum *values)
{
	static JgSql sql = {.text = "update jobgrid_engine.job_status s set state = w.state, run_id = w.run_id,"
								" business_date = w.business_date, exit_code = w.exit_code, ended_at = w.at"
								" from (select distinct on (e.job_id) e.* from " ENDS
								"  order by e.job_id, e.at desc, e.run_id desc) w"
								" where s.job_id = w.job_id and (s.ended_at is null or s.ended_at <= w.at)",
						.nargs = 7,
						.types = END_TYPES};

	jg_sql(&sql, values, NULL);
}

/* Counts anew; run_ids becomes those that wait for nothing any more, the result says how many. */
static int
recount(int64 *run_ids, int n)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.pending p set unmet = c.unmet from unnest($1) u(run_id) cross join lateral ("
				"  select count(*)::integer as unmet from jobgrid_engine.pending_on o"
				"  where o.run_id = u.run_id and not o.met) c"
				" where p.run_id = u.run_id and p.unmet is distinct from c.unmet returning p.run_id, p.unmet",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);
	uint64 counted = jg_guarded(&sql, &value, NULL);
	int met = 0;

	for (uint64 i = 0; i < counted; i++)
		if (jg_sql_int32(i, 2) == 0)
			run_ids[met++] = jg_sql_int64(i, 1);
	return met;
}

static void
process(JgBatch *batch)
{
	int n = put_back_locked(batch);
	int64 *run_ids;
	int nrun_ids;
	int32 *job_ids;
	Datum values[7];

	if (n == 0)
		return;
	as_arrays(n, values);
	run_ids = flip_conditions(values, &nrun_ids);
	set_latches(values);
	if (nrun_ids > 0)
		jg_scheduler_release(run_ids, recount(run_ids, nrun_ids));
	job_ids = palloc(n * sizeof(int32));
	for (int i = 0; i < n; i++)
		job_ids[i] = ends[i].job_id;
	jg_overlap_release(job_ids, n);
}

#define TAKE(candidates)                                                                                    \
	"delete from jobgrid_engine.ended where ctid = any (array(select e.ctid from " candidates " limit $2))" \
	" returning run_id, job_id, business_date, at, exit_code, state, reason"

static JgBatch news = {
	.unit = {.name = "consuming ends", .body = jg_batch_body},
	.place = "ended",
	.fresh = {.text = TAKE("jobgrid_engine.ended e where not exists (select from jobgrid_engine.set_aside a"
						   " where a.place = 'ended' and a.run_id = e.run_id)"),
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .replan = true},
	.again = {.text = TAKE("jobgrid_engine.ended e join jobgrid_engine.set_aside a on a.run_id = e.run_id"
						   " where a.place = 'ended' and a.until <= $1"),
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .replan = true},
	.take = take,
	.process = process};

void
jg_scheduler_ends(void)
{
	jg_batch_drain(&news);
}
