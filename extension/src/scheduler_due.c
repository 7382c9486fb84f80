/*
 * Moments that have come: from `due` to queued, or to `pending` where the run has conditions or no lane yet.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "move.h"
#include "sql.h"
#include "worker_batch.h"

/* What was taken, side by side with batch->run_ids. */
static bool waits[JG_BATCH_ROWS];

static int
candidates(JgBatch *batch, int64 *ids)
{
	static JgSql sql = {
		.text = "select run_id from (select run_id from jobgrid_engine.due where due_at <= $1 and run_id <> all ($2)"
				" order by due_at limit $3) d order by run_id",
		.nargs = 3,
		.types = {TIMESTAMPTZOID, INT8ARRAYOID, INT4OID}};
	Datum values[3] = {TimestampTzGetDatum(jg_now()), jg_batch_aside_ids(batch), Int32GetDatum(JG_BATCH_ROWS)};
	int n;

	if (batch->only != 0)
	{
		ids[0] = batch->only;
		return 1;
	}
	n = (int) jg_sql(&sql, values, NULL);
	for (int i = 0; i < n; i++)
		ids[i] = jg_sql_int64(i, 1);
	return n;
}

static void
take(JgBatch *batch)
{
	static JgSql sql = {.text =
							"select d.run_id, d.lane_id is null or d.unmet is distinct from 0"
							" and exists (select from jobgrid_engine.job_edge e where e.job_id = d.job_id)"
							" from jobgrid_engine.due d where d.run_id = any ($1) and d.due_at <= $2 order by d.run_id"
							" for update of d skip locked",
						.nargs = 2,
						.types = {INT8ARRAYOID, TIMESTAMPTZOID}};
	int64 ids[JG_BATCH_ROWS];
	int64 locked[JG_BATCH_ROWS];
	int n = candidates(batch, ids);
	int nlocked;
	Datum values[2] = {jg_array_int8(ids, n), TimestampTzGetDatum(jg_now())};

	if (n == 0)
		return;
	nlocked = (int) jg_sql(&sql, values, NULL);
	for (int i = 0; i < nlocked; i++)
	{
		locked[i] = jg_sql_int64(i, 1);
		waits[i] = jg_sql_bool(i, 2);
	}
	jg_batch_keep_locked(batch, ids, n, locked, nlocked);
	Assert(batch->n == nlocked);
}

static void
process(JgBatch *batch)
{
	int64 to_pending[JG_BATCH_ROWS];
	int64 to_ready[JG_BATCH_ROWS];
	int npending = 0;
	int nready = 0;

	for (int i = 0; i < batch->n; i++)
	{
		if (waits[i])
			to_pending[npending++] = batch->run_ids[i];
		else
			to_ready[nready++] = batch->run_ids[i];
	}
	jg_move_batch(JG_DUE, JG_WAITING, JG_PENDING, JG_WAITING, JG_ENGINE, to_pending, npending, NULL, 0, NULL);
	jg_move_batch(JG_DUE, JG_WAITING, JG_READY, JG_QUEUED, JG_ENGINE, to_ready, nready, NULL, 0, NULL);
}

static JgBatch due = {.unit = {.name = "releasing what is due", .body = jg_batch_body},
					  .take = take,
					  .process = process};

/* The next moment, of those not set aside: these have theirs. */
static void
next_moment(void *arg)
{
	static JgSql sql = {.text = "select due_at from jobgrid_engine.due where due_at is not null and run_id <> all ($1)"
								" order by due_at limit 1",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Datum value = jg_batch_aside_ids(&due);

	if (jg_sql(&sql, &value, NULL) > 0)
		jg_worker_wake_at(jg_sql_int64(0, 1));
}

void
jg_scheduler_due(void)
{
	static JgUnit unit = {.name = "looking for the next moment", .body = next_moment};

	jg_batch_drain(&due);
	jg_unit_run(&unit, NULL);
}
