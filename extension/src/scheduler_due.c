/*
 * Moments that have come: from `due` to queued, or to `pending` where the run has conditions or no lane yet.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "lane_make.h"
#include "move.h"
#include "sql.h"
#include "worker_batch.h"

/* What was taken, side by side with batch->run_ids. */
static bool waits[JG_BATCH_ROWS];

static void
take(JgBatch *batch)
{
	static JgSql sql = {
		.text = "select d.run_id, " JG_LANE_FITS(
			"d") " is not true or d.unmet is distinct from 0"
				 " and (exists (select from jobgrid_engine.job_edge e where e.job_id = d.job_id and e.purpose in ('s', 'k'))"
				 "  or exists (select from jobgrid_engine.job_edge e where e.upstream_id = d.job_id and e.kind = 'n')"
				 "  or exists (select from jobgrid_engine.pending_on o where o.run_id = d.run_id))"
				 " or exists (select from jobgrid.job j where j.job_id = d.job_id and (j.taken_out or j.bypassed))"
				 " from jobgrid_engine.due d where d.run_id = any ($1) and d.due_at <= $2 order by d.run_id"
				 " for update of d skip locked",
		.nargs = 2,
		.types = {INT8ARRAYOID, TIMESTAMPTZOID}};
	int64 ids[JG_BATCH_ROWS];
	int64 locked[JG_BATCH_ROWS];
	int n = jg_batch_candidates(batch, ids);
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
					  .place = "due",
					  .fresh = {.text =
									"select run_id from (select d.run_id from jobgrid_engine.due d where d.due_at <= $1"
									" and not exists (select from jobgrid_engine.set_aside a"
									"  where a.place = 'due' and a.run_id = d.run_id)"
									" order by d.due_at limit $2) r order by run_id",
								.nargs = 2,
								.types = {TIMESTAMPTZOID, INT4OID},
								.indexed = true},
					  .again = {.text = "select run_id from (select d.run_id from jobgrid_engine.set_aside a"
										"  join jobgrid_engine.due d on d.run_id = a.run_id"
										"  where a.place = 'due' and a.until <= $1 and d.due_at <= $1"
										"  order by a.until limit $2) r order by run_id",
								.nargs = 2,
								.types = {TIMESTAMPTZOID, INT4OID},
								.indexed = true},
					  .take = take,
					  .process = process};

/* The next moment after those that have been looked at. */
static void
next_moment(void *arg)
{
	static JgSql sql = {.text = "select due_at from jobgrid_engine.due where due_at > $1 order by due_at limit 1",
						.nargs = 1,
						.types = {TIMESTAMPTZOID}};
	Datum value = TimestampTzGetDatum(*(TimestampTz *) arg);

	if (jg_sql(&sql, &value, NULL) > 0)
		jg_worker_wake_at(jg_sql_int64(0, 1));
}

void
jg_scheduler_due(void)
{
	static JgUnit unit = {.name = "looking for the next moment", .body = next_moment};
	TimestampTz before = jg_now();

	jg_batch_drain(&due);
	jg_unit_run(&unit, &before);
}
