/*
 * Workflows begin: the run leaves the queue for a lease without an executor, and the runs of all its steps are made, in one
 * commit. So nobody ever sees half of a workflow, and no step can end before those that wait for it are there.
 *
 * A workflow is queued like any run, so that paused queues, run windows and blackouts hold it as they hold any other; its
 * lane is of kind workflow, which no executor serves. Steps are bound to their versions here.
 */
#include "workflow.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "definition.h"
#include "guard.h"
#include "guc.h"
#include "lane_make.h"
#include "lease.h"
#include "move.h"
#include "parameter.h"
#include "partition.h"
#include "scheduler.h"
#include "sql.h"
#include "submit.h"
#include "utils/builtins.h"
#include "worker_batch.h"

/* A workflow's run on its way, and its steps. */
typedef struct Start
{
	JgLease lease;
	int64 root_run;
	int64 scope;
	TimestampTz deadline; /* 0 = none */
	Datum on_failure;
	int n;
	int64 *run_ids;
	int32 *job_ids;
	Datum *parameters; /* jsonb, of steps whose schema fills something in, else 0 */
	char *wrong;       /* why it cannot begin, NULL = it can */
} Start;

static void
take(JgBatch *batch)
{
	static JgSql sql = {.text = "select r.run_id from jobgrid_engine.ready r where r.run_id = any ($1)"
								" order by r.run_id for update skip locked",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	int64 ids[JG_BATCH_ROWS];
	int64 locked[JG_BATCH_ROWS];
	int n = jg_batch_candidates(batch, ids);
	int nlocked;
	Datum value = jg_array_int8(ids, n);

	if (n == 0)
		return;
	nlocked = (int) jg_sql(&sql, &value, NULL);
	for (int i = 0; i < nlocked; i++)
		locked[i] = jg_sql_int64(i, 1);
	jg_batch_keep_locked(batch, ids, n, locked, nlocked);
}

/* Takes the run out of the queue. */
static void
read_start(int64 run_id, Start *start)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.ready where run_id = $1"
								" returning rank, since, job_id, tenant_id, lane_id, attempt, tries, business_date",
						.nargs = 1,
						.types = {INT8OID}};
	static JgSql facts_sql = {
		.text = "select coalesce(r.root_run, r.run_id), coalesce(w.scope, r.run_id), j.on_failure, $2 + j.timeout,"
				" coalesce(r.version, j.version)"
				" from jobgrid_engine.any_run r join jobgrid.job j using (job_id)"
				" left join jobgrid_engine.workflow_run w on w.run_id = r.parent_run where r.run_id = $1",
		.nargs = 2,
		.types = {INT8OID, TIMESTAMPTZOID}};
	TimestampTz now = jg_now();
	Datum values[2] = {Int64GetDatum(run_id), TimestampTzGetDatum(now)};
	JgLease *lease = &start->lease;
	bool isnull;

	memset(start, 0, sizeof(*start));
	if (jg_guarded(&sql, values, NULL) != 1)
		elog(ERROR, "run %lld is not queued", (long long) run_id);
	lease->row = (JgNarrow){.run_id = run_id,
							.rank = jg_sql_int64(0, 1),
							.since = jg_sql_int64(0, 2),
							.job_id = jg_sql_int32(0, 3),
							.tenant_id = jg_sql_int32(0, 4),
							.lane_id = jg_sql_int32(0, 5),
							.attempt = jg_sql_int32(0, 6) + 1,
							.tries = jg_sql_int32(0, 7) + 1,
							.business_date = DatumGetDateADT(jg_sql_datum(0, 8, &isnull)),
							.state = JG_RUNNING,
							.reason = "workflow"};
	lease->fence = jg_fence(pg_atomic_read_u32(&jg_shared->epoch), lease->row.attempt);
	lease->claimed_at = lease->started_at = now;
	if (jg_sql(&facts_sql, values, NULL) != 1)
		elog(ERROR, "run %lld has no job", (long long) run_id);
	start->root_run = jg_sql_int64(0, 1);
	start->scope = jg_sql_int64(0, 2);
	start->on_failure = CStringGetTextDatum(jg_sql_text(0, 3));
	start->deadline = jg_sql_int64(0, 4);
	lease->version = jg_sql_int32(0, 5);
}

/* What a step's schema makes of its parameters. False: it refuses them. */
static bool
bind(Start *start, int i, Datum schema, Datum parameters, const char *step)
{
	JgParameterProblem problem;
	const JgParameterRules *rules = jg_parameter_rules_of(start->job_ids[i], schema, &problem);

	if (rules != NULL && jg_parameters_obey(rules, parameters, true, &problem))
	{
		start->parameters[i] = jg_parameters_filled(rules, parameters);
		return true;
	}
	start->wrong = psprintf("step \"%s\": %s", step, problem.message);
	return false;
}

