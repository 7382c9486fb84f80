/*
 * What the dispatcher knows of lanes and executors: which are open, who may serve which.
 *
 * It is read again when the generation in shared memory changed, not at every bell. On the way, lanes are compared with
 * their queues: a lane that was made while its queue's pause was committing is closed here.
 */
#include "dispatcher.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/memutils.h"

#define LOOK_MS 30000

static JgLaneMap known;
static MemoryContext known_context;
static uint32 known_generation;

static void
close_and_open(void)
{
	static JgSql sql = {.text = "select jobgrid_engine.settle_lanes(waits => false)"};

	jg_sql(&sql, NULL, NULL);
}

static void
load_executors(JgLaneMap *map)
{
	static JgSql sql = {
		.text = "select executor_id, cardinality(capabilities) from jobgrid_engine.executor where state = 'online'"
				" order by executor_id"};
	int n = (int) jg_sql(&sql, NULL, NULL);

	map->executors = MemoryContextAlloc(known_context, Max(n, 1) * sizeof(JgKnownExecutor));
	map->nexecutors = n;
	for (int i = 0; i < n; i++)
	{
		map->executors[i].executor_id = jg_sql_int32(i, 1);
		map->executors[i].ncapabilities = jg_sql_int32(i, 2);
	}
}

int
jg_dispatcher_executor(const JgLaneMap *map, int32 executor_id)
{
	int low = 0;
	int high = map->nexecutors;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (map->executors[middle].executor_id < executor_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < map->nexecutors && map->executors[low].executor_id == executor_id ? low : -1;
}

static void
load_lanes(JgLaneMap *map)
{
	static JgSql sql = {
		.text = "select l.lane_id, l.tenant_id, t.weight, l.kind, cardinality(l.capabilities),"
				" array(select s.executor_id from jobgrid_engine.lane_executor s where s.lane_id = l.lane_id),"
				" l.needs_cpu_milli > 0 or l.needs_memory > 0 or l.needs_tokens <> '{}'"
				" from jobgrid_engine.lane l join jobgrid.tenant t on t.tenant_id = l.tenant_id"
				" where l.open order by l.lane_id"};
	int n = (int) jg_sql(&sql, NULL, NULL);

	map->lanes = MemoryContextAllocZero(known_context, Max(n, 1) * sizeof(JgOpenLane));
	map->nlanes = n;
	for (int i = 0; i < n; i++)
	{
		JgOpenLane *lane = &map->lanes[i];
		bool isnull;
		ArrayType *servers = DatumGetArrayTypeP(jg_sql_datum(i, 6, &isnull));
		int nservers = ArrayGetNItems(ARR_NDIM(servers), ARR_DIMS(servers));
		const int32 *ids = (const int32 *) ARR_DATA_PTR(servers);

		lane->lane.lane_id = jg_sql_int32(i, 1);
		lane->lane.tenant_id = jg_sql_int32(i, 2);
		lane->lane.weight = jg_sql_int32(i, 3);
		lane->kind = MemoryContextStrdup(known_context, jg_sql_text(i, 4));
		lane->ncapabilities = jg_sql_int32(i, 5);
		lane->needs = jg_sql_bool(i, 7);
		lane->servers = MemoryContextAlloc(known_context, Max(nservers, 1) * sizeof(int));
		for (int s = 0; s < nservers; s++)
		{
			int index = jg_dispatcher_executor(map, ids[s]);

			/* One that came between the two statements is found when its own change of generation is. */
			if (index >= 0)
				lane->servers[lane->nservers++] = index;
		}
	}
}

static void
load(void *arg)
{
	JgLaneMap map = {0};

	close_and_open();
	MemoryContextReset(known_context);
	load_executors(&map);
	load_lanes(&map);
	known = map;
}

const JgLaneMap *
jg_dispatcher_map(void)
{
	static JgUnit unit = {.name = "reading lanes and executors", .body = load};

	static TimestampTz look_at;
	uint32 generation;

	/* A transaction that was prepared has rung no bell at its commit: everybody reads lanes again now and then. */
	if (jg_worker_is_due(look_at, LOOK_MS))
	{
		look_at = TimestampTzPlusMilliseconds(jg_now(), LOOK_MS);
		pg_atomic_fetch_add_u32(&jg_shared->lanes_generation, 1);
	}
	/* Read before the rows: a change that commits in between is seen in the next round. */
	generation = pg_atomic_read_u32(&jg_shared->lanes_generation);

	if (known_context == NULL)
		known_context = AllocSetContextCreate(TopMemoryContext, "jobgrid lane map", ALLOCSET_DEFAULT_SIZES);
	if (generation == known_generation)
		return &known;
	known_generation = 0; /* what is there now is not to be believed if reading fails */
	if (jg_unit_run(&unit, NULL) != JG_UNIT_DONE)
		return NULL;
	known_generation = generation;
	return &known;
}

int
jg_dispatcher_lanes_of(const JgLaneMap *map, const char *kind, JgLane **lanes)
{
	int n = 0;

	*lanes = palloc(Max(map->nlanes, 1) * sizeof(JgLane));
	for (int i = 0; i < map->nlanes; i++)
		if (strcmp(map->lanes[i].kind, kind) == 0)
			(*lanes)[n++] = map->lanes[i].lane;
	return n;
}
