/*
 * Leases whose owner is gone: what became of the run is not known, and policy decides.
 *
 * An attempt that nobody can tell about ends as `unknown`, never as a success or failure that was not seen. Only a job
 * declared `retry` starts again, and a run that was to be cancelled never does.
 */
#include "lost.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "lease.h"
#include "move.h"
#include "narrow.h"
#include "order.h"
#include "sql.h"
#include "unknown.h"

typedef enum Fate
{
	FATE_HOLD,
	FATE_RETRY,
	FATE_FAIL,
	FATE_CANCEL
} Fate;

static Fate
fate_of(const JgLease *lease, const JgDefinition *definition, const JgLoss *loss)
{
	if (loss->hold || definition->version == 0 || definition->on_lost == NULL ||
		strcmp(definition->on_lost, "hold") == 0)
		return FATE_HOLD;
	if (strcmp(definition->on_lost, "fail") == 0)
		return FATE_FAIL;
	if (jg_lease_cancelled(lease))
		return FATE_CANCEL;
	return lease->row.tries < definition->attempts ? FATE_RETRY : FATE_FAIL;
}

static void
write_attempt(const JgLease *lease, const JgDefinition *definition, Fate fate, const JgLoss *loss)
{
	static const char *const decided_by[] = {[FATE_RETRY] = "on_lost = retry",
											 [FATE_FAIL] = "on_lost = fail",
											 [FATE_CANCEL] = "a cancelled run never retries"};
	const char *why = decided_by[fate];

	if (fate == FATE_FAIL && strcmp(definition->on_lost, "retry") == 0)
		why = psprintf("on_lost = retry, and that was try %d of %d", lease->row.tries, definition->attempts);
	jg_unknown_attempt(lease, loss->reason, why, loss->message, jg_now());
}

/* Waits for a person, or for its executor. Nothing has happened where the run waited so before, for the same reason. */
static void
park(const JgLease *lease, const JgLoss *loss)
{
	JgLease parked = *lease;
	bool news = lease->row.state != JG_UNKNOWN || !jg_unknown_because(lease, loss->reason);

	if (news)
	{
		parked.row.state = JG_UNKNOWN;
		parked.row.reason = loss->reason;
		parked.row.since = jg_now();
	}
	jg_unknown_park(&parked, 1);
	if (news)
		jg_write_history(lease->row.run_id, "lost", jg_state_name(lease->row.state), "unknown", loss->reason,
						 loss->message);
}

/* Queues the run for another try. */
static void
try_again(const JgLease *lease, const JgDefinition *definition, const JgLoss *loss)
{
	JgNarrow row = lease->row;

	row.since = jg_now();
	row.state = JG_WAITING;
	row.reason = "retry_wait";
	row.due_at = row.since + definition->retry_delay_ms * 1000;
	row.unmet = 0; /* its conditions have been met once; a retry does not ask again */
	jg_narrow_insert(JG_DUE, &row, 1);
	jg_write_history(row.run_id, "lost", jg_state_name(lease->row.state), jg_state_name(row.state), row.reason,
					 loss->message);
}

static void
end(const JgLease *lease, Fate fate, const JgLoss *loss)
{
	JgEnd ended = {.run_id = lease->row.run_id,
				   .job_id = lease->row.job_id,
				   .business_date = lease->row.business_date,
				   .from = lease->row.state,
				   .to = fate == FATE_CANCEL ? JG_CANCELLED : JG_FAILED,
				   .reason = loss->reason,
				   .message = "it is not known how the last attempt ended",
				   .attempts = lease->row.attempt,
				   .version = lease->version,
				   .executor_id = lease->executor_id,
				   .started_at = lease->started_at,
				   .finished_at = Max(jg_now(), lease->claimed_at)};

	jg_finish(&ended, 1, JG_ENGINE);
	jg_write_history(ended.run_id, "lost", jg_state_name(ended.from), jg_state_name(ended.to), loss->reason,
					 loss->message);
}

void
jg_lose_lease(const JgLease *lease, const JgDefinition *definition, const JgLoss *loss)
{
	Fate fate = fate_of(lease, definition, loss);
	JgState to = fate == FATE_HOLD ? JG_UNKNOWN : fate == FATE_RETRY ? JG_WAITING : JG_FAILED;

	if (lease->row.state != to && !jg_transition_allowed(lease->row.state, to, JG_ENGINE))
		elog(ERROR, "a run cannot go from %s to %s", jg_state_name(lease->row.state), jg_state_name(to));
	if (fate == FATE_HOLD)
	{
		park(lease, loss);
		return;
	}
	write_attempt(lease, definition, fate, loss);
	if (fate == FATE_RETRY)
		try_again(lease, definition, loss);
	else
		end(lease, fate, loss);
}

#define FIND_LEASES                                                              \
	"select run_id, attempt, fence from jobgrid_engine.lease"                    \
	" where case when $1 = 0 then executor_id is null else executor_id = $1 end" \
	" and ($2 is null or run_id = any ($2)) order by run_id for update"

/* The names of the leases, locked. executor_id 0: those without one. */
static JgAttemptKey *
find_leases(int32 executor_id, const int64 *run_ids, int n, JgWait wait, int *found)
{
	static JgSql sql = {.text = FIND_LEASES, .nargs = 2, .types = {INT4OID, INT8ARRAYOID}};
	static JgSql unlocked_sql = {.text = FIND_LEASES " skip locked", .nargs = 2, .types = {INT4OID, INT8ARRAYOID}};
	Datum values[2] = {Int32GetDatum(executor_id), run_ids ? jg_array_int8(run_ids, n) : (Datum) 0};
	JgAttemptKey *keys;

	*found = (int) jg_sql(wait == JG_WAIT ? &sql : &unlocked_sql, values, run_ids ? "  " : " n");
	keys = palloc(Max(*found, 1) * sizeof(JgAttemptKey));
	for (int i = 0; i < *found; i++)
		keys[i] = (JgAttemptKey){jg_sql_int64(i, 1), jg_sql_int64(i, 3), jg_sql_int32(i, 2)};
	return keys;
}

static int
lose(int32 executor_id, const int64 *run_ids, int n, JgWait wait, const char *message)
{
	const JgLoss loss = {.reason = JG_REASON_LOST, .message = message};
	int found;
	JgAttemptKey *keys = find_leases(executor_id, run_ids, n, wait, &found);
	JgLease *leases = palloc(Max(found, 1) * sizeof(JgLease));
	int *index = palloc(Max(found, 1) * sizeof(int));
	int64 *lost_runs = palloc(Max(found, 1) * sizeof(int64));
	JgDefinitions definitions;
	int lost;

	if (found == 0)
		return 0;
	lost = jg_lease_delete(executor_id, keys, found, JG_WAIT, leases, index);
	definitions = jg_lease_definitions(leases, lost);
	for (int i = 0; i < lost; i++)
	{
		lost_runs[i] = leases[i].row.run_id;
		jg_lose_lease(&leases[i], jg_definition(&definitions, leases[i].row.job_id, leases[i].version), &loss);
	}
	jg_orders_forget(lost_runs, lost);
	return lost;
}

int
jg_lose_leases(int32 executor_id, const int64 *run_ids, int n, JgWait wait)
{
	Assert(executor_id > 0);
	return lose(executor_id, run_ids, n, wait, "the executor was not heard of any more");
}

void
jg_lose_run(int64 run_id)
{
	(void) lose(0, &run_id, 1, JG_WAIT, "the SQL worker died");
}