static void
read_steps(Start *start)
{
	static JgSql sql = {
		.text =
			"select s.job_id, nullif(s.parameter_schema, '{}'), coalesce(r.parameters, '{}') || s.parameters, s.name"
			" from jobgrid.job j join jobgrid_engine.any_run r on r.run_id = $2"
			" join jobgrid.job s on s.tenant = j.tenant and s.parent = j.full_name where j.job_id = $1 order by s.job_id",
		.nargs = 2,
		.types = {INT4OID, INT8OID},
		.replan = true};
	Datum values[2] = {Int32GetDatum(start->lease.row.job_id), Int64GetDatum(start->lease.row.run_id)};
	bool good = true;

	start->n = (int) jg_sql(&sql, values, NULL);
	start->run_ids = palloc(Max(start->n, 1) * sizeof(int64));
	start->job_ids = palloc(Max(start->n, 1) * sizeof(int32));
	start->parameters = palloc0(Max(start->n, 1) * sizeof(Datum));
	for (int i = 0; i < start->n && good; i++)
	{
		bool isnull;
		Datum schema = jg_sql_datum(i, 2, &isnull);

		start->job_ids[i] = jg_sql_int32(i, 1);
		if (!isnull)
			good = bind(start, i, schema, jg_sql_datum(i, 3, &(bool){false}), jg_sql_text(i, 4));
	}
}

/* Wide rows of the steps [first, next), all of one partition. */
static void
write_wide(const Start *start, Oid partition, int first, int next)
{
	static JgPartitionSql sql = {
		.text =
			"insert into %s (run_id, job_id, tenant_id, version, submitted_at, business_date, source, queue, priority,"
			" submitted_by, actor, root_run, parent_run, labels, traceparent, parameters)"
			" select u.run_id, j.job_id, r.tenant_id, j.version, $4, r.business_date, 'workflow', j.queue, j.priority,"
			" r.submitted_by, r.actor, $5, r.run_id, r.labels, r.traceparent,"
			" coalesce(u.parameters, nullif(coalesce(r.parameters, '{}') || j.parameters, '{}'))"
			" from jobgrid_engine.any_run r cross join unnest($1, $2, $3) u(run_id, job_id, parameters)"
			" join jobgrid.job j on j.job_id = u.job_id where r.run_id = $6",
		.nargs = 6,
		.types = {INT8ARRAYOID, INT4ARRAYOID, JSONBARRAYOID, TIMESTAMPTZOID, INT8OID, INT8OID}};
	JgArray parameters = jg_array(JSONBOID, next - first);
	Datum values[6] = {jg_array_int8(&start->run_ids[first], next - first),
					   jg_array_int4(&start->job_ids[first], next - first),
					   (Datum) 0,
					   TimestampTzGetDatum(start->lease.started_at),
					   Int64GetDatum(start->root_run),
					   Int64GetDatum(start->lease.row.run_id)};

	for (int i = first; i < next; i++)
	{
		if (start->parameters[i] != 0)
			jg_array_add(&parameters, start->parameters[i]);
		else
			jg_array_add_null(&parameters);
	}
	values[2] = jg_array_datum(&parameters);
	if (jg_sql_partition(&sql, partition, values, NULL) != (uint64) (next - first))
		elog(ERROR, "not all of %d steps of run %lld were made", next - first, (long long) start->lease.row.run_id);
}

#define LANE_JOIN JG_LANE_JOIN("$4", "j.executor")

/* One narrow row each: held steps are parked, the others wait for the scheduler to look at them. */
static void
write_narrow(const Start *start)
{
	static JgSql sql = {
		.text =
			"with step as (select u.run_id, p.rank::bigint, $3::timestamptz as since, j.job_id, t.tenant_id, l.lane_id,"
			"  $5::date as business_date, j.held from unnest($1, $2) u(run_id, job_id)"
			"  join jobgrid.job j on j.job_id = u.job_id join jobgrid.tenant t on t.name = j.tenant"
			"  join jobgrid.priority_level p on p.name = j.priority" LANE_JOIN "),"
			" parked as (insert into jobgrid_engine.parked (run_id, rank, since, job_id, tenant_id, lane_id,"
			"   business_date, state, reason)"
			"  select run_id, rank, since, job_id, tenant_id, lane_id, business_date, 'held', 'operator' from step where held)"
			" insert into jobgrid_engine.pending (run_id, rank, since, job_id, tenant_id, lane_id, business_date, state, reason)"
			" select run_id, rank, since, job_id, tenant_id, lane_id, business_date, 'waiting', 'condition'"
			" from step where not held",
		.nargs = 5,
		.types = {INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZOID, BOOLOID, DATEOID},
		.replan = true};
	Datum values[5] = {jg_array_int8(start->run_ids, start->n), jg_array_int4(start->job_ids, start->n),
					   TimestampTzGetDatum(start->lease.started_at), BoolGetDatum(jg_guc_mode == JG_MODE_SHADOW),
					   DateADTGetDatum(start->lease.row.business_date)};

	jg_sql(&sql, values, NULL);
}

