/*
 * Small things that expire: idempotency keys, and conditions of runs that no longer wait for them. In small batches, so
 * that no lock is held and no transaction open for long.
 */
#include "janitor.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "sql.h"
#include "worker.h"

#define KEY_BATCH 1000
#define MOST_BATCHES 1000

static void
delete_keys(void *arg)
{
	static JgSql sql = {
		.text = "delete from jobgrid_engine.idempotency_key k using ("
		" select tenant_id, key from jobgrid_engine.idempotency_key where expires_at < $1 order by expires_at limit $2"
		" for update skip locked) x where k.tenant_id = x.tenant_id and k.key = x.key",
		.nargs = 2, .types = {TIMESTAMPTZOID, INT4OID}
	};
	Datum		values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(KEY_BATCH)};

	*(uint64 *) arg = jg_sql(&sql, values, NULL);
}

/*
 * A run that waited and was cancelled leaves its conditions behind: only the scheduler writes them in passing. A run
 * that is parked or waits for a moment may come back to them.
 */
static void
delete_conditions(void *arg)
{
	static JgSql sql = {
		.text = "delete from jobgrid_engine.pending_on o where ctid = any (array("
		" select o.ctid from jobgrid_engine.pending_on o"
		" where not exists (select from jobgrid_engine.pending p where p.run_id = o.run_id)"
		" and not exists (select from jobgrid_engine.parked p where p.run_id = o.run_id)"
		" and not exists (select from jobgrid_engine.due d where d.run_id = o.run_id) limit $1))",
		.nargs = 1, .types = {INT4OID}
	};
	Datum		value = Int32GetDatum(KEY_BATCH);

	*(uint64 *) arg = jg_sql(&sql, &value, NULL);
}

static void
in_batches(JgUnit *unit)
{
	uint64		deleted = 0;

	for (int i = 0; i < MOST_BATCHES; i++)
		if (jg_unit_run(unit, &deleted) != JG_UNIT_DONE || deleted < KEY_BATCH)
			break;
}

void
jg_janitor_keys(void)
{
	static JgUnit keys = {.name = "deleting expired keys", .body = delete_keys};
	static JgUnit conditions = {.name = "deleting conditions nobody waits for", .body = delete_conditions};

	in_batches(&keys);
	in_batches(&conditions);
}
