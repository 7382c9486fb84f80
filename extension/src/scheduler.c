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
#include "guard.h"
#include "lane_make.h"
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
	jg_scheduler_changes();
	jg_scheduler_shutters();
	jg_scheduler_fires();
	jg_scheduler_due();
	jg_scheduler_pending();
	jg_lost_executors();
	jg_scheduler_drains();
}

/*
 * Takes out those whose lane is not their job's any more, as an edit has put it behind other shutters: the round's look at
 * pending runs finds them another. Returns how many are left.
 */
static int
leave_misplaced(int64 *run_ids, int n)
{
	static JgSql sql = {.text = "update jobgrid_engine.pending p set lane_id = null, unmet = 0"
								" where p.run_id = any ($1) and " JG_LANE_FITS("p") " is not true returning p.run_id",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);
	int misplaced = (int) jg_guarded(&sql, &value, NULL);
	int kept = 0;

	if (misplaced == 0)
		return n;
	jg_worker_wake_at(jg_now());
	for (int i = 0; i < n; i++)
	{
		bool fits = true;

		for (int m = 0; fits && m < misplaced; m++)
			fits = jg_sql_int64(m, 1) != run_ids[i];
		if (fits)
			run_ids[kept++] = run_ids[i];
	}
	return kept;
}

void
jg_scheduler_release(const int64 *run_ids, int n)
{
	static JgSql sql = {
		.text = "delete from jobgrid_engine.pending_on where run_id = any ($1)", .nargs = 1, .types = {INT8ARRAYOID}};
	int64 released[RELEASE_CHUNK];

	for (int first = 0; first < n; first += RELEASE_CHUNK)
	{
		int chunk = Min(n - first, RELEASE_CHUNK);
		Datum value = jg_array_int8(&run_ids[first], chunk);

		jg_sql(&sql, &value, NULL);
		memcpy(released, &run_ids[first], chunk * sizeof(int64));
		chunk = leave_misplaced(released, chunk);
		jg_move_batch(JG_PENDING, JG_WAITING, JG_READY, JG_QUEUED, JG_ENGINE, released, chunk, NULL, 0, NULL);
	}
}
