/*
 * Hands runs to an executor: what it takes out of its lanes, and what it is told about each.
 *
 * What a run does is bound here: the current version of its job, or the one a rerun asked for, goes into the lease.
 */
#include "claim.h"

#include "business_day.h"
#include "catalog/pg_type.h"
#include "claim_lanes.h"
#include "clock.h"
#include "definition.h"
#include "flags.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "move.h"
#include "partition.h"
#include "shmem.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"

/* What the hot path needs of a run's own row. */
typedef struct RunInfo
{
	int64 run_id;
	int32 version;    /* 0 = not bound yet */
	char *parameters; /* JSON text, NULL = none */
	char *checkpoint; /* base64, NULL = none */
} RunInfo;

/* Reads the rows of runs of one partition into infos[]. */
static void
load_partition_runs(Oid partition, const int64 *run_ids, int n, RunInfo *infos, int *ninfos)
{
	static JgPartitionSql sql = {.text = "select run_id, version, parameters::text from %s where run_id = any ($1)",
								 .nargs = 1,
								 .types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);
	uint64 found = jg_sql_partition(&sql, partition, &value, NULL);

	for (uint64 i = 0; i < found; i++)
	{
		RunInfo *info = &infos[(*ninfos)++];

		info->run_id = jg_sql_int64(i, 1);
		info->version = jg_sql_int32(i, 2);
		info->parameters = jg_sql_text(i, 3);
	}
}

