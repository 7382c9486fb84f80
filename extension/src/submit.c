/*
 * New runs: one wide row, one narrow row, and a bell at commit.
 *
 * A submission takes no lock that another could wait for: it makes no lane, judges no condition, counts nothing.
 * What it cannot place at once it leaves in `pending` to the scheduler.
 */
#include "submit.h"

#include "args.h"
#include "bell.h"
#include "business_day.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "errors.h"
#include "guc.h"
#include "identity.h"
#include "lane_make.h"
#include "narrow.h"
#include "partition.h"
#include "shmem.h"
#include "sql.h"
#include "submit_parameters.h"
#include "utils/builtins.h"

#define BATCH 5000

struct JgSubmitPlan
{
	const JgSubmission *submission;
	JgSubmitted *submitted;
	int64 rank;
	int32 lane_id;  /* 0 = the scheduler has to make it */
	Datum defaults; /* jsonb */
	bool has_schema;
	Datum schema; /* jsonb */
	JgTable table;
	JgNarrow narrow; /* what all its runs share */
};

enum
{
	JOB_ID = 1,
	TENANT_ID,
	TENANT,
	PRIORITY,
	RANK,
	QUEUE,
	PARAMETERS,
	SCHEMA,
	HELD,
	ENABLED,
	CONDITIONS,
	DATE,
	LANE,
	NAME,
	CALENDAR,
	NOTE
};

/* Raises the error for a name that means no job, or more than one: find_job() has the words. */
static void
pg_attribute_noreturn() refuse_job(const JgSubmission *submission)
{
	static JgSql sql = {.text = "select jobgrid_engine.find_job($1, $2)", .nargs = 2, .types = {TEXTOID, TEXTOID}};
	Datum values[2] = {0};
	char nulls[3] = "  ";

	if (submission->job == NULL)
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_FOUND), errmsg("the job of the run does not exist any more")));
	values[0] = CStringGetTextDatum(submission->job);
	if (submission->tenant)
		values[1] = CStringGetTextDatum(submission->tenant);
	else
		nulls[1] = 'n';
	jg_sql(&sql, values, nulls);
	/* It was made or renamed between the two statements. */
	ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					errmsg("job \"%s\" changed while it was looked up", jg_clip(submission->job)),
					errhint("Repeat the transaction.")));
}

#define LANE_JOIN JG_LANE_JOIN("$6", "coalesce($5, j.executor)")

/* Leaves the job's row as the SPI result. */
static void
find_job(const JgSubmission *submission)
{
	static JgSql sql = {
		.text =
			"select j.job_id, t.tenant_id, j.tenant, p.name, p.rank::bigint, j.queue, j.parameters,"
			" nullif(j.parameter_schema, '{}'), j.held, j.enabled,"
			" " JG_JOB_WAITS(
				"j") ","
					 " (($7 at time zone coalesce(a.time_zone, t.time_zone, $9)) - coalesce(a.roll_time, '00:00'))::date,"
					 " l.lane_id, j.full_name, coalesce(a.calendar, t.default_calendar),"
					 " case when j.taken_out then 'the job is taken out: its runs are skipped' when j.bypassed"
					 "  then 'the job is bypassed: its runs succeed without being executed' end"
					 " from jobgrid.job j join jobgrid.tenant t on t.name = j.tenant"
					 " left join jobgrid.application a on a.name = j.application"
					 " left join jobgrid.priority_level p on p.name = coalesce($4, j.priority)" LANE_JOIN
					 " where (j.full_name = $1 or j.job_id = $8) and ($2 is null or j.tenant = $2)"
					 "  and ($3 is null or t.tenant_id = any ($3))",
		.nargs = 9,
		.types = {TEXTOID, TEXTOID, INT4ARRAYOID, TEXTOID, TEXTOID, BOOLOID, TIMESTAMPTZOID, INT4OID, TEXTOID}};
	Datum values[9] = {0};
	char nulls[10] = "         ";
	const char *texts[5] = {submission->job, submission->tenant, NULL, submission->priority, submission->pin};
	bool everything;
	uint64 found;

	if (submission->by_engine)
		everything = true;
	else
		values[2] = jg_visible_tenants(&everything);
	for (int i = 0; i < 5; i++)
	{
		if (texts[i])
			values[i] = CStringGetTextDatum(texts[i]);
		else if (i != 2 || everything)
			nulls[i] = 'n';
	}
	values[5] = BoolGetDatum(jg_guc_mode == JG_MODE_SHADOW);
	values[6] = TimestampTzGetDatum(submission->now);
	values[7] = Int32GetDatum(submission->job_id);
	values[8] = CStringGetTextDatum(jg_guc_time_zone);
	found = jg_sql(&sql, values, nulls);
	if (found != 1)
		refuse_job(submission);
}

