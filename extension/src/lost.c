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
#include "definition.h"
#include "lease.h"
#include "move.h"
#include "narrow.h"
#include "sql.h"

#define REASON "executor_lost"

typedef enum Fate
{
	FATE_HOLD,
	FATE_RETRY,
	FATE_FAIL,
	FATE_CANCEL
} Fate;

static Fate
fate_of(const JgLease *lease, const JgDefinition *definition)
{
	if (definition->version == 0 || definition->on_lost == NULL || strcmp(definition->on_lost, "hold") == 0)
		return FATE_HOLD;
	if (strcmp(definition->on_lost, "fail") == 0)
		return FATE_FAIL;
	if (lease->cancel)
		return FATE_CANCEL;
	return lease->row.tries < definition->attempts ? FATE_RETRY : FATE_FAIL;
}

static void
write_attempt(const JgLease *lease, Fate fate)
{
	static const char *const decided_by[] = {[FATE_HOLD] = "on_lost = hold",
											 [FATE_RETRY] = "on_lost = retry",
											 [FATE_FAIL] = "on_lost",
											 [FATE_CANCEL] = "a cancelled run never retries"};
	JgAttempt attempt = {.run_id = lease->row.run_id,
						 .fence = lease->fence,
						 .attempt = lease->row.attempt,
						 .version = lease->version,
						 .executor_id = lease->executor_id,
						 .claimed_at = lease->claimed_at,
						 .started_at = lease->started_at,
						 .finished_at = Max(jg_now(), lease->claimed_at),
						 .state = "unknown",
						 .reason = REASON,
						 .decided_by = decided_by[fate],
						 .message = lease->executor_id != 0 ? "the executor was not heard of any more"
															: "the SQL worker died"};

	jg_write_attempts(&attempt, 1);
}

/* Parks the run, or queues it for another try. */
static void
requeue(const JgLease *lease, Fate fate, const JgDefinition *definition)
{
	JgNarrow row = lease->row;

	row.since = jg_now();
	if (fate == FATE_HOLD)
	{
		row.state = JG_UNKNOWN;
		row.reason = REASON;
	}
	else
	{
		row.state = JG_WAITING;
		row.reason = "retry_wait";
		row.due_at = row.since + definition->retry_delay_ms * 1000;
		row.unmet = 0; /* its conditions have been met once; a retry does not ask again */
	}
	if (!jg_transition_allowed(lease->row.state, row.state, JG_ENGINE))
		elog(ERROR, "a run cannot go from %s to %s", jg_state_name(lease->row.state), jg_state_name(row.state));
	jg_narrow_insert(fate == FATE_HOLD ? JG_PARKED : JG_DUE, &row, 1);
	jg_write_history(row.run_id, "lost", jg_state_name(lease->row.state), jg_state_name(row.state), row.reason, NULL);
}

static void
end(const JgLease *lease, Fate fate)
{
	JgEnd ended = {.run_id = lease->row.run_id,
				   .job_id = lease->row.job_id,
				   .business_date = lease->row.business_date,
				   .from = lease->row.state,
				   .to = fate == FATE_CANCEL ? JG_CANCELLED : JG_FAILED,
				   .reason = REASON,
				   .message = "it is not known how the last attempt ended",
				   .attempts = lease->row.attempt,
				   .version = lease->version,
				   .executor_id = lease->executor_id,
				   .started_at = lease->started_at,
				   .finished_at = Max(jg_now(), lease->claimed_at)};

	jg_finish(&ended, 1, JG_ENGINE);
	jg_write_history(ended.run_id, "lost", jg_state_name(ended.from), jg_state_name(ended.to), REASON, NULL);
}

static void
forget_orders(const int64 *run_ids, int n)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.executor_order where run_id = any ($1)",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);

	jg_sql(&sql, &value, NULL);
}

/* The leases as (run, attempt, fence), locked. executor_id 0: those without one. */
static int
find_leases(int32 executor_id, const int64 *run_ids, int n, int64 **ids, int32 **attempts, int64 **fences)
{
	static JgSql sql = {.text = "select run_id, attempt, fence from jobgrid_engine.lease"
								" where case when $1 = 0 then executor_id is null else executor_id = $1 end"
								" and ($2 is null or run_id = any ($2)) order by run_id for update",
						.nargs = 2,
						.types = {INT4OID, INT8ARRAYOID}};
	Datum values[2] = {Int32GetDatum(executor_id), run_ids ? jg_array_int8(run_ids, n) : (Datum) 0};
	int found = (int) jg_sql(&sql, values, run_ids ? "  " : " n");

	*ids = palloc(Max(found, 1) * sizeof(int64));
	*attempts = palloc(Max(found, 1) * sizeof(int32));
	*fences = palloc(Max(found, 1) * sizeof(int64));
	for (int i = 0; i < found; i++)
	{
		(*ids)[i] = jg_sql_int64(i, 1);
		(*attempts)[i] = jg_sql_int32(i, 2);
		(*fences)[i] = jg_sql_int64(i, 3);
	}
	return found;
}

static int
lose(int32 executor_id, const int64 *run_ids, int n)
{
	int64 *ids;
	int32 *attempts;
	int64 *fences;
	int found = find_leases(executor_id, run_ids, n, &ids, &attempts, &fences);
	JgLease *leases = palloc(Max(found, 1) * sizeof(JgLease));
	int *index = palloc(Max(found, 1) * sizeof(int));
	int32 *jobs = palloc(Max(found, 1) * sizeof(int32));
	int32 *versions = palloc(Max(found, 1) * sizeof(int32));
	JgDefinitions definitions;
	int lost;

	if (found == 0)
		return 0;
	lost = jg_lease_delete(executor_id, ids, attempts, fences, found, leases, index);
	for (int i = 0; i < lost; i++)
	{
		jobs[i] = leases[i].row.job_id;
		versions[i] = leases[i].version;
	}
	definitions = jg_definitions(jobs, versions, lost, false);
	for (int i = 0; i < lost; i++)
	{
		const JgDefinition *definition = jg_definition(&definitions, jobs[i], versions[i]);
		Fate fate = fate_of(&leases[i], definition);

		write_attempt(&leases[i], fate);
		if (fate == FATE_HOLD || fate == FATE_RETRY)
			requeue(&leases[i], fate, definition);
		else
			end(&leases[i], fate);
	}
	forget_orders(ids, found);
	return lost;
}

int
jg_lose_leases(int32 executor_id, const int64 *run_ids, int n)
{
	Assert(executor_id > 0);
	return lose(executor_id, run_ids, n);
}

int
jg_lose_runs(const int64 *run_ids, int n)
{
	Assert(run_ids != NULL);
	return lose(0, run_ids, n);
}
