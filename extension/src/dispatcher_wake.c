/*
 * Whom to wake: the best of the idle executors for what is queued, no more of them than there is work, each at most
 * once in an interval. A wake-up is one NOTIFY on the executor's channel, all of a round in one transaction that does
 * not wait for the disk: losing one costs a poll interval.
 */
#include "dispatcher.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "commands/async.h"
#include "guc.h"
#include "measure.h"
#include "sql.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define MOST_SLOTS 10000 /* a backlog is not counted further than this */

/* An idle executor as it is at this moment. */
typedef struct Idle
{
	bool idle;
	bool chosen;
	int free_slots;
	uint64 full; /* lanes it has no room for */
	JgMeasures measures;
} Idle;

/* When an executor was last woken, and up to which order. */
typedef struct Woken
{
	int32 executor_id; /* key */
	TimestampTz at;
	int64 order_id;
} Woken;

typedef struct Choice
{
	const JgLaneMap *map;
	Idle *idle;     /* side by side with map->executors */
	int free_slots; /* of all idle ones */
	int nchosen;
	int32 *chosen; /* executor ids */
	int room;
	TimestampTz now;
} Choice;

static HTAB *woken;

static Woken *
last_wakeup(int32 executor_id)
{
	Woken *entry;
	bool found;

	if (woken == NULL)
	{
		HASHCTL ctl = {.keysize = sizeof(int32), .entrysize = sizeof(Woken), .hcxt = TopMemoryContext};

		woken = hash_create("jobgrid wake-ups", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	entry = hash_search(woken, &executor_id, HASH_ENTER, &found);
	if (!found)
	{
		entry->at = 0;
		entry->order_id = 0;
	}
	return entry;
}

static bool
may_wake(int32 executor_id, TimestampTz now)
{
	TimestampTz next = TimestampTzPlusMilliseconds(last_wakeup(executor_id)->at, jg_guc_wakeup_interval);

	if (next <= now || next > TimestampTzPlusMilliseconds(now, jg_guc_wakeup_interval))
		return true;
	jg_worker_wake_at(next);
	return false;
}

/* Special machines are kept for special work: capability is how much of what it can do the lane asks for. */
static double
score_for(const Choice *choice, int e, const JgOpenLane *lane)
{
	JgMeasures measures = choice->idle[e].measures;

	measures.capability = jg_score_capability(lane->ncapabilities, choice->map->executors[e].ncapabilities);
	return jg_score((JgScoreProfile) jg_guc_score, &measures);
}

static void
look_who_is_idle(Choice *choice)
{
	LWLockAcquire(jg_shared->lock, LW_SHARED);
	for (int i = 0; i < jg_shared->max_executors && jg_shared->executors[i].executor_id != 0; i++)
	{
		JgExecutorSlot *slot = &jg_shared->executors[i];
		int e;

		if (slot->pid == 0 || slot->free_slots <= 0 || pg_atomic_read_u32(&slot->idle) == 0)
			continue;
		e = jg_dispatcher_executor(choice->map, slot->executor_id);
		if (e < 0)
			continue;
		choice->idle[e].idle = true;
		choice->idle[e].free_slots = slot->free_slots;
		choice->idle[e].full = pg_atomic_read_u64(&slot->full);
		choice->idle[e].measures = jg_measures(slot);
		choice->free_slots = Min(choice->free_slots + slot->free_slots, MOST_SLOTS);
	}
	LWLockRelease(jg_shared->lock);
}

/* The best idle executor for the lane that is not chosen yet, -1 = none. */
static int
best_for(const Choice *choice, const JgOpenLane *lane)
{
	int best = -1;
	double best_score = -1;

	for (int s = 0; s < lane->nservers; s++)
	{
		int e = lane->servers[s];
		double score;

		if (!choice->idle[e].idle || choice->idle[e].chosen ||
			(lane->needs && (choice->idle[e].full & jg_lane_bit(lane->lane.lane_id)) != 0))
			continue;
		score = score_for(choice, e, lane);
		if (score > best_score)
		{
			best_score = score;
			best = e;
		}
	}
	return best;
}

static void
choose_for(Choice *choice, const JgOpenLane *lane, int queued)
{
	/* Slots of those chosen for an earlier lane may be taken by that lane's runs: they are not counted on here. */
	while (queued > 0)
	{
		int e = best_for(choice, lane);

		if (e < 0)
			return;
		choice->idle[e].chosen = true;
		queued -= choice->idle[e].free_slots;
		if (may_wake(choice->map->executors[e].executor_id, choice->now))
			choice->chosen[choice->nchosen++] = choice->map->executors[e].executor_id;
	}
}

static void
choose(void *arg)
{
	static JgSql sql = {
		.text = "select w.i::integer, q.n from unnest($1) with ordinality w(lane_id, i) cross join lateral ("
				" select count(*)::integer as n from ("
				"  select from jobgrid_engine.ready r where r.lane_id = w.lane_id limit $2) x) q where q.n > 0",
		.nargs = 2,
		.types = {INT4ARRAYOID, INT4OID}};
	Choice *choice = arg;
	const JgLaneMap *map = choice->map;
	int32 *lane_ids = palloc(Max(map->nlanes, 1) * sizeof(int32));
	int *index = palloc(Max(map->nlanes, 1) * sizeof(int));
	int nlanes = 0;
	Datum values[2];
	uint64 n;

	for (int i = 0; i < map->nlanes; i++)
	{
		if (best_for(choice, &map->lanes[i]) < 0)
			continue;
		index[nlanes] = i;
		lane_ids[nlanes++] = map->lanes[i].lane.lane_id;
	}
	if (nlanes == 0)
		return;
	values[0] = jg_array_int4(lane_ids, nlanes);
	values[1] = Int32GetDatum(choice->free_slots);
	n = jg_sql(&sql, values, NULL);
	for (uint64 i = 0; i < n; i++)
		choose_for(choice, &map->lanes[index[jg_sql_int32(i, 1) - 1]], jg_sql_int32(i, 2));
}

/* Executors with orders they have not been told of; each order wakes once, then the executor's own poll finds it. */
static void
choose_ordered(void *arg)
{
	static JgSql sql = {
		.text = "select executor_id, max(order_id) from jobgrid_engine.executor_order where delivered is null"
				" group by executor_id"};
	Choice *choice = arg;
	uint64 n = jg_sql(&sql, NULL, NULL);

	for (uint64 i = 0; i < n && choice->nchosen < choice->room; i++)
	{
		int32 executor_id = jg_sql_int32(i, 1);
		int64 order_id = jg_sql_int64(i, 2);

		if (last_wakeup(executor_id)->order_id >= order_id || !may_wake(executor_id, choice->now))
			continue;
		last_wakeup(executor_id)->order_id = order_id;
		choice->chosen[choice->nchosen++] = executor_id;
	}
}

static void
notify(void *arg)
{
	const Choice *choice = arg;

	(void) set_config_option("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	for (int i = 0; i < choice->nchosen; i++)
	{
		char channel[NAMEDATALEN];

		snprintf(channel, sizeof(channel), "jobgrid_executor_%d", choice->chosen[i]);
		Async_Notify(channel, ""); /* the same channel twice is one notification */
	}
}

/* Before the notification: an executor that looks and finds nothing sets its flag again, and that must stay. */
static void
mark_woken(const Choice *choice)
{
	LWLockAcquire(jg_shared->lock, LW_SHARED);
	for (int i = 0; i < choice->nchosen; i++)
	{
		JgExecutorSlot *slot = jg_executor_slot(choice->chosen[i], false);

		if (slot != NULL)
			pg_atomic_write_u32(&slot->idle, 0);
		last_wakeup(choice->chosen[i])->at = choice->now;
	}
	LWLockRelease(jg_shared->lock);
}

void
jg_dispatcher_wake(const JgLaneMap *map)
{
	static JgUnit choose_unit = {.name = "choosing executors", .body = choose};
	static JgUnit order_unit = {.name = "looking for orders", .body = choose_ordered};
	static JgUnit notify_unit = {.name = "waking executors", .body = notify};
	Choice choice = {.map = map, .now = jg_now(), .room = 2 * map->nexecutors + 64};

	if (map->nexecutors == 0)
		return;
	choice.idle = palloc0(map->nexecutors * sizeof(Idle));
	choice.chosen = palloc(choice.room * sizeof(int32));
	look_who_is_idle(&choice);
	if (choice.free_slots > 0)
		jg_unit_run(&choose_unit, &choice);
	jg_unit_run(&order_unit, &choice);
	if (choice.nchosen == 0)
		return;
	mark_woken(&choice);
	jg_unit_run(&notify_unit, &choice);
}
