/*
 * SQL runs that have a lease and no worker: what a restart of the server, a crash or a promotion leaves behind. Looked
 * for once, when the dispatcher starts.
 *
 * What was to be done in one transaction has not been done. The run goes again, and that was no try of its: nobody has
 * ended it. Only so many times in a row, because it may be this run that brings the server down. What runs outside of a
 * transaction may have been done in part, and the job's on_lost decides.
 */
#include "dispatcher_sql.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "lost.h"
#include "move.h"
#include "partition.h"
#include "report.h"
#include "sql.h"

#define REASON "server_restart"
#define MOST_IN_A_ROW 3

typedef struct Left
{
	JgAttemptKey key;
	bool one; /* transaction = one */
	bool cancelled;
} Left;

/* How many of its last attempts ended so, one after the other. */
static int
restarts_in_a_row(int64 run_id)
{
	static JgPartitionSql sql = {
		.text =
			"select count(*)::integer from %1$s a where a.run_id = $1 and a.attempt > coalesce("
			" (select max(b.attempt) from %1$s b where b.run_id = $1 and b.reason is distinct from '" REASON "'), 0)",
		.nargs = 1,
		.types = {INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_ATTEMPT, run_id, AccessShareLock, &since, &until);
	Datum value = Int64GetDatum(run_id);

	if (!OidIsValid(partition) || jg_sql_partition(&sql, partition, &value, NULL) == 0)
		return 0;
	return jg_sql_int32(0, 1);
}

static void
write_attempt(const JgLease *lease)
{
	JgAttempt attempt = {.run_id = lease->row.run_id,
						 .fence = lease->fence,
						 .attempt = lease->row.attempt,
						 .version = lease->version,
						 .claimed_at = lease->claimed_at,
						 .started_at = lease->started_at,
						 .finished_at = Max(jg_now(), lease->claimed_at),
						 .state = "returned",
						 .reason = REASON,
						 .decided_by = "its transaction was rolled back, and is no try",
						 .message = "the server was restarted"};

	jg_write_attempts(&attempt, 1);
}

/* The scheduler queues it again, as everything that waits. */
static void
go_again(const JgAttemptKey *key, int restarts)
{
	JgLease lease;
	JgNarrow row;
	int index;

	if (jg_lease_delete(0, key, 1, JG_WAIT, &lease, &index) == 0)
		return;
	Assert(jg_transition_allowed(lease.row.state, JG_WAITING, JG_ENGINE));
	write_attempt(&lease);
	row = lease.row;
	row.state = JG_WAITING;
	row.reason = REASON;
	row.since = jg_now();
	row.tries = Max(row.tries - 1, 0);
	row.unmet = 0;
	jg_narrow_insert(JG_PENDING, &row, 1);
	jg_write_history(row.run_id, "restarted", jg_state_name(lease.row.state), "waiting", REASON,
					 psprintf("its transaction was rolled back: %d of %d in a row that count as no try", restarts + 1,
							  MOST_IN_A_ROW));
}

static void
settle(const Left *left)
{
	int restarts;

	if (!left->one)
	{
		jg_lose_run(left->key.run_id);
		return;
	}
	restarts = restarts_in_a_row(left->key.run_id);
	if (left->cancelled)
		jg_end_lease_as(left->key.run_id, left->key.attempt, left->key.fence, JG_CANCELLED, "operator", "cancelled",
						"the server was restarted", (Datum) 0, false, false);
	else if (restarts < MOST_IN_A_ROW)
		go_again(&left->key, restarts);
	else
		jg_end_lease_as(left->key.run_id, left->key.attempt, left->key.fence, JG_FAILED, "killed",
						"its transaction was rolled back",
						psprintf("the server was restarted during %d attempts in a row", restarts + 1), (Datum) 0,
						false, true);
}

bool
jg_dispatcher_restarted(const int64 *at_work, int n)
{
	static JgSql sql = {
		.text =
			"select l.run_id, l.attempt, l.fence, coalesce(d.transaction, 'one') = 'one', l.cancel_at is not null"
			" from jobgrid_engine.lease l join jobgrid_engine.lane a on a.lane_id = l.lane_id"
			" left join lateral (select coalesce(v.definition->>'transaction', j.transaction) as transaction"
			"  from jobgrid.job j left join jobgrid_engine.job_version v on v.job_id = j.job_id and v.version = l.version"
			"  where j.job_id = l.job_id) d on true"
			" where l.executor_id is null and a.kind = 'sql' and l.run_id <> all ($1) order by l.run_id",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(at_work, n);
	int nleft = (int) jg_sql(&sql, &value, NULL);
	Left *left = palloc(Max(nleft, 1) * sizeof(Left));
	bool complete = true;

	for (int i = 0; i < nleft; i++)
	{
		left[i].key = (JgAttemptKey){jg_sql_int64(i, 1), jg_sql_int64(i, 3), jg_sql_int32(i, 2)};
		left[i].one = jg_sql_bool(i, 4);
		left[i].cancelled = jg_sql_bool(i, 5);
	}
	for (int i = 0; i < nleft; i++)
	{
		if (jg_lease_is_busy(left[i].key.run_id))
			complete = false;
		else
			settle(&left[i]);
	}
	return complete;
}