static void
write_members(const Start *start)
{
	static JgSql members_sql = {.text = "insert into jobgrid_engine.member (scope, run_id, parent_run, job_id)"
										" select $3, u.run_id, $4, u.job_id from unnest($1, $2) u(run_id, job_id)",
								.nargs = 4,
								.types = {INT8ARRAYOID, INT4ARRAYOID, INT8OID, INT8OID}};
	static JgSql workflow_sql = {
		.text =
			"insert into jobgrid_engine.workflow_run (run_id, scope, root_run, deadline, job_id, members, unfinished,"
			" on_failure) values ($1, $2, $3, $4, $5, $6, $6, $7)",
		.nargs = 7,
		.types = {INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID, INT4OID, INT4OID, TEXTOID}};
	Datum run_id = Int64GetDatum(start->lease.row.run_id);
	Datum members[4] = {jg_array_int8(start->run_ids, start->n), jg_array_int4(start->job_ids, start->n),
						Int64GetDatum(start->scope), run_id};
	Datum workflow[7] = {run_id,
						 Int64GetDatum(start->scope),
						 Int64GetDatum(start->root_run),
						 TimestampTzGetDatum(start->deadline),
						 Int32GetDatum(start->lease.row.job_id),
						 Int32GetDatum(start->n),
						 start->on_failure};

	jg_sql(&members_sql, members, NULL);
	jg_sql(&workflow_sql, workflow, start->deadline != 0 ? "       " : "   n   ");
}

static void
write_steps(const Start *start)
{
	for (int first = 0; first < start->n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_await(JG_FAMILY_RUN, start->run_ids[first], &since, &until);
		int next = first;

		while (next < start->n && start->run_ids[next] >= since && start->run_ids[next] < until)
			next++;
		write_wide(start, partition, first, next);
		first = next;
	}
	if (start->n > 0)
		write_narrow(start);
	write_members(start);
}

/* Its steps would be wrong: it ends before it has begun. */
static void
refuse(const Start *start)
{
	JgEnd end = {.run_id = start->lease.row.run_id,
				 .job_id = start->lease.row.job_id,
				 .business_date = start->lease.row.business_date,
				 .from = JG_QUEUED,
				 .to = JG_FAILED,
				 .reason = "setup_failed",
				 .message = start->wrong,
				 .attempts = start->lease.row.attempt - 1,
				 .finished_at = start->lease.started_at};

	jg_finish(&end, 1, JG_ENGINE);
}

static void
begin(int64 run_id)
{
	Start start;

	read_start(run_id, &start);
	read_steps(&start);
	if (start.wrong != NULL)
	{
		refuse(&start);
		return;
	}
	jg_submit_ids(start.run_ids, start.n);
	jg_lease_insert(&start.lease, 1);
	write_steps(&start);
	if (start.n == 0)
		jg_workflow_look();
	jg_ring(JG_SCHEDULER);
}

static void
process(JgBatch *batch)
{
	for (int i = 0; i < batch->n; i++)
		begin(batch->run_ids[i]);
}

/* A workflow has at most so many steps in one batch with others; one with more has a transaction of its own. */
#define WORKFLOWS "20"

static JgBatch queued = {
	.unit = {.name = "starting workflows", .body = jg_batch_body},
	.place = "ready",
	.fresh =
		{.text =
			 "select run_id from (select r.run_id from jobgrid_engine.lane l"
			 "  join jobgrid_engine.ready r on r.lane_id = l.lane_id where l.kind = 'workflow' and l.open"
			 "  and not exists (select from jobgrid_engine.set_aside a where a.place = 'ready' and a.run_id = r.run_id)"
			 "  order by r.rank, r.run_id limit least($2, " WORKFLOWS ")) r where $1 is not null order by run_id",
		 .nargs = 2,
		 .types = {TIMESTAMPTZOID, INT4OID},
		 .replan = true},
	.again =
		{.text =
			 "select run_id from (select r.run_id from jobgrid_engine.set_aside a"
			 "  join jobgrid_engine.ready r on r.run_id = a.run_id join jobgrid_engine.lane l on l.lane_id = r.lane_id"
			 "  where a.place = 'ready' and a.until <= $1 and l.open order by a.until"
			 "  limit least($2, " WORKFLOWS ")) r order by run_id",
		 .nargs = 2,
		 .types = {TIMESTAMPTZOID, INT4OID},
		 .replan = true},
	.take = take,
	.process = process};

void
jg_workflows_start(void)
{
	jg_batch_drain(&queued);
}
