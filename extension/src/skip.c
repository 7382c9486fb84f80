/*
 * Skips runs that have not started, wherever they wait.
 *
 * The tables are looked at in the order in which a run goes through them, each with a new snapshot, so that a run that moves
 * on meanwhile is met again. Whoever must not miss one looks until nothing is left.
 */
#include "skip.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "move.h"
#include "narrow.h"
#include "sql.h"
#include "utils/date.h"

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
skip_from(JgTable table, Datum run_ids, const char *reason, const char *message, JgWait wait, JgActor actor)
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
						  .reason = reason,
						  .message = message,
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

int
jg_skip_runs(Datum run_ids, const char *reason, const char *message, JgWait wait, JgActor actor)
{
	static const JgTable tables[] = {JG_DUE, JG_PARKED, JG_PENDING, JG_READY};
	int skipped = 0;

	for (int i = 0; i < (int) lengthof(tables); i++)
		skipped += skip_from(tables[i], run_ids, reason, message, wait, actor);
	return skipped;
}
