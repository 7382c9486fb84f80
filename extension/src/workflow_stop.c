/*
 * Nothing more of a workflow starts: its steps that have not started are skipped, and where that is wanted those that run are
 * asked to stop. The scheduler does so for a failure or a time-out, a session for a cancel: then in the commit of the cancel.
 *
 * A run that moves on meanwhile may be missed; the scheduler looks until nothing is left.
 */
#include "workflow.h"

#include "catalog/pg_type.h"
#include "skip.h"
#include "sql.h"

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
		skipped += jg_skip_runs(chunk, "workflow_stopped", NULL, wait, actor);
		left += count_left(chunk, false);
	}
	if (running == JG_STOP_NONE)
		return left;
	if (running == JG_STOP_SOME)
		run_ids = read_unfinished(run_id, true, &n);
	return left + ask_running(run_ids, n, wait);
}
