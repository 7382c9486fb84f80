/*
 * Takes runs that no executor is needed for, and binds each to a version of its job: the one a rerun asked for, else
 * the current one.
 */
#include "dispatcher.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "definition.h"
#include "flags.h"
#include "move.h"
#include "partition.h"
#include "sql.h"

/* What the run's own row says: the version it is bound to (0 = none), its parameters. */
static int32
read_run(int64 run_id, char **parameters)
{
	static JgPartitionSql sql = {
		.text = "select version, parameters::text from %s where run_id = $1", .nargs = 1, .types = {INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_RUN, run_id, AccessShareLock, &since, &until);
	Datum value = Int64GetDatum(run_id);

	if (!OidIsValid(partition) || jg_sql_partition(&sql, partition, &value, NULL) != 1)
		elog(ERROR, "run %lld has no row", (long long) run_id);
	if (parameters)
		*parameters = jg_sql_text(0, 2);
	return jg_sql_int32(0, 1);
}

static void
end_orphan(const JgNarrow *row)
{
	JgEnd end = {.run_id = row->run_id,
				 .job_id = row->job_id,
				 .business_date = row->business_date,
				 .from = JG_QUEUED,
				 .to = JG_FAILED,
				 .reason = "setup_failed",
				 .message = "the job, or the version the run is bound to, does not exist any more",
				 .attempts = row->attempt,
				 .finished_at = jg_now()};

	jg_finish(&end, 1, JG_ENGINE);
}

int
jg_dispatcher_claim(const JgLane *lanes, int nlanes, int want, const char *reason, JgLease *leases, char **parameters)
{
	JgNarrow *picked = palloc(Max(want, 1) * sizeof(JgNarrow));
	int npicked = jg_pick(lanes, nlanes, want, NULL, picked);
	int32 *jobs = palloc(Max(npicked, 1) * sizeof(int32));
	int32 *versions = palloc(Max(npicked, 1) * sizeof(int32));
	uint32 epoch = pg_atomic_read_u32(&jg_shared->epoch);
	TimestampTz now = jg_now();
	JgDefinitions definitions;
	int n = 0;

	for (int i = 0; i < npicked; i++)
	{
		jobs[i] = picked[i].job_id;
		versions[i] = read_run(picked[i].run_id, parameters ? &parameters[i] : NULL);
	}
	definitions = jg_definitions(jobs, versions, npicked, false);
	for (int i = 0; i < npicked; i++)
	{
		JgLease *lease = &leases[n];
		const JgDefinition *definition = jg_definition(&definitions, jobs[i], versions[i]);
		int32 version = definition->version;

		if (definition->left_out)
		{
			jg_flag_put_back(&picked[i], 1);
			continue;
		}
		if (version == 0)
		{
			end_orphan(&picked[i]);
			continue;
		}
		if (parameters)
			parameters[n] = parameters[i];
		memset(lease, 0, sizeof(*lease));
		lease->row = picked[i];
		lease->row.state = JG_RUNNING;
		lease->row.reason = reason;
		lease->row.attempt++;
		lease->row.tries++;
		lease->fence = jg_fence(epoch, lease->row.attempt);
		lease->version = version;
		lease->claimed_at = now;
		lease->started_at = now;
		n++;
	}
	return n;
}
