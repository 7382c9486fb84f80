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

#define KEY_BATCH 1000
#define KEY_PAUSE_MS 60000

static void
expire_keys(void *arg)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.idempotency_key where (tenant_id, key) in ("
								" select tenant_id, key from jobgrid_engine.idempotency_key where expires_at < $1"
								" order by expires_at limit $2 for update skip locked)",
						.nargs = 2,
						.types = {TIMESTAMPTZOID, INT4OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(KEY_BATCH)};

	*(uint64 *) arg = jg_sql(&sql, values, NULL);
}

static void
expired_keys(void)
{
	static JgUnit unit = {.name = "deleting expired keys", .body = expire_keys};
	static TimestampTz next;
	uint64 deleted = 0;
	TimestampTz now = jg_now();

	if (now < next && next <= TimestampTzPlusMilliseconds(now, KEY_PAUSE_MS))
		return;
	if (jg_unit_run(&unit, &deleted) == JG_UNIT_DONE && deleted < KEY_BATCH)
		next = TimestampTzPlusMilliseconds(now, KEY_PAUSE_MS);
	else
		jg_worker_wake_at(TimestampTzPlusMilliseconds(now, 100));
}

void
jg_janitor_round(void)
{
	if (pg_atomic_read_u32(&jg_shared->held) == JG_HELD_UNKNOWN)
		return;
	jg_janitor_make_partitions();
	if (!jg_cluster_works())
		return; /* held: what was restored stays as it is */
	jg_janitor_turn_day();
	jg_janitor_retention();
	expired_keys();
}
