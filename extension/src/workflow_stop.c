/*
 * Nothing more of a workflow starts: its steps that have not started are skipped, and where that is wanted those that run are
 * asked to stop. The scheduler does so for a failure or a time-out, a session for a cancel: then in the commit of the cancel.
 *
 * The tables are looked at in the order in which a run goes through them, each with a new snapshot, so that a run that moves
 * on meanwhile is met again. Whatever is missed all the same the scheduler stops: it looks until nothing is left.
 */
#include "workflow.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "move.h"
#include "narrow.h"
#include "sql.h"
#include "utils/date.h"

#define CHUNK 5000

/* Run ids of the steps of a live workflow that have not ended. */
static int64 *
read_unfinished(int64 run_id, bool only_stopping, int *n)
{
	static JgSql sql = {.text =
							"select m.run_id from jobgrid_engine.workflow_run w"
							" join jobgrid_engine.member m on m.scope = w.scope and m.parent_run = w.run_id"
							" where w.run_id = $1 and m.state is null and (not $2 or exists (select from jobgrid.job j"
							"  where j.job_id = m.job_id and j.stops_with_workflow)) order by m.run_id",
						.nargs = 2,
						.types = {INT8OID, BOOLOID}};
	Datum values[2] = {Int64GetDatum(run_id), BoolGetDatum(only_stopping)};
	int64 *run_ids;

	*n = (int) jg_sql(&sql, values, NULL);
	run_ids = palloc(Max(*n, 1) * sizeof(int64));
	for (int i = 0; i < *n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	return run_ids;
}

#define TAKE(table, which, how)                                                                                     \
	{                                                                                                               \
		.text = "with l as materialized (select f.run_id from jobgrid_engine." table " f where f.run_id = any ($1)" \
				" and " which " order by f.run_id for update" how ")"                                               \
				" delete from jobgrid_engine." table " f using l where f.run_id = l.run_id"                         \
				" returning f.run_id, f.job_id, f.business_date, f.attempt, f.state",                               \
		.nargs = 1, .types = {                                                                                      \
			INT8ARRAYOID                                                                                            \
		}                                                                                                           \
	}
#define TAKE_ALL(how)                                                                                      \
	{                                                                                                      \
		[JG_DUE] = TAKE("due", "true", how), [JG_PENDING] = TAKE("pending", "true", how),                  \
		[JG_READY] = TAKE("ready", "true", how), [JG_PARKED] = TAKE("parked", "f.state <> 'unknown'", how) \
	}

static JgSql waiting_sql[JG_NTABLES] = TAKE_ALL("");
static JgSql passing_sql[JG_NTABLES] = TAKE_ALL(" skip locked");

/* Of a table; returns how many were there and are skipped now. */
static int
skip_from(JgTable table, Datum run_ids, JgWait wait, JgActor actor)
{
	static JgSql atoms_sql = {.text = "with a as (delete from jobgrid_engine.pending_on where run_id = any ($1))"
									  " delete from jobgrid_engine.pending_condition where run_id = any ($1)",
							  .nargs = 1,
							  .types = {INT8ARRAYOID}};
	TimestampTz now = jg_now();
	int n = (int) jg_guarded(wait == JG_WAIT ? &waiting_sql[table] : &passing_sql[table], &run_ids, NULL);
	JgEnd *ends = palloc0(Max(n, 1) * sizeof(JgEnd));
	JgArray gone = jg_array(INT8OID, Max(n, 1));
	Datum value;

	if (n == 0)
		return 0;
	for (int i = 0; i < n; i++)
	{
		bool isnull;

		ends[i] = (JgEnd){.run_id = jg_sql_int64(i, 1),
						  .job_id = jg_sql_int32(i, 2),
						  .business_date = DatumGetDateADT(jg_sql_datum(i, 3, &isnull)),
						  .attempts = jg_sql_int32(i, 4),
						  .to = JG_SKIPPED,
						  .reason = "workflow_stopped",
						  .finished_at = now};
		if (!jg_state_parse(jg_sql_text(i, 5), &ends[i].from))
			elog(ERROR, "run %lld has an unknown state", (long long) ends[i].run_id);
		jg_array_add(&gone, Int64GetDatum(ends[i].run_id));
	}
	value = jg_array_datum(&gone);
	if (table == JG_PENDING)
		jg_sql(&atoms_sql, &value, NULL);
	jg_finish(ends, n, actor);
	return n;
}

/* Asks those that are at work to stop; a workflow among them stops likewise. */
static void
ask_leases(Datum run_ids, JgWait wait)
{
	static JgSql sql = {
		.text = "select jobgrid_engine.cancel_run(l.run_id, 'its workflow was stopped') from ("
				"  select l.run_id from jobgrid_engine.lease l where l.run_id = any ($1) and l.cancel_by is null"
				"  order by l.run_id for update) l",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	static JgSql passing = {
		.text = "select jobgrid_engine.cancel_run(l.run_id, 'its workflow was stopped') from ("
				"  select l.run_id from jobgrid_engine.lease l where l.run_id = any ($1) and l.cancel_by is null"
				"  order by l.run_id for update skip locked) l",
		.nargs = 1,
		.types = {INT8ARRAYOID}};

	jg_sql(wait == JG_WAIT ? &sql : &passing, &run_ids, NULL);
}

/* How many of the runs nobody works on and that have not ended, but for those whose end nobody knows. */
static int
count_left(Datum run_ids, bool leases)
{
	static JgSql sql = {.text = "select (count(*))::integer from jobgrid_engine.live_run l where l.run_id = any ($1)"
								" and l.state <> 'unknown' and (l.place <> 'lease' or $2 and l.cancel_by is null)",
						.nargs = 2,
						.types = {INT8ARRAYOID, BOOLOID}};
	Datum values[2] = {run_ids, BoolGetDatum(leases)};

	jg_sql(&sql, values, NULL);
	return jg_sql_int32(0, 1);
}

/* Chunk by chunk, so that a workflow may have any number of steps. */
static int
ask_running(const int64 *run_ids, int n, JgWait wait)
{
	int left = 0;

	for (int first = 0; first < n; first += CHUNK)
	{
		Datum chunk = jg_array_int8(&run_ids[first], Min(CHUNK, n - first));

		ask_leases(chunk, wait);
		left += count_left(chunk, true);
	}
	return left;
}

int
jg_workflow_stop(int64 run_id, JgStopping running, JgWait wait, JgActor actor)
{
	static const JgTable tables[] = {JG_DUE, JG_PARKED, JG_PENDING, JG_READY};
	int n;
	int64 *run_ids = read_unfinished(run_id, false, &n);
	int skipped = 0;
	int left = 0;

	for (int first = 0; first < n; first += CHUNK)
	{
		Datum chunk = jg_array_int8(&run_ids[first], Min(CHUNK, n - first));

		/* A worker has other things to do, too. */
		if (wait == JG_PASS_OVER && skipped >= CHUNK)
			return left + n - first;
		for (int i = 0; i < (int) lengthof(tables); i++)
			skipped += skip_from(tables[i], chunk, wait, actor);
		left += count_left(chunk, false);
	}
	if (running == JG_STOP_NONE)
		return left;
	if (running == JG_STOP_SOME)
		run_ids = read_unfinished(run_id, true, &n);
	return left + ask_running(run_ids, n, wait);
}
