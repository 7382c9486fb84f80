/*
 * The scheduler's round.
 *
 * It is the only process that turns waiting into queued, so that no two completions can miss each other's news and no
 * user's transaction holds a lock another one needs. It hands nothing out and starts nothing. While the database is
 * held, or nobody has submitted or restored anything yet, it changes no row.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "move.h"
#include "sql.h"

#define CLUSTER_CHECK_MS 30000
#define RESTORE_CHECK_MS 5000
#define RELEASE_CHUNK 1000

static TimestampTz checked_at;

static void
check_cluster(void *arg)
{
	jg_cluster_check();
}

/*
 * Whether the database works and has had a first run. Asked again on every bell until it is so, then now and then. A
 * restore rings no bell: until the first run it is looked for.
 */
static bool
works(void)
{
	static JgUnit unit = {.name = "checking the cluster's identity", .body = check_cluster};
	TimestampTz now = jg_now();

	if (!jg_cluster_works() || checked_at > now || TimestampDifferenceExceeds(checked_at, now, CLUSTER_CHECK_MS))
	{
		if (jg_unit_run(&unit, NULL) != JG_UNIT_DONE)
			return false;
		checked_at = now;
	}
	if (pg_atomic_read_u32(&jg_shared->epoch) == 0)
		jg_worker_wake_at(TimestampTzPlusMilliseconds(now, RESTORE_CHECK_MS));
	return jg_cluster_works();
}

void
jg_scheduler_round(void)
{
	if (!works())
		return;
	jg_seed_look_again();
	jg_scheduler_ends();
	jg_scheduler_zones();
	jg_scheduler_fires();
	jg_scheduler_due();
	jg_scheduler_pending();
	jg_lost_executors();
	jg_scheduler_drains();
}

void
jg_scheduler_release(const int64 *run_ids, int n)
{
	static JgSql sql = {
		.text = "delete from jobgrid_engine.pending_on where run_id = any ($1)", .nargs = 1, .types = {INT8ARRAYOID}};

	for (int first = 0; first < n; first += RELEASE_CHUNK)
	{
		int chunk = Min(n - first, RELEASE_CHUNK);
		Datum value = jg_array_int8(&run_ids[first], chunk);

		jg_sql(&sql, &value, NULL);
		jg_move_batch(JG_PENDING, JG_WAITING, JG_READY, JG_QUEUED, JG_ENGINE, &run_ids[first], chunk, NULL, 0, NULL);
	}
}
