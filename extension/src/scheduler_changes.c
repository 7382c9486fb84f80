/* Edits that were made in advance: applies each change set at its moment, in a transaction of its own. */
#include "scheduler.h"

#include "clock.h"
#include "miscadmin.h"
#include "sql.h"

#define LOOK_MS 30000  /* at what a lost bell has not told */
#define LOCKED_MS 1000 /* a set that somebody looks at, or decides about, when it is due */
#define SETS_A_ROUND 16

static uint32 seen_generation;
static TimestampTz look_at;

typedef struct Due
{
	bool applied;
	TimestampTz next;
} Due;

static void
apply_first(void *arg)
{
	static JgSql sql = {.text =
							"select jobgrid_engine.apply_due_change() is not null,"
							" coalesce((select min(greatest(c.valid_from, c.retry_at)) from jobgrid_engine.change_set c"
							"  where c.state = 'scheduled'), 'infinity')"};
	Due *due = arg;
	Oid user;
	int context;

	/* A restricted context fires no deferred triggers, and those of an edit are ours. What is edited runs nobody's code. */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(user, context & ~SECURITY_RESTRICTED_OPERATION);
	jg_sql(&sql, NULL, NULL);
	SetUserIdAndSecContext(user, context);
	due->applied = jg_sql_bool(0, 1);
	due->next = jg_sql_int64(0, 2);
}

void
jg_scheduler_changes(void)
{
	static JgUnit unit = {.name = "applying edits that were made in advance", .body = apply_first};
	uint32 generation = pg_atomic_read_u32(&jg_shared->changes_generation);
	Due due = {.applied = true};

	if (generation != seen_generation || jg_worker_is_due(look_at, LOOK_MS))
	{
		for (int i = 0; i < SETS_A_ROUND && due.applied; i++)
			if (jg_unit_run(&unit, &due) != JG_UNIT_DONE)
				return;
		seen_generation = generation;
		if (due.applied)
			look_at = jg_now();
		else if (due.next <= jg_now())
			look_at = TimestampTzPlusMilliseconds(jg_now(), LOCKED_MS);
		else
			look_at = Min(due.next, TimestampTzPlusMilliseconds(jg_now(), LOOK_MS));
	}
	jg_worker_wake_at(look_at);
}
