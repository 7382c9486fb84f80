/*
 * Workflows come to an end: when none of their steps is left. Before that, what must not go on is stopped.
 *
 * jg_workflow_look() says that there may be something; a scheduler that starts looks once.
 */
#include "workflow.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "report.h"
#include "scheduler.h"
#include "sql.h"

#define LOOK_AGAIN_MS 200 /* where somebody else's transaction is in the way */

static bool look = true;

void
jg_workflow_look(void)
{
	look = true;
}

bool
jg_workflow_may_stop(void)
{
	return look;
}

/* Time is over for some; the next moment at which it is for others. */
static void
pass_deadlines(void *arg)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.workflow_run set deadline = null, stopped = false, stopping = 'timeout'"
				" where deadline <= $1",
		.nargs = 1,
		.types = {TIMESTAMPTZOID}};
	static JgSql next_sql = {.text =
								 "select min(deadline) from jobgrid_engine.workflow_run where deadline is not null"};
	Datum now = TimestampTzGetDatum(jg_now());
	bool isnull;
	Datum next;

	if (jg_sql(&sql, &now, NULL) > 0)
		jg_workflow_look();
	jg_sql(&next_sql, NULL, NULL);
	next = jg_sql_datum(0, 1, &isnull);
	if (!isnull)
		jg_worker_wake_at(DatumGetTimestampTz(next));
}

/* Stops what is to be stopped. */
static void
stop_steps(void *arg)
{
	static JgSql sql = {.text =
							"select run_id, stopping <> 'finish' from jobgrid_engine.workflow_run"
							" where stopping is not null and not stopped and unfinished > 0 order by run_id limit 100"};
	static JgSql done_sql = {.text = "update jobgrid_engine.workflow_run set stopped = true where run_id = $1",
							 .nargs = 1,
							 .types = {INT8OID}};
	int n = (int) jg_sql(&sql, NULL, NULL);
	int64 *run_ids = palloc(Max(n, 1) * sizeof(int64));
	bool *leases = palloc(Max(n, 1) * sizeof(bool));
	bool *again = arg;

	for (int i = 0; i < n; i++)
	{
		run_ids[i] = jg_sql_int64(i, 1);
		leases[i] = jg_sql_bool(i, 2);
	}
	for (int i = 0; i < n; i++)
	{
		Datum value = Int64GetDatum(run_ids[i]);

		if (jg_workflow_stop(run_ids[i], leases[i], JG_PASS_OVER, JG_ENGINE) == 0)
			jg_sql(&done_sql, &value, NULL);
		else
			*again = true;
	}
}

/* What its steps make of a workflow. */
static JgState
outcome_of(int64 run_id, const char *stopping, bool cancelled, const char **reason, const char **why)
{
	static JgSql sql = {.text =
							"select j.name, m.state, count(*) over () from jobgrid_engine.workflow_run w"
							" join jobgrid_engine.member m on m.scope = w.scope and m.parent_run = w.run_id"
							" join jobgrid.job j on j.job_id = m.job_id"
							" where w.run_id = $1 and m.state in ('failed', 'cancelled') and j.when_failed <> 'ignore'"
							" order by m.ended_at limit 1",
						.nargs = 1,
						.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);

	*reason = NULL;
	if (cancelled)
	{
		*reason = "operator";
		*why = "cancelled";
		return JG_CANCELLED;
	}
	if (stopping != NULL && strcmp(stopping, "timeout") == 0)
	{
		*reason = "timeout";
		*why = "timeout of the workflow";
		return JG_FAILED;
	}
	if (jg_sql(&sql, &value, NULL) == 0)
	{
		*why = "no step failed";
		return JG_SUCCEEDED;
	}
	*reason = "member_failed";
	*why = jg_sql_int64(0, 3) == 1
			   ? psprintf("step \"%s\" %s", jg_sql_text(0, 1),
						  strcmp(jg_sql_text(0, 2), "failed") == 0 ? "failed" : "was cancelled")
			   : psprintf("%lld steps failed, the first was \"%s\"", (long long) jg_sql_int64(0, 3), jg_sql_text(0, 1));
	return JG_FAILED;
}

/* A workflow without steps left, whose lease nobody else has locked. */
typedef struct Over
{
	int64 run_id;
	int32 attempt;
	int64 fence;
	bool cancelled;
	char *stopping;
} Over;

static void
end_one(const Over *over)
{
	static JgSql forget_sql = {
		.text = "with w as (delete from jobgrid_engine.workflow_run where run_id = $1 returning run_id, scope)"
				" delete from jobgrid_engine.member m using w where w.scope = w.run_id and m.scope = w.scope",
		.nargs = 1,
		.types = {INT8OID}};
	Datum value = Int64GetDatum(over->run_id);
	const char *reason;
	const char *why;
	JgState outcome = outcome_of(over->run_id, over->stopping, over->cancelled, &reason, &why);

	if (!jg_end_lease_as(over->run_id, over->attempt, over->fence, outcome, reason, why,
						 outcome == JG_FAILED ? why : NULL, 0, false, false))
		elog(ERROR, "the lease of workflow run %lld is gone", (long long) over->run_id);
	jg_sql(&forget_sql, &value, NULL);
}

static void
end_workflows(void *arg)
{
	static JgSql sql = {.text = "select w.run_id, l.attempt, l.fence, l.cancel_by is not null, w.stopping"
								" from jobgrid_engine.workflow_run w join jobgrid_engine.lease l on l.run_id = w.run_id"
								" where w.unfinished = 0 order by w.run_id limit 100 for update of l skip locked"};
	static JgSql left_sql = {.text = "select from jobgrid_engine.workflow_run where unfinished = 0 limit 1"};
	int n = (int) jg_sql(&sql, NULL, NULL);
	Over *over = palloc(Max(n, 1) * sizeof(Over));
	bool *again = arg;

	for (int i = 0; i < n; i++)
		over[i] = (Over){.run_id = jg_sql_int64(i, 1),
						 .attempt = jg_sql_int32(i, 2),
						 .fence = jg_sql_int64(i, 3),
						 .cancelled = jg_sql_bool(i, 4),
						 .stopping = jg_sql_text(i, 5)};
	for (int i = 0; i < n; i++)
		end_one(&over[i]);
	*again = *again || jg_sql(&left_sql, NULL, NULL) > 0;
}

void
jg_workflows_end(void)
{
	static JgUnit deadlines = {.name = "looking for workflows whose time is over", .body = pass_deadlines};
	static JgUnit stops = {.name = "stopping steps of workflows", .body = stop_steps};
	static JgUnit ends = {.name = "ending workflows", .body = end_workflows};
	bool again = false;

	jg_unit_run(&deadlines, NULL);
	if (!look)
		return;
	look = false;
	if (jg_unit_run(&stops, &again) != JG_UNIT_DONE || jg_unit_run(&ends, &again) != JG_UNIT_DONE)
		look = true;
	if (again)
	{
		look = true;
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), LOOK_AGAIN_MS));
	}
}
