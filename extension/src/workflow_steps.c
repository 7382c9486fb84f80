/*
 * Runs of steps: their wide and narrow rows, made by a few statements for all of them. Steps are bound to the versions that
 * their definitions have now; they have what the workflow's run has, and what they say themselves wins.
 */
#include "workflow_steps.h"

#include "catalog/pg_type.h"
#include "guc.h"
#include "lane_make.h"
#include "parameter.h"
#include "partition.h"
#include "sql.h"
#include "submit.h"

/* What a step's schema makes of its parameters. False: it refuses them. */
static bool
bind(JgSteps *steps, int i, Datum schema, Datum parameters, const char *step)
{
	JgParameterProblem problem;
	const JgParameterRules *rules = jg_parameter_rules_of(steps->job_ids[i], schema, &problem);

	if (rules != NULL && jg_parameters_obey(rules, parameters, true, &problem))
	{
		steps->parameters[i] = jg_parameters_filled(rules, parameters);
		return true;
	}
	steps->wrong = psprintf("step \"%s\": %s", step, problem.message);
	return false;
}

void
jg_steps_bind(JgSteps *steps)
{
	static JgSql sql = {.text =
							"select u.n, s.parameter_schema, coalesce(r.parameters, '{}') || s.parameters, s.name"
							" from unnest($1) with ordinality u(job_id, n) join jobgrid.job s on s.job_id = u.job_id"
							" cross join jobgrid_engine.any_run r where r.run_id = $2 and s.parameter_schema <> '{}'",
						.nargs = 2,
						.types = {INT4ARRAYOID, INT8OID}};
	Datum values[2] = {jg_array_int4(steps->job_ids, steps->n), Int64GetDatum(steps->parent_run)};
	int n = (int) jg_sql(&sql, values, NULL);

	steps->run_ids = palloc(Max(steps->n, 1) * sizeof(int64));
	steps->parameters = palloc0(Max(steps->n, 1) * sizeof(Datum));
	for (int i = 0; i < n; i++)
	{
		bool isnull;

		if (!bind(steps, (int) jg_sql_int64(i, 1) - 1, jg_sql_datum(i, 2, &isnull), jg_sql_datum(i, 3, &isnull),
				  jg_sql_text(i, 4)))
			return;
	}
}

/* Wide rows of the steps [first, next), all of one partition. */
static void
write_wide(const JgSteps *steps, Oid partition, int first, int next)
{
	static JgPartitionSql sql = {
		.text =
			"insert into %s (run_id, job_id, tenant_id, version, submitted_at, business_date, source, queue, priority,"
			" submitted_by, actor, root_run, parent_run, rerun_of, labels, traceparent, parameters)"
			" select u.run_id, j.job_id, r.tenant_id, j.version, $4, r.business_date, 'workflow', j.queue, j.priority,"
			" r.submitted_by, r.actor, $5, r.run_id, nullif(u.rerun_of, 0), r.labels, r.traceparent,"
			" coalesce(u.parameters, nullif(coalesce(r.parameters, '{}') || j.parameters, '{}'))"
			" from jobgrid_engine.any_run r cross join unnest($1, $2, $3, $7) u(run_id, job_id, parameters, rerun_of)"
			" join jobgrid.job j on j.job_id = u.job_id where r.run_id = $6",
		.nargs = 7,
		.types = {INT8ARRAYOID, INT4ARRAYOID, JSONBARRAYOID, TIMESTAMPTZOID, INT8OID, INT8OID, INT8ARRAYOID}};
	JgArray parameters = jg_array(JSONBOID, next - first);
	JgArray before = jg_array(INT8OID, next - first);
	Datum values[7] = {jg_array_int8(&steps->run_ids[first], next - first),
					   jg_array_int4(&steps->job_ids[first], next - first),
					   (Datum) 0,
					   TimestampTzGetDatum(steps->now),
					   Int64GetDatum(steps->root_run),
					   Int64GetDatum(steps->parent_run)};

	for (int i = first; i < next; i++)
	{
		if (steps->parameters[i] != 0)
			jg_array_add(&parameters, steps->parameters[i]);
		else
			jg_array_add_null(&parameters);
		jg_array_add(&before, Int64GetDatum(steps->rerun_of != NULL ? steps->rerun_of[i] : 0));
	}
	values[6] = jg_array_datum(&before);
	values[2] = jg_array_datum(&parameters);
	if (jg_sql_partition(&sql, partition, values, NULL) != (uint64) (next - first))
		elog(ERROR, "not all of %d steps of run %lld were made", next - first, (long long) steps->parent_run);
}

#define LANE_JOIN JG_LANE_JOIN("$4", "j.executor")

/* One narrow row each: held steps are parked, the others wait for the scheduler to look at them. */
static void
write_narrow(const JgSteps *steps)
{
	static JgSql sql = {
		.text =
			"with step as (select u.run_id, p.rank::bigint, $3::timestamptz as since, j.job_id, t.tenant_id, l.lane_id,"
			"  $5::date as business_date, j.held or j.auto_hold and not (j.taken_out or j.bypassed) as held,"
			"  case when j.held then 'operator' else 'auto_hold' end as reason from unnest($1, $2) u(run_id, job_id)"
			"  join jobgrid.job j on j.job_id = u.job_id join jobgrid.tenant t on t.name = j.tenant"
			"  join jobgrid.priority_level p on p.name = j.priority" LANE_JOIN "),"
			" parked as (insert into jobgrid_engine.parked (run_id, rank, since, job_id, tenant_id, lane_id,"
			"   business_date, state, reason)"
			"  select run_id, rank, since, job_id, tenant_id, lane_id, business_date, 'held', reason from step where held)"
			" insert into jobgrid_engine.pending (run_id, rank, since, job_id, tenant_id, lane_id, business_date, state, reason)"
			" select run_id, rank, since, job_id, tenant_id, lane_id, business_date, 'waiting', 'condition'"
			" from step where not held",
		.nargs = 5,
		.types = {INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZOID, BOOLOID, DATEOID},
		.indexed = true};
	Datum values[5] = {jg_array_int8(steps->run_ids, steps->n), jg_array_int4(steps->job_ids, steps->n),
					   TimestampTzGetDatum(steps->now), BoolGetDatum(jg_guc_mode == JG_MODE_SHADOW),
					   DateADTGetDatum(steps->business_date)};

	jg_sql(&sql, values, NULL);
}

void
jg_steps_write(const JgSteps *steps)
{
	Assert(steps->wrong == NULL);
	if (steps->n == 0)
		return;
	jg_submit_ids(steps->run_ids, steps->n);
	for (int first = 0; first < steps->n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_await(JG_FAMILY_RUN, steps->run_ids[first], &since, &until);
		int next = first;

		while (next < steps->n && steps->run_ids[next] >= since && steps->run_ids[next] < until)
			next++;
		write_wide(steps, partition, first, next);
		first = next;
	}
	write_narrow(steps);
}
