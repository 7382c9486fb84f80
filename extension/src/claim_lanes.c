/*
 * What an executor may claim: which open lanes it may serve, and what it has free for the needs of their runs.
 *
 * Lanes are read again when their generation changed; the room is computed for each claim, and only where an open lane
 * has needs. One session an executor claims at a time (the lock on its request), so that nobody else takes of the same
 * room. Tokens of the whole grid are taken under a lock of their own, held until the claim's commit; who does not get it
 * at once leaves those lanes alone this time.
 */
#include "claim_lanes.h"

#include "access/xact.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "session.h"
#include "shmem.h"
#include "sql.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/* The needs of lane l as a vector: cores, memory, then the tokens named in $2, in their order: the node's, the grid's. */
#define NEEDS                                                                                                  \
	"array[l.needs_cpu_milli, l.needs_memory] || array(select coalesce((l.needs_tokens -> t.name)::bigint, 0)" \
	" from unnest($2) with ordinality t(name, n) order by t.n)"

#define HAS_NEEDS "(l.needs_cpu_milli > 0 or l.needs_memory > 0 or l.needs_tokens <> '{}')"

static MemoryContext context;
static JgLane *lanes;
static int nlanes;
static bool any_needs;
static JgRoom offered;   /* what the executor offers to jobs with needs, and what the grid has */
static int first_shared; /* the resources from here on are the grid's */
static Datum tokens;     /* text[]: the names of the tokens */
static Datum shared;     /* int4[]: the lanes that need tokens of the grid */
static int nshared;
static uint32 generation;
static int32 executor;

/* The elements of a bigint[] in memory of the lanes; n must be theirs. */
static int64_t *
read_vector(uint64 row, int column, int n)
{
	bool isnull;
	ArrayType *array = DatumGetArrayTypeP(jg_sql_datum(row, column, &isnull));
	const int64 *elements = (const int64 *) ARR_DATA_PTR(array);
	int64_t *vector = MemoryContextAlloc(context, n * sizeof(int64_t));

	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) != n)
		elog(ERROR, "a vector of needs does not have %d elements", n);
	for (int i = 0; i < n; i++)
		vector[i] = elements[i];
	return vector;
}

/* What the executor offers. False: there is no such executor. */
static bool
load_offer(void)
{
	static JgSql sql = {
		.text =
			"select own.names || grid.names, 2 + cardinality(own.names),"
			" array[coalesce(round(e.cpus * 1000)::bigint, 0), coalesce(e.memory, 0)] || own.amounts || grid.amounts"
			" from jobgrid_engine.executor e cross join lateral ("
			"  select coalesce(array_agg(t.key order by t.key), '{}'),"
			"         coalesce(array_agg(t.value::bigint order by t.key), '{}') from jsonb_each(e.tokens) t"
			"  where not exists (select from jobgrid.resource r where r.name = t.key)) own (names, amounts)"
			" cross join (select coalesce(array_agg(name order by name), '{}'),"
			"  coalesce(array_agg(amount::bigint order by name), '{}') from jobgrid.resource) grid (names, amounts)"
			" where e.executor_id = $1",
		.nargs = 1,
		.types = {INT4OID}};
	Datum value = Int32GetDatum(executor);
	MemoryContext old;
	bool isnull;

	if (jg_sql(&sql, &value, NULL) == 0)
		return false;
	old = MemoryContextSwitchTo(context);
	tokens = datumCopy(jg_sql_datum(0, 1, &isnull), false, -1);
	MemoryContextSwitchTo(old);
	first_shared = jg_sql_int32(0, 2);
	offered.n =
		JG_ROOM_TOKENS + ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(tokens)), ARR_DIMS(DatumGetArrayTypeP(tokens)));
	offered.free = read_vector(0, 3, offered.n);
	return true;
}

static bool
needs_shared(const int64_t *needs)
{
	for (int i = first_shared; i < offered.n; i++)
		if (needs[i] > 0)
			return true;
	return false;
}

static void
load_lanes(void)
{
	static JgSql sql = {.text =
							"select l.lane_id, l.tenant_id, t.weight, " HAS_NEEDS ", " NEEDS
							" from jobgrid_engine.lane_executor s join jobgrid_engine.lane l on l.lane_id = s.lane_id"
							" join jobgrid.tenant t on t.tenant_id = l.tenant_id"
							" where s.executor_id = $1 and l.open order by l.tenant_id, l.lane_id",
						.nargs = 2,
						.types = {INT4OID, TEXTARRAYOID}};
	Datum values[2] = {Int32GetDatum(executor), tokens};
	int n = (int) jg_sql(&sql, values, NULL);
	int32 *ids = palloc(Max(n, 1) * sizeof(int32));
	MemoryContext old;

	lanes = MemoryContextAllocZero(context, Max(n, 1) * sizeof(JgLane));
	for (int i = 0; i < n; i++)
	{
		lanes[i].lane_id = jg_sql_int32(i, 1);
		lanes[i].tenant_id = jg_sql_int32(i, 2);
		lanes[i].weight = jg_sql_int32(i, 3);
		if (!jg_sql_bool(i, 4))
			continue;
		lanes[i].needs = read_vector(i, 5, offered.n);
		any_needs = true;
		if (needs_shared(lanes[i].needs))
			ids[nshared++] = lanes[i].lane_id;
	}
	nlanes = n;
	old = MemoryContextSwitchTo(context);
	shared = jg_array_int4(ids, nshared);
	MemoryContextSwitchTo(old);
}

