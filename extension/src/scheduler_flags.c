/*
 * Flags of jobs (held, taken out, bypassed) that were set until a moment: takes them back when it has come. What somebody's
 * open transaction has locked is tried again, and keeps no other flag.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "sql.h"

#define LOOK_MS 30000  /* at what a lost bell has not told, or what failed */
#define LOCKED_MS 1000 /* at a job, or a run of it, that somebody has locked when its time is over */
#define FLAGS 100

static uint32 seen_generation;
static TimestampTz look_at;

typedef struct Over
{
	int ended;
	bool locked;
	TimestampTz next;
} Over;

static void
take_back(void *arg)
{
	static JgSql sql = {.text = "select e.ended, e.locked, coalesce((select min(j.flag_until) from jobgrid.job j"
								"  where j.flag_until > $1), 'infinity') from jobgrid_engine.end_flags($1, $2) e",
						.nargs = 2,
						.types = {TIMESTAMPTZOID, INT4OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(FLAGS)};
	Over *over = arg;

	jg_sql(&sql, values, NULL);
	over->ended = jg_sql_int32(0, 1);
	over->locked = jg_sql_bool(0, 2);
	over->next = jg_sql_int64(0, 3);
}

void
jg_scheduler_flags(void)
{
	static JgUnit unit = {.name = "taking back what was set until now", .body = take_back};
	uint32 generation = pg_atomic_read_u32(&jg_shared->changes_generation);

	if (generation != seen_generation || jg_worker_is_due(look_at, LOOK_MS))
	{
		Over over;

		if (jg_unit_run(&unit, &over) != JG_UNIT_DONE)
			return;
		seen_generation = generation;
		look_at = Min(over.next, TimestampTzPlusMilliseconds(jg_now(), over.locked ? LOCKED_MS : LOOK_MS));
		if (over.ended == FLAGS)
			look_at = jg_now();
	}
	jg_worker_wake_at(look_at);
}
