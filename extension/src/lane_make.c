/*
 * Makes lanes.
 *
 * A lane is what decides who may claim a run, interned. Only the scheduler calls this, so that a user's transaction
 * never waits for another's uncommitted lane. A lane that something closes is born closed; a pause that commits at the
 * same moment is made good by the dispatcher, which compares lanes with queues whenever either changed.
 */
#include "lane_make.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "guc.h"
#include "sql.h"
#include "utils/builtins.h"

/* What a lane of (job, queue, pin) looks like. Capabilities in one order only, or two lanes would mean the same. */
#define KEY                                                                                                                    \
	"with key as (select $2::text as queue, t.tenant_id,"                                                                      \
	" case when j.run_by = 'external' or $4 then 'external' else j.kind end as kind,"                                          \
	" coalesce(j.pool, 'default') as pool, array(select distinct c from unnest(j.capabilities) c order by c) as capabilities," \
	" j.site, coalesce($3, j.executor) as executor, coalesce(round(j.needs_cpus * 1000)::integer, 0) as needs_cpu_milli,"      \
	" coalesce(pg_size_bytes(j.needs_memory), 0) as needs_memory, j.needs_tokens,"                                             \
	" coalesce(x.shutters, '{}') as shutters"                                                                                  \
	" from jobgrid.job j join jobgrid.tenant t on t.name = j.tenant"                                                           \
	" left join jobgrid_engine.job_shutters x on x.job_id = j.job_id where j.job_id = $1) "

static JgSql find_sql = {
	.text = KEY
	"select l.lane_id from key k left join jobgrid_engine.lane l on l.queue = k.queue and l.tenant_id = k.tenant_id"
	" and l.kind = k.kind and l.pool = k.pool and l.capabilities = k.capabilities"
	" and l.site is not distinct from k.site and l.executor is not distinct from k.executor"
	" and l.needs_cpu_milli = k.needs_cpu_milli and l.needs_memory = k.needs_memory and l.needs_tokens = k.needs_tokens"
	" and l.shutters = k.shutters",
	.nargs = 4,
	.types = {INT4OID, TEXTOID, TEXTOID, BOOLOID}};

static JgSql make_sql = {
	.text = KEY
	"insert into jobgrid_engine.lane (queue, tenant_id, kind, pool, capabilities, site, executor, needs_cpu_milli,"
	" needs_memory, needs_tokens, shutters) select k.* from key k on conflict do nothing",
	.nargs = 4,
	.types = {INT4OID, TEXTOID, TEXTOID, BOOLOID}};

static JgSql settle_sql = {.text = "select jobgrid_engine.settle_lanes(waits => false)"};

int32
jg_lane_for(int32 job_id, const char *queue, const char *pin)
{
	Datum values[4] = {Int32GetDatum(job_id), CStringGetTextDatum(queue), pin ? CStringGetTextDatum(pin) : (Datum) 0,
					   BoolGetDatum(jg_guc_mode == JG_MODE_SHADOW)};
	const char *nulls = pin ? "    " : "  n ";
	int32 lane_id;

	if (jg_sql(&find_sql, values, nulls) == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("job %d does not exist", job_id)));
	lane_id = jg_sql_int32(0, 1);
	if (lane_id != 0)
		return lane_id;
	jg_sql(&make_sql, values, nulls);
	jg_sql(&settle_sql, NULL, NULL);
	jg_lanes_changed();
	jg_sql(&find_sql, values, nulls);
	lane_id = jg_sql_int32(0, 1);
	if (lane_id == 0)
		elog(ERROR, "lane of job %d in queue \"%s\" was not made", job_id, queue);
	return lane_id;
}