static void
load(int32 executor_id)
{
	if (context == NULL)
		context = AllocSetContextCreate(TopMemoryContext, "jobgrid lanes", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(context);
	nlanes = nshared = 0;
	any_needs = false;
	executor = executor_id;
	if (load_offer())
		load_lanes();
}

const JgLane *
jg_claim_lanes(int32 executor_id, int *n)
{
	/* Read before the rows: a change that commits in between is seen at the next call. */
	uint32 now = pg_atomic_read_u32(&jg_shared->lanes_generation);

	if (now != generation || executor_id != executor)
	{
		generation = 0; /* an error while loading must not leave half of it believed */
		load(executor_id);
		generation = now;
	}
	*n = nlanes;
	return lanes;
}

/* Is anything queued that needs tokens of the grid, and nobody else taking some? */
static bool
lock_shared(void)
{
	static JgSql sql = {.text = "select from unnest($1) w(lane_id) cross join lateral (select from"
								" jobgrid_engine.ready r where r.lane_id = w.lane_id limit 1) q limit 1",
						.nargs = 1,
						.types = {INT4ARRAYOID}};

	/* An old snapshot would not show what others have taken. */
	if (nshared == 0 || IsolationUsesXactSnapshot() || jg_sql(&sql, &shared, NULL) == 0)
		return false;
	if (ConditionalLockDatabaseObject(jg_engine_relation("lease"), InvalidOid, 0, ExclusiveLock))
		return true;
	jg_ring(JG_DISPATCHER); /* somebody is to look again */
	return false;
}

/* What other executors hold of the grid's tokens leaves the room; all of it where that cannot be told now. */
static void
take_shared(JgRoom *room)
{
	static JgSql sql = {.text = "select h.runs, " NEEDS " from jobgrid_engine.lane l join (select o.lane_id, count(*)"
								"  as runs from jobgrid_engine.lease o where o.executor_id <> $1 group by o.lane_id) h"
								" on h.lane_id = l.lane_id where l.needs_tokens ?| $2",
						.nargs = 2,
						.types = {INT4OID, TEXTARRAYOID}};
	Datum values[2] = {Int32GetDatum(executor), tokens};
	int n;

	if (first_shared == room->n)
		return;
	if (!lock_shared())
	{
		for (int i = first_shared; i < room->n; i++)
			room->free[i] = 0;
		return;
	}
	n = (int) jg_sql(&sql, values, NULL);
	for (int i = 0; i < n; i++)
	{
		int64_t *needs = read_vector(i, 2, offered.n);

		for (int k = 0; k < first_shared; k++)
			needs[k] = 0;
		jg_room_take(room, needs, jg_sql_int64(i, 1));
		pfree(needs);
	}
}

JgRoom *
jg_claim_room(void)
{
	/* Leases may lie in lanes that are closed by now, or that this executor does not serve any more. */
	static JgSql sql = {
		.text = "with held as (select lane_id, count(*) as runs from jobgrid_engine.lease where executor_id = $1"
				"  group by lane_id)"
				" select h.runs, " NEEDS " from jobgrid_engine.lane l join held h on h.lane_id = l.lane_id"
				" where l.lane_id = any (array(select lane_id from held)) and " HAS_NEEDS,
		.nargs = 2,
		.types = {INT4OID, TEXTARRAYOID}};
	Datum values[2] = {Int32GetDatum(executor), tokens};
	JgRoom *room;
	int n;

	if (!any_needs)
		return NULL;
	room = palloc(sizeof(JgRoom));
	room->n = offered.n;
	room->free = palloc(offered.n * sizeof(int64_t));
	memcpy(room->free, offered.free, offered.n * sizeof(int64_t));
	n = (int) jg_sql(&sql, values, NULL);
	for (int i = 0; i < n; i++)
	{
		int64_t *needs = read_vector(i, 2, offered.n);

		jg_room_take(room, needs, jg_sql_int64(i, 1));
		pfree(needs);
	}
	take_shared(room);
	return room;
}

void
jg_claim_note_full(const JgRoom *room)
{
	/* Tokens of the grid come free elsewhere. */
	const JgRoom own = {.n = first_shared, .free = room ? room->free : NULL};
	uint64 full = 0;

	if (room == NULL)
		return;
	for (int i = 0; i < nlanes; i++)
		if (!jg_room_fits(&own, lanes[i].needs))
			full |= jg_lane_bit(lanes[i].lane_id);
	jg_session_full(full);
}

void
jg_claim_freed(int32 executor_id)
{
	int n;

	(void) jg_claim_lanes(executor_id, &n);
	if (nshared > 0)
		jg_ring(JG_DISPATCHER);
}
