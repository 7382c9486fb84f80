/*
 * The dispatcher's round.
 *
 * It starts what has no executor (sql, external) and wakes executors that can take the rest. It never hands work to an
 * executor: executors pull, and a wake-up is only a hint. With wake-ups off it looks once a second instead of waiting
 * for its bell, and wakes nobody.
 */
#include "dispatcher.h"

#include "clock.h"
#include "cluster.h"
#include "guc.h"

#define FLOOR_POLL_MS 1000

void
jg_dispatcher_round(void)
{
	const JgLaneMap *map;

	/* What was started is brought to its end even in a database that has been held meanwhile. */
	jg_dispatcher_reap_sql();
	if (!jg_guc_wakeups)
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), FLOOR_POLL_MS));
	if (!jg_cluster_works())
		return;
	map = jg_dispatcher_map();
	if (map == NULL)
		return;
	jg_dispatcher_external(map);
	jg_dispatcher_workflows(map);
	jg_dispatcher_start_sql(map);
	if (jg_guc_wakeups)
		jg_dispatcher_wake(map);
}