/* A run that is bound to a superseded version has the parameters and the schema of that one. */
static void
read_version(JgSubmitPlan *plan)
{
	static JgSql sql = {.text = "select v.definition -> 'parameters', nullif(v.definition -> 'parameter_schema', '{}')"
								" from jobgrid_engine.job_version v where v.job_id = $1 and v.version = $2",
						.nargs = 2,
						.types = {INT4OID, INT4OID}};
	Datum values[2] = {Int32GetDatum(plan->submitted->job_id), Int32GetDatum(plan->submission->version)};
	bool isnull;

	if (jg_sql(&sql, values, NULL) == 0)
		return;
	plan->defaults = jg_sql_datum(0, 1, &isnull);
	Assert(!isnull);
	plan->schema = jg_sql_datum(0, 2, &isnull);
	plan->has_schema = !isnull;
}

/* Where the runs go first, and why they do not start at once. */
static void
place(JgSubmitPlan *plan, bool held, bool conditions)
{
	const JgSubmission *submission = plan->submission;
	JgNarrow *row = &plan->narrow;

	row->unmet = conditions && !submission->ignore_conditions ? -1 : 0;
	row->state = JG_WAITING;
	if (held)
	{
		plan->table = JG_PARKED;
		row->state = JG_HELD;
		row->reason = "operator";
	}
	else if (submission->not_before > row->since)
	{
		plan->table = JG_DUE;
		row->reason = "not_before";
	}
	else if (row->unmet != 0)
	{
		plan->table = JG_PENDING;
		row->reason = "condition";
	}
	else if (row->lane_id == 0)
	{
		plan->table = JG_PENDING;
		row->reason = "placement";
	}
	else
	{
		plan->table = JG_READY;
		row->state = JG_QUEUED;
	}
}

static void
check_job(const char *priority, const char *asked, bool enabled, const char *job)
{
	if (priority == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID), errmsg("priority \"%s\" does not exist", jg_clip(asked ? asked : "")),
				 errhint("SELECT name FROM jobgrid.priority_level ORDER BY rank;")));
	if (!enabled)
		ereport(ERROR,
				(errcode(ERRCODE_JG_WRONG_STATE), errmsg("job \"%s\" is disabled", job),
				 errhint("UPDATE jobgrid.job SET enabled = true WHERE full_name = %s;", quote_literal_cstr(job))));
}

/* Each name makes a lane of its own, for good: only those of executors that have once connected. */
static void
require_executor(const char *name)
{
	static JgSql find_sql = {
		.text = "select from jobgrid_engine.executor where name = $1", .nargs = 1, .types = {TEXTOID}};
	static JgSql near_sql = {
		.text = "select jobgrid_engine.closest($1, array(select e.name from jobgrid_engine.executor e))",
		.nargs = 1,
		.types = {TEXTOID}};
	Datum value = CStringGetTextDatum(name);
	char *near;

	if (jg_sql(&find_sql, &value, NULL) > 0)
		return;
	jg_sql(&near_sql, &value, NULL);
	near = jg_sql_text(0, 1);
	ereport(ERROR, (errcode(ERRCODE_JG_NOT_FOUND), errmsg("no executor \"%s\" has ever connected", jg_clip(name)),
					near ? errhint("Did you mean \"%s\"?", near)
						 : errhint("List executors with: SELECT executor, state FROM jobgrid.executor;")));
}

JgSubmitPlan *
jg_submit_plan(const JgSubmission *submission, JgSubmitted *submitted)
{
	JgSubmitPlan *plan = palloc0(sizeof(JgSubmitPlan));
	bool isnull;
	bool held;
	bool conditions;
	DateADT today;
	char *calendar;
	char *note;

	jg_control_require();
	find_job(submission);
	submitted->job = jg_sql_text(0, NAME);
	submitted->priority = jg_sql_text(0, PRIORITY);
	check_job(submitted->priority, submission->priority, submission->by_engine || jg_sql_bool(0, ENABLED),
			  submitted->job);
	submitted->job_id = jg_sql_int32(0, JOB_ID);
	submitted->tenant_id = jg_sql_int32(0, TENANT_ID);
	submitted->queue = jg_sql_text(0, QUEUE);
	today = DatumGetDateADT(jg_sql_datum(0, DATE, &isnull));
	calendar = jg_sql_text(0, CALENDAR);
	note = jg_sql_text(0, NOTE);
	plan->submission = submission;
	plan->submitted = submitted;
	plan->defaults = jg_sql_datum(0, PARAMETERS, &isnull);
	plan->schema = jg_sql_datum(0, SCHEMA, &isnull);
	plan->has_schema = !isnull && !submission->by_engine;
	held = jg_sql_bool(0, HELD);
	conditions = jg_sql_bool(0, CONDITIONS);
	plan->narrow.rank = jg_sql_int64(0, RANK);
	plan->narrow.lane_id = jg_sql_int32(0, LANE);
	plan->narrow.since = submission->now;
	plan->narrow.due_at = submission->not_before;
	if (submission->has_business_date)
		submitted->business_date = submission->business_date;
	else
		submitted->business_date = jg_business_day(calendar ? jg_calendar_load(calendar) : NULL, today);
	plan->narrow.job_id = submitted->job_id;
	plan->narrow.tenant_id = submitted->tenant_id;
	plan->narrow.business_date = submitted->business_date;
	if (submission->version != 0)
		read_version(plan);
	place(plan, held, conditions);
	submitted->state = jg_state_name(plan->narrow.state);
	submitted->reason = plan->narrow.reason;
	submitted->note = pg_atomic_read_u32(&jg_shared->held) == JG_HELD_YES
						  ? "the database is held: nothing starts before unfreeze()"
						  : note;
	if (submission->pin)
		require_executor(submission->pin);
	return plan;
}

