/*
 * Workflows that are queued: the scheduler starts them, and is told when there are some, because a submission or a lane that
 * opens rings here.
 */
#include "dispatcher.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "sql.h"

typedef struct Queued
{
	const JgLane *lanes;
	int nlanes;
	bool any;
} Queued;

static void
look(void *arg)
{
	static JgSql sql = {.text = "select from jobgrid_engine.ready where lane_id = any ($1) limit 1",
						.nargs = 1,
						.types = {INT4ARRAYOID}};
	Queued *queued = arg;
	int32 *ids = palloc(queued->nlanes * sizeof(int32));
	Datum value;

	for (int i = 0; i < queued->nlanes; i++)
		ids[i] = queued->lanes[i].lane_id;
	value = jg_array_int4(ids, queued->nlanes);
	queued->any = jg_sql(&sql, &value, NULL) > 0;
}

void
jg_dispatcher_workflows(const JgLaneMap *map)
{
	static JgUnit unit = {.name = "looking for queued workflows", .body = look};
	Queued queued = {0};
	JgLane *lanes;

	queued.nlanes = jg_dispatcher_lanes_of(map, "workflow", &lanes);
	queued.lanes = lanes;
	if (queued.nlanes > 0 && jg_unit_run(&unit, &queued) == JG_UNIT_DONE && queued.any)
		jg_ring_now(JG_SCHEDULER);
}