static int
compare_ids(const void *a, const void *b)
{
	int64 x = *(const int64 *) a;
	int64 y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* What earlier attempts have left; a first one has none, and nobody looks. */
static void
load_checkpoints(const JgClaimed *claimed, RunInfo *infos, int n)
{
	static JgSql sql = {.text = "select run_id, translate(encode(data, 'base64'), E'\n', '')"
								" from jobgrid_engine.checkpoint where run_id = any ($1)",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	int64 *run_ids = palloc(n * sizeof(int64));
	int later = 0;
	int found;
	Datum value;

	for (int i = 0; i < n; i++)
		if (claimed[i].lease.row.attempt > 1)
			run_ids[later++] = claimed[i].lease.row.run_id;
	if (later == 0)
		return;
	value = jg_array_int8(run_ids, later);
	found = (int) jg_sql(&sql, &value, NULL);
	for (int i = 0; i < found; i++)
	{
		int64 run_id = jg_sql_int64(i, 1);
		RunInfo *info = bsearch(&run_id, infos, n, sizeof(RunInfo), compare_ids);

		if (info != NULL)
			info->checkpoint = jg_sql_text(i, 2);
	}
}

/* RunInfo begins with its key. */
static RunInfo *
load_runs(const JgClaimed *claimed, int n)
{
	int64 *run_ids = palloc(n * sizeof(int64));
	RunInfo *infos = palloc0(n * sizeof(RunInfo));
	int ninfos = 0;

	for (int i = 0; i < n; i++)
		run_ids[i] = claimed[i].lease.row.run_id;
	qsort(run_ids, n, sizeof(int64), compare_ids);
	for (int first = 0; first < n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_find(JG_FAMILY_RUN, run_ids[first], AccessShareLock, &since, &until);
		int next = first + 1;

		if (!OidIsValid(partition))
			elog(ERROR, "run %lld has no partition", (long long) run_ids[first]);
		while (next < n && run_ids[next] < until)
			next++;
		load_partition_runs(partition, &run_ids[first], next - first, infos, &ninfos);
		first = next;
	}
	if (ninfos != n)
		elog(ERROR, "%d of %d claimed runs have no row", n - ninfos, n);
	qsort(infos, n, sizeof(RunInfo), compare_ids);
	load_checkpoints(claimed, infos, n);
	return infos;
}

static const RunInfo *
run_info(const RunInfo *infos, int n, int64 run_id)
{
	const RunInfo *info = bsearch(&run_id, infos, n, sizeof(RunInfo), compare_ids);

	Assert(info != NULL);
	return info;
}

/* The job's specification with what is the run's own put in. */
static char *
specification(const JgDefinition *definition, const RunInfo *info, const JgNarrow *row)
{
	StringInfoData text;
	JgDayFacts facts;

	if (definition->specification == NULL)
		return NULL;
	facts = jg_day_facts(definition->business_days, row->business_date);
	initStringInfo(&text);
	appendBinaryStringInfo(&text, definition->specification, strlen(definition->specification) - 1);
	appendStringInfo(&text,
					 ", \"try\": %d, \"business_date\": \"%s\", \"previous_business_date\": \"%s\","
					 " \"is_month_end\": %s, \"is_quarter_end\": %s",
					 row->tries, jg_date_text(row->business_date), jg_date_text(facts.previous),
					 facts.month_end ? "true" : "false", facts.quarter_end ? "true" : "false");
	if (info->checkpoint)
		appendStringInfo(&text, ", \"checkpoint\": \"%s\"", info->checkpoint);
	appendStringInfo(&text, ", \"parameters\": %s}", info->parameters ? info->parameters : "{}");
	return text.data;
}

/* Binds versions and fills in kind and detail; claimed runs of jobs that are gone get version 0. */
static void
describe(JgClaimed *claimed, int n, bool bound)
{
	RunInfo *infos = load_runs(claimed, n);
	int32 *jobs = palloc(n * sizeof(int32));
	int32 *versions = palloc(n * sizeof(int32));
	JgDefinitions definitions;

	for (int i = 0; i < n; i++)
	{
		jobs[i] = claimed[i].lease.row.job_id;
		versions[i] = bound ? claimed[i].lease.version : run_info(infos, n, claimed[i].lease.row.run_id)->version;
	}
	definitions = jg_definitions(jobs, versions, n, true);
	for (int i = 0; i < n; i++)
	{
		const JgDefinition *definition = jg_definition(&definitions, jobs[i], versions[i]);

		claimed[i].lease.version = definition->version;
		claimed[i].kind = definition->kind;
		claimed[i].left_out = definition->left_out;
		claimed[i].detail =
			definition->version == 0
				? NULL
				: specification(definition, run_info(infos, n, claimed[i].lease.row.run_id), &claimed[i].lease.row);
	}
}

/* Ends runs whose job has been deleted meanwhile, and closes the gaps they leave. */
static int
drop_orphans(JgClaimed *claimed, int n)
{
	JgEnd *ends = palloc0(n * sizeof(JgEnd));
	int nends = 0;
	int kept = 0;

	for (int i = 0; i < n; i++)
	{
		const JgNarrow *row = &claimed[i].lease.row;

		if (claimed[i].lease.version != 0)
		{
			claimed[kept++] = claimed[i];
			continue;
		}
		ends[nends].run_id = row->run_id;
		ends[nends].job_id = row->job_id;
		ends[nends].business_date = row->business_date;
		ends[nends].from = JG_QUEUED;
		ends[nends].to = JG_FAILED;
		ends[nends].reason = "setup_failed";
		ends[nends].message = "the job, or the version the run is bound to, does not exist any more";
		ends[nends++].finished_at = jg_now();
	}
	jg_finish(ends, nends, JG_ENGINE);
	return kept;
}

/* Gives those back whose jobs are taken out or bypassed, as they were picked, and closes the gaps they leave. */
static int
put_back_left_out(const JgNarrow *picked, JgClaimed *claimed, int n)
{
	JgNarrow *back = NULL;
	int nback = 0;
	int kept = 0;

	for (int i = 0; i < n; i++)
	{
		if (!claimed[i].left_out)
		{
			claimed[kept++] = claimed[i];
			continue;
		}
		if (back == NULL)
			back = palloc(n * sizeof(JgNarrow));
		back[nback++] = picked[i];
	}
	jg_flag_put_back(back, nback);
	return kept;
}

int
jg_claim(int32 executor_id, int want, JgClaimed *claimed)
{
	int n_lanes;
	const JgLane *open_lanes = jg_claim_lanes(executor_id, &n_lanes);
	JgNarrow *picked = palloc(Max(want, 1) * sizeof(JgNarrow));
	JgLease *leases;
	uint32 epoch = pg_atomic_read_u32(&jg_shared->epoch);
	TimestampTz now = jg_now();
	JgRoom *room;
	int n;

	/* Epoch 0: a database without a first run; what lies in its tables is being restored. */
	if (epoch == 0)
		return 0;
	room = jg_claim_room();
	n = jg_pick(open_lanes, n_lanes, want, room, picked);
	jg_claim_note_full(room);
	if (n == 0)
		return 0;
	for (int i = 0; i < n; i++)
	{
		JgLease *lease = &claimed[i].lease;

		memset(lease, 0, sizeof(*lease));
		lease->row = picked[i];
		lease->row.state = JG_STARTING;
		lease->row.attempt++;
		lease->row.tries++;
		lease->fence = jg_fence(epoch, lease->row.attempt);
		lease->executor_id = executor_id;
		lease->claimed_at = now;
	}
	describe(claimed, n, false);
	n = put_back_left_out(picked, claimed, n);
	n = drop_orphans(claimed, n);
	leases = palloc(Max(n, 1) * sizeof(JgLease));
	for (int i = 0; i < n; i++)
		leases[i] = claimed[i].lease;
	jg_lease_insert(leases, n);
	return n;
}

int
jg_claim_again(int32 executor_id, const int64 *run_ids, int n, JgClaimed *claimed)
{
	static JgSql sql = {.text = "select run_id, job_id, attempt, tries, business_date, fence, version"
								" from jobgrid_engine.lease where run_id = any ($1) and executor_id = $2",
						.nargs = 2,
						.types = {INT8ARRAYOID, INT4OID}};
	Datum values[2] = {jg_array_int8(run_ids, n), Int32GetDatum(executor_id)};
	int found = n == 0 ? 0 : (int) jg_sql(&sql, values, NULL);

	if (found == 0)
		return 0;
	for (int i = 0; i < found; i++)
	{
		JgLease *lease = &claimed[i].lease;
		bool isnull;

		memset(lease, 0, sizeof(*lease));
		lease->row.run_id = jg_sql_int64(i, 1);
		lease->row.job_id = jg_sql_int32(i, 2);
		lease->row.attempt = jg_sql_int32(i, 3);
		lease->row.tries = jg_sql_int32(i, 4);
		lease->row.business_date = DatumGetDateADT(jg_sql_datum(i, 5, &isnull));
		lease->fence = jg_sql_int64(i, 6);
		lease->version = jg_sql_int32(i, 7);
	}
	describe(claimed, found, true);
	return found;
}
