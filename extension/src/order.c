/*
 * Orders to executors: rows that go along with each answer until the next request says that they have arrived.
 *
 * An order is a wish. What becomes of the run is decided by what its executor reports, never here.
 */
#include "order.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "sql.h"
#include "utils/builtins.h"

void
jg_order_send(int64 run_id, const char *what, Datum detail, bool no_detail)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.executor_order (executor_id, run_id, attempt, what, detail)"
				" select l.executor_id, l.run_id, l.attempt, $2, case when $2 = 'cancel' then"
				"  jsonb_build_object('grace_ms', (extract(epoch from j.cancel_grace) * 1000)::bigint) else '{}' end"
				"  || coalesce($3, '{}')"
				" from jobgrid_engine.lease l left join jobgrid.job j on j.job_id = l.job_id"
				" where l.run_id = $1 and l.executor_id is not null",
		.nargs = 3,
		.types = {INT8OID, TEXTOID, JSONBOID}};
	Datum values[3] = {Int64GetDatum(run_id), CStringGetTextDatum(what), detail};

	jg_sql(&sql, values, no_detail ? "  n" : "   ");
	jg_ring(JG_DISPATCHER);
}

void
jg_orders_forget(const int64 *run_ids, int n)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.executor_order where run_id = any ($1)",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);

	jg_sql(&sql, &value, NULL);
}

/* A cancel that is carried out twice does no harm; a signal may. */
void
jg_orders_repeat(int32 executor_id)
{
	static JgSql sql = {.text = "with gone as (delete from jobgrid_engine.executor_order"
								"  where executor_id = $1 and delivered is not null and what <> 'cancel')"
								" update jobgrid_engine.executor_order set delivered = null"
								" where executor_id = $1 and delivered is not null and what = 'cancel'",
						.nargs = 1,
						.types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);

	jg_sql(&sql, &value, NULL);
}
