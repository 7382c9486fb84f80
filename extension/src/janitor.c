/*
 * The janitor's round.
 *
 * It makes partitions before they are needed, drops those nobody keeps any longer, and deletes expired keys in small
 * batches. It never deletes runs row by row, and before the first submission or restored row it writes nothing, so
 * that a restore does not meet a partition of ours.
 */
#include "janitor.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "sql.h"

#define BATCH 1000
#define PAUSE_MS 60000

static void
expire_keys(void *arg)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.idempotency_key where (tenant_id, key) in ("
								" select tenant_id, key from jobgrid_engine.idempotency_key where expires_at < $1"
								" order by expires_at limit $2 for update skip locked)",
						.nargs = 2,
						.types = {TIMESTAMPTZOID, INT4OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(BATCH)};

	*(uint64 *) arg = jg_sql(&sql, values, NULL);
}

/* What became of fires: a run keeps its own record, the others are all there is of them. */
static void
expire_fires(void *arg)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.fire where (schedule_id, scheduled_for) in ("
								" select schedule_id, scheduled_for from jobgrid_engine.fire"
								" where at < $1 - interval '90 days' or at < $1 - interval '7 days' and outcome = 'run'"
								" order by at limit $2 for update skip locked)",
						.nargs = 2,
						.types = {TIMESTAMPTZOID, INT4OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(BATCH)};

	*(uint64 *) arg = jg_sql(&sql, values, NULL);
}

/* What is left of runs that have ended; a run that lives may have lost its lease for a moment only. */
static void
sweep_progress(void *arg)
{
	static JgSql progress = {
		.text = "delete from jobgrid_engine.progress where run_id in (select p.run_id from jobgrid_engine.progress p"
				" where not exists (select from jobgrid_engine.live_run l where l.run_id = p.run_id)"
				" limit $1 for update skip locked)",
		.nargs = 1,
		.types = {INT4OID}};
	static JgSql checkpoint = {
		.text =
			"delete from jobgrid_engine.checkpoint where run_id in (select c.run_id from jobgrid_engine.checkpoint c"
			" where not exists (select from jobgrid_engine.live_run l where l.run_id = c.run_id)"
			" limit $1 for update skip locked)",
		.nargs = 1,
		.types = {INT4OID}};
	Datum value = Int32GetDatum(BATCH);

	*(uint64 *) arg = jg_sql(&progress, &value, NULL) + jg_sql(&checkpoint, &value, NULL);
}

/* A unit that deletes up to BATCH rows: again soon where there may be more, else after a pause. */
static void
sweep(JgUnit *unit, TimestampTz *next)
{
	uint64 deleted = 0;
	TimestampTz now = jg_now();

	if (now < *next && *next <= TimestampTzPlusMilliseconds(now, PAUSE_MS))
		return;
	if (jg_unit_run(unit, &deleted) == JG_UNIT_DONE && deleted < BATCH)
		*next = TimestampTzPlusMilliseconds(now, PAUSE_MS);
	else
		jg_worker_wake_at(TimestampTzPlusMilliseconds(now, 100));
}

void
jg_janitor_round(void)
{
	static JgUnit keys = {.name = "deleting expired keys", .body = expire_keys};
	static JgUnit progress = {.name = "sweeping progress of ended runs", .body = sweep_progress};
	static JgUnit fires = {.name = "deleting old fires", .body = expire_fires};
	static TimestampTz next_fires;
	static TimestampTz next_keys;
	static TimestampTz next_progress;

	if (pg_atomic_read_u32(&jg_shared->held) == JG_HELD_UNKNOWN)
		return;
	jg_janitor_make_partitions();
	if (!jg_cluster_works())
		return; /* held: what was restored stays as it is */
	jg_janitor_turn_day();
	jg_janitor_retention();
	sweep(&keys, &next_keys);
	sweep(&fires, &next_fires);
	sweep(&progress, &next_progress);
}