void
jg_submit_ids(int64 *run_ids, int n)
{
	Oid sequence = jg_engine_relation("run_id_seq");
	int64 since;
	int64 until = 0;

	for (int i = 0; i < n; i++)
	{
		run_ids[i] = nextval_internal(sequence, false);
		if (run_ids[i] >= until)
			(void) jg_partition_await(JG_FAMILY_RUN, run_ids[i], &since, &until);
	}
}

static void
insert_runs(Oid partition, const JgSubmitPlan *plan, const int64 *run_ids, const Datum *parameters,
			const bool *no_parameters, int n)
{
	static JgPartitionSql sql = {
		.text = "insert into %s (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority,"
				" submitted_by, actor, pin, labels, traceparent, version, rerun_of, root_run, parent_run, parameters)"
				" select u.run_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $19,"
				" nullif($18 || coalesce(u.parameters, '{}'), '{}') from unnest($1, $2) u(run_id, parameters)",
		.nargs = 19,
		.types = {INT8ARRAYOID, JSONBARRAYOID, INT4OID, INT4OID, TIMESTAMPTZOID, DATEOID, TEXTOID, TEXTOID, TEXTOID,
				  TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, INT4OID, INT8OID, INT8OID, JSONBOID, INT8OID}};
	const JgSubmission *submission = plan->submission;
	const JgSubmitted *submitted = plan->submitted;
	const char *texts[8] = {submission->source,
							submitted->queue,
							submitted->priority,
							jg_session_role(),
							jg_act_as(),
							submission->pin,
							NULL,
							submission->traceparent};
	JgArray values_of_runs = jg_array(JSONBOID, n);
	Datum values[19];
	char nulls[20] = "                   ";

	for (int i = 0; i < n; i++)
	{
		if (no_parameters == NULL || parameters == NULL || no_parameters[i])
			jg_array_add_null(&values_of_runs);
		else
			jg_array_add(&values_of_runs, parameters[i]);
	}
	values[0] = jg_array_int8(run_ids, n);
	values[1] = jg_array_datum(&values_of_runs);
	values[2] = Int32GetDatum(submitted->job_id);
	values[3] = Int32GetDatum(submitted->tenant_id);
	values[4] = TimestampTzGetDatum(plan->narrow.since);
	values[5] = DateADTGetDatum(submitted->business_date);
	for (int i = 0; i < 8; i++)
	{
		if (texts[i])
			values[6 + i] = CStringGetTextDatum(texts[i]);
		else
			nulls[6 + i] = 'n';
	}
	values[12] = submission->labels;
	nulls[12] = submission->has_labels ? ' ' : 'n';
	values[14] = Int32GetDatum(submission->version);
	nulls[14] = submission->version ? ' ' : 'n';
	values[15] = Int64GetDatum(submission->rerun_of);
	nulls[15] = submission->rerun_of ? ' ' : 'n';
	values[16] = Int64GetDatum(submission->root_run);
	nulls[16] = submission->root_run ? ' ' : 'n';
	values[17] = plan->defaults;
	values[18] = Int64GetDatum(submission->parent_run);
	nulls[18] = submission->parent_run ? ' ' : 'n';
	jg_sql_partition(&sql, partition, values, nulls);
}

void
jg_submit_runs(const JgSubmitPlan *plan, const int64 *run_ids, const Datum *parameters, const bool *no_parameters,
			   int n)
{
	if (plan->has_schema)
	{
		parameters = jg_submit_bind(plan->submission, plan->submitted, plan->schema, plan->defaults, parameters,
									no_parameters, n);
		no_parameters = palloc0(n * sizeof(bool));
	}
	for (int first = 0; first < n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_await(JG_FAMILY_RUN, run_ids[first], &since, &until);
		JgNarrow *rows = palloc(Min(n - first, BATCH) * sizeof(JgNarrow));
		int count = 0;

		while (first + count < n && count < BATCH && run_ids[first + count] >= since && run_ids[first + count] < until)
		{
			rows[count] = plan->narrow;
			rows[count].run_id = run_ids[first + count];
			count++;
		}
		insert_runs(partition, plan, &run_ids[first], parameters ? &parameters[first] : NULL,
					no_parameters ? &no_parameters[first] : NULL, count);
		jg_narrow_insert(plan->table, rows, count);
		pfree(rows);
		first += count;
	}
}

JgNarrow
jg_submit_wide(const JgSubmitPlan *plan, int64 run_id)
{
	int64 since;
	int64 until;
	JgNarrow row = plan->narrow;

	insert_runs(jg_partition_await(JG_FAMILY_RUN, run_id, &since, &until), plan, &run_id, NULL, NULL, 1);
	row.run_id = run_id;
	row.due_at = 0;
	row.unmet = 0;
	return row;
}
