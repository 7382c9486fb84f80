/*
 * Plans from the database: which steps there are, what they wait for and how far they are is said by plan_steps() and
 * plan_waits(); here they become numbers. It reads, and locks nothing.
 */
#include "plan_read.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "sql.h"

static int
compare_ids(const void *a, const void *b)
{
	int32 x = *(const int32 *) a;
	int32 y = *(const int32 *) b;

	return (x > y) - (x < y);
}

int
jg_plan_place(const JgPlanned *planned, int32 job_id)
{
	const int32 *found = bsearch(&job_id, planned->job_ids, planned->n, sizeof(int32), compare_ids);

	return found == NULL ? -1 : (int) (found - planned->job_ids);
}

/* A moment that is null is none. */
static int64
moment(const JgPlanned *planned, uint64 row, int column)
{
	bool isnull;
	Datum value = jg_sql_datum(row, column, &isnull);

	return isnull ? JG_PLAN_NOT : DatumGetTimestampTz(value) - planned->began;
}

static void
read_steps(int32 root_job, int64 root_run, JgPlanned *planned)
{
	static JgSql sql = {
		.text = "select s.job_id, coalesce(s.parent_id, 0), s.kind = 'workflow', s.started_at, s.ended_at, s.due_at,"
				" s.least_after, s.least_text, min(case when s.parent_id is null then s.started_at end) over ()"
				" from jobgrid_engine.plan_steps($1, $2) s order by s.job_id",
		.nargs = 2,
		.types = {INT4OID, INT8OID},
		.replan = true};
	Datum values[2] = {Int32GetDatum(root_job), Int64GetDatum(root_run)};
	TimestampTz now = jg_now();
	bool isnull;

	planned->n = (int) jg_sql(&sql, values, root_run != 0 ? "  " : " n");
	if (planned->n == 0)
		elog(ERROR, "job %d has no plan", root_job);
	planned->job_ids = palloc(planned->n * sizeof(int32));
	planned->steps = palloc(planned->n * sizeof(JgPlanStep));
	planned->actual = palloc(planned->n * sizeof(JgPlanTimes));
	planned->floors = palloc0(planned->n * sizeof(JgPlanSpan));
	planned->is_run = root_run != 0;
	planned->began = DatumGetTimestampTz(jg_sql_datum(0, 9, &isnull));
	if (isnull)
		planned->began = now;
	planned->now = Max(now - planned->began, 0);
	for (int i = 0; i < planned->n; i++)
		planned->job_ids[i] = jg_sql_int32(i, 1);
	for (int i = 0; i < planned->n; i++)
	{
		int64 due = moment(planned, i, 6);

		planned->steps[i] = (JgPlanStep){.parent = jg_plan_place(planned, jg_sql_int32(i, 2)),
										 .workflow = jg_sql_bool(i, 3),
										 .least = {jg_sql_int32(i, 7), jg_sql_int32(i, 8)}};
		planned->actual[i] = (JgPlanTimes){moment(planned, i, 4), moment(planned, i, 5)};
		if (due != JG_PLAN_NOT && due < PG_INT64_MAX / 2)
			planned->floors[i].wait = Max(due - planned->now, 0);
	}
}

static void
read_waits(JgPlanned *planned)
{
	static JgSql sql = {.text = "select w.job_id, w.upstream_id, w.part from jobgrid_engine.plan_waits($1) w",
						.nargs = 1,
						.types = {INT4ARRAYOID},
						.replan = true};
	Datum value = jg_array_int4(planned->job_ids, planned->n);
	int n = (int) jg_sql(&sql, &value, NULL);
	JgPlanWait *waits = palloc(Max(n, 1) * sizeof(JgPlanWait));

	for (int i = 0; i < n; i++)
		waits[i] = (JgPlanWait){jg_plan_place(planned, jg_sql_int32(i, 1)), jg_plan_place(planned, jg_sql_int32(i, 2)),
								jg_sql_int32(i, 3)};
	planned->plan = jg_plan_make(planned->steps, planned->n, waits, n);
	if (planned->plan == NULL)
		elog(ERROR, "%d steps with %d waits are no plan", planned->n, n);
}

void
jg_plan_read(int32 root_job, int64 root_run, JgPlanned *planned)
{
	read_steps(root_job, root_run, planned);
	read_waits(planned);
}
