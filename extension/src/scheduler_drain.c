/*
 * Executors that were to be empty by now: whoever still runs there is asked to stop.
 *
 * The cancel of a drain has no cancel_by; what becomes of the run is decided by what its executor reports (report.c). A
 * run that somebody's open transaction has locked is passed over and asked at the next look.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "move.h"
#include "order.h"
#include "sql.h"

#define CHUNK 500

/* The moment of the next look by what is committed; 0 = no drain has a deadline. */
static TimestampTz look_at;
static uint32 looked_generation;

/* Marks leases as to be stopped; returns how many, with run and words of each. */
static int
mark(int64 *run_ids, char **words)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.lease l set cancel_at = $1, cancel_reason = due.words"
				" from (select o.run_id, format('executor \"%s\" is drained, and its deadline is over%s', e.name,"
				"   ': ' || d.reason) as words"
				"  from jobgrid_engine.executor_drain d join jobgrid_engine.executor e using (executor_id)"
				"  join jobgrid_engine.lease o on o.executor_id = d.executor_id"
				"  where d.deadline <= $1 and o.cancel_at is null limit $2 for update of o skip locked) due"
				" where l.run_id = due.run_id returning l.run_id, l.cancel_reason",
		.nargs = 2,
		.types = {TIMESTAMPTZOID, INT4OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(CHUNK)};
	int n = (int) jg_guarded(&sql, values, NULL);

	for (int i = 0; i < n; i++)
	{
		run_ids[i] = jg_sql_int64(i, 1);
		words[i] = jg_sql_text(i, 2);
	}
	return n;
}

/* A deadline that lies ahead, or a look at what is left behind one that is over. */
static TimestampTz
next_look(void)
{
	static JgSql sql = {.text = "select min(greatest(deadline, $1 + interval '5 s'))"
								" from jobgrid_engine.executor_drain where deadline is not null"
								" and (deadline > $1 or exists (select from jobgrid_engine.lease l"
								"  where l.executor_id = executor_drain.executor_id and l.cancel_at is null))",
						.nargs = 1,
						.types = {TIMESTAMPTZOID}};
	Datum now = TimestampTzGetDatum(jg_now());

	jg_sql(&sql, &now, NULL);
	return jg_sql_int64(0, 1);
}

static void
stop_runs(void *arg)
{
	TimestampTz *next = arg;
	int64 run_ids[CHUNK];
	char *words[CHUNK];
	int n = mark(run_ids, words);

	for (int i = 0; i < n; i++)
	{
		jg_order_send(run_ids[i], "cancel", (Datum) 0, true);
		jg_write_history(run_ids[i], "cancel", NULL, NULL, "drained", words[i]);
	}
	*next = n == CHUNK ? jg_now() : next_look();
}

void
jg_scheduler_drains(void)
{
	static JgUnit unit = {.name = "emptying drained executors", .body = stop_runs};
	/* Read before the rows: a drain that commits in between is seen in the next round. */
	uint32 generation = pg_atomic_read_u32(&jg_shared->lanes_generation);

	if (generation != looked_generation || (look_at != 0 && look_at <= jg_now()))
	{
		if (jg_unit_run(&unit, &look_at) != JG_UNIT_DONE)
			return;
		looked_generation = generation;
	}
	if (look_at != 0)
		jg_worker_wake_at(look_at);
}
