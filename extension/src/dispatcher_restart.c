/*
 * SQL runs that go again without a try: those that have a lease and no worker when the dispatcher starts, which is what
 * a restart of the server, a crash or a promotion leaves behind; and those whose session ended before its first
 * statement, because its process was killed, could not be started, or lost the dispatcher that had its specification.
 *
 * Nothing of them has been done, and nobody has ended them. Only so many times in a row, because it may be this run that
 * brings the server down. What runs outside of a transaction and had begun may have been done in part, and the job's
 * on_lost decides.
 */
#include "dispatcher_sql.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "lost.h"
#include "move.h"
#include "partition.h"
#include "report.h"
#include "sql.h"

#define MOST_IN_A_ROW 3

/* Why a run goes again, and what is said of it. */
typedef struct Cause
{
	const char *reason; /* of the attempt */
	const char *action; /* in the history */
	const char *undone;
	const char *message;
	const char *too_often; /* of a run that has used up its times; %d: how many */
	const char *fails_as;
} Cause;

static const Cause restarted = {.reason = "server_restart",
								.action = "restarted",
								.undone = "its transaction was rolled back",
								.message = "the server was restarted",
								.too_often = "the server was restarted during %d attempts in a row",
								.fails_as = "killed"};
static const Cause not_begun = {.reason = "not_started",
								.action = "returned",
								.undone = "no statement had run",
								.message = "its session ended before its first statement",
								.too_often = "its session ended before its first statement, %d times in a row;"
											 " the server log says why",
								.fails_as = "setup_failed"};

typedef struct Left
{
	JgAttemptKey key;
	bool one; /* transaction = one */
	bool cancelled;
} Left;

/* How many of its last attempts were no tries, one after the other. */
static int
times_in_a_row(int64 run_id)
{
	static JgPartitionSql sql = {
		.text = "select count(*)::integer from %1$s a where a.run_id = $1 and a.attempt > coalesce("
				" (select max(b.attempt) from %1$s b where b.run_id = $1"
				"   and coalesce(b.reason, '') not in ('server_restart', 'not_started')), 0)",
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
write_attempt(const JgLease *lease, const Cause *cause)
{
	JgAttempt attempt = {.run_id = lease->row.run_id,
						 .fence = lease->fence,
						 .attempt = lease->row.attempt,
						 .version = lease->version,
						 .claimed_at = lease->claimed_at,
						 .started_at = lease->started_at,
						 .finished_at = Max(jg_now(), lease->claimed_at),
						 .state = "returned",
						 .reason = cause->reason,
						 .decided_by = psprintf("%s, and is no try", cause->undone),
						 .message = cause->message};

	jg_write_attempts(&attempt, 1);
}

/* The scheduler queues it again, as everything that waits. */
static void
go_again(const JgAttemptKey *key, const Cause *cause, int times)
{
	JgLease lease;
	JgNarrow row;
	int index;

	if (jg_lease_delete(0, key, 1, JG_WAIT, &lease, &index) == 0)
		return;
	Assert(jg_transition_allowed(lease.row.state, JG_WAITING, JG_ENGINE));
	write_attempt(&lease, cause);
	row = lease.row;
	row.state = JG_WAITING;
	row.reason = cause->reason;
	row.since = jg_now();
	row.tries = Max(row.tries - 1, 0);
	row.unmet = 0;
	jg_narrow_insert(JG_PENDING, &row, 1);
	jg_write_history(row.run_id, cause->action, jg_state_name(lease.row.state), "waiting", cause->reason,
					 psprintf("%s: %d of %d in a row that count as no try", cause->undone, times + 1, MOST_IN_A_ROW));
}

static void
settle(const JgAttemptKey *key, bool cancelled, const Cause *cause)
{
	int times = times_in_a_row(key->run_id);

	if (cancelled)
		jg_end_lease_as(key->run_id, key->attempt, key->fence, JG_CANCELLED, "operator", "cancelled", cause->message,
						(Datum) 0, false, false);
	else if (times < MOST_IN_A_ROW)
		go_again(key, cause, times);
	else
		jg_end_lease_as(key->run_id, key->attempt, key->fence, JG_FAILED, cause->fails_as, cause->undone,
						psprintf(cause->too_often, times + 1), (Datum) 0, false, cause == &restarted);
}

void
jg_dispatcher_not_begun(const JgSqlSlot *slot)
{
	static JgSql sql = {
		.text = "select l.cancel_at is not null from jobgrid_engine.lease l where l.run_id = $1 and l.fence = $2",
		.nargs = 2,
		.types = {INT8OID, INT8OID}};
	JgAttemptKey key = {slot->run_id, slot->fence, slot->attempt};
	Datum values[2] = {Int64GetDatum(slot->run_id), Int64GetDatum(slot->fence)};

	if (jg_sql(&sql, values, NULL) > 0)
		settle(&key, jg_sql_bool(0, 1), &not_begun);
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
		else if (left[i].one)
			settle(&left[i].key, left[i].cancelled, &restarted);
		else
			jg_lose_run(left[i].key.run_id);
	}
	return complete;
}
