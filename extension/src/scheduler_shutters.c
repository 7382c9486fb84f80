/*
 * Blackouts and run windows: opens and closes lanes at their moments.
 *
 * What a job is behind is part of its lanes, so that closing is an update of a few rows, however many runs wait. After an
 * edit queued runs may lie in lanes that are not their jobs' any more: they are taken out and placed anew, once when the
 * edit is seen, and once when every transaction is over that may have placed a run by what was true before. Runs and lanes that
 * somebody's open transaction has locked are passed over, and looked at again.
 */
#include "scheduler.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "move.h"
#include "sql.h"
#include "utils/xid8.h"
#include "worker_unit.h"

#define LOOK_MS 30000 /* at all, for zone files and clocks that go back; at what a lost bell has not told */
#define FIRST_RIPE_LOOK_MS 200
#define SWEEP_RUNS 5000

typedef struct Sweep
{
	bool wanted; /* an edit has been seen, or this process is new */
	bool again;  /* there was more than a sweep takes */
	bool locked; /* somebody has locked some */
	bool done;   /* no edit is left */
} Sweep;

static uint32 seen_generation;
static TimestampTz look_at;
static TimestampTz look_at_all_at;
static bool edits_left;
static bool sweep_wanted = true;
static int ripe_look_ms = FIRST_RIPE_LOOK_MS;

static void
match(void *arg)
{
	static JgSql sql = {.text =
							"select jobgrid_engine.match_shutters(), exists (select from jobgrid_engine.shutter_edit)"};
	bool *edited = arg;

	jg_sql(&sql, NULL, NULL);
	edited[0] = jg_sql_bool(0, 1);
	edited[1] = jg_sql_bool(0, 2);
	if (edited[0])
		jg_lanes_changed(); /* claims pass over runs that have to move (shut_jobs.c) */
}

static void
follow_edits(void)
{
	static JgUnit unit = {.name = "finding jobs behind run windows and blackouts", .body = match};
	uint32 generation = pg_atomic_read_u32(&jg_shared->shutters_generation);
	bool edited[2];

	if (generation == seen_generation && !jg_worker_is_due(look_at, LOOK_MS))
		return;
	if (jg_unit_run(&unit, edited) != JG_UNIT_DONE)
		return;
	seen_generation = generation;
	if (edited[0])
	{
		sweep_wanted = true;
		ripe_look_ms = FIRST_RIPE_LOOK_MS;
	}
	edits_left = edited[1] || edited[0];
	if (edited[0])
		look_at = 0;
}

typedef struct Look
{
	bool everything;
	TimestampTz next;
} Look;

static void
open_and_close(void *arg)
{
	static JgSql sql = {.text = "select jobgrid_engine.move_shutters($1)", .nargs = 1, .types = {BOOLOID}};
	Look *look = arg;
	Datum value = BoolGetDatum(look->everything);

	jg_sql(&sql, &value, NULL);
	look->next = jg_sql_int64(0, 1);
}

/* Takes runs out of lanes that are not their jobs', and forgets edits that need no further look. */
static void
sweep(void *arg)
{
	static JgSql ripe_sql = {.text = "select pg_snapshot_xmin(pg_current_snapshot()), exists ("
									 " select from jobgrid_engine.shutter_edit"
									 "  where seen < pg_snapshot_xmin(pg_current_snapshot()))"};
	static JgSql misplaced_sql = {.text = "select r.run_id from jobgrid_engine.ready r"
										  " where r.run_id in (select m.run_id from jobgrid_engine.misplaced m)"
										  " limit $1 for update skip locked",
								  .nargs = 1,
								  .types = {INT4OID},
								  .replan = true};
	static JgSql left_sql = {.text = "select exists (select from jobgrid_engine.misplaced)", .replan = true};
	static JgSql unplace_sql = {.text = "update jobgrid_engine.pending set lane_id = null where run_id = any ($1)",
								.nargs = 1,
								.types = {INT8ARRAYOID}};
	static JgSql forget_sql = {.text =
								   "with gone as (delete from jobgrid_engine.shutter_edit where seen < $1 returning 1)"
								   " select (select count(*) from jobgrid_engine.shutter_edit)"
								   "  = (select count(*) from gone)",
							   .nargs = 1,
							   .types = {XID8OID}};
	Sweep *state = arg;
	Datum most = Int32GetDatum(SWEEP_RUNS);
	Datum oldest;
	int64 *run_ids;
	bool isnull;
	bool ripe;
	int n;

	state->again = state->locked = state->done = false;
	jg_sql(&ripe_sql, NULL, NULL);
	oldest = jg_sql_datum(0, 1, &isnull);
	ripe = jg_sql_bool(0, 2);
	if (!ripe && !state->wanted)
		return;
	n = (int) jg_sql(&misplaced_sql, &most, NULL);
	run_ids = palloc(Max(n, 1) * sizeof(int64));
	for (int i = 0; i < n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	if (n > 0)
	{
		Datum value = jg_array_int8(run_ids, n);

		jg_move_batch(JG_READY, JG_QUEUED, JG_PENDING, JG_WAITING, JG_ENGINE, run_ids, n, "placement", 0, NULL);
		jg_guarded(&unplace_sql, &value, NULL);
	}
	state->again = n == SWEEP_RUNS;
	if (!state->again)
	{
		jg_sql(&left_sql, NULL, NULL);
		state->locked = jg_sql_bool(0, 1);
	}
	if (ripe && !state->again && !state->locked)
	{
		jg_sql(&forget_sql, &oldest, NULL);
		state->done = jg_sql_bool(0, 1);
		jg_lanes_changed();
	}
}

static void
place_anew(void)
{
	static JgUnit unit = {.name = "placing runs anew behind run windows and blackouts", .body = sweep};
	Sweep state = {.wanted = sweep_wanted};

	if (!edits_left || jg_unit_run(&unit, &state) != JG_UNIT_DONE)
		return;
	sweep_wanted = state.again || state.locked;
	edits_left = !state.done;
	if (state.again)
		jg_worker_wake_at(jg_now());
	else if (edits_left)
	{
		/* A transaction that was open at the edit, and may have placed a run, or has locked one, still is. */
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), ripe_look_ms));
		ripe_look_ms = Min(ripe_look_ms * 2, LOOK_MS);
	}
}

void
jg_scheduler_shutters(void)
{
	static JgUnit unit = {.name = "opening and closing run windows and blackouts", .body = open_and_close};
	Look look;

	follow_edits();
	look.everything = jg_worker_is_due(look_at_all_at, LOOK_MS);
	if ((look.everything || jg_worker_is_due(look_at, LOOK_MS)) && jg_unit_run(&unit, &look) == JG_UNIT_DONE)
	{
		if (look.everything)
			look_at_all_at = TimestampTzPlusMilliseconds(jg_now(), LOOK_MS);
		look_at = Min(look.next, look_at_all_at);
	}
	place_anew();
	jg_worker_wake_at(look_at);
}
