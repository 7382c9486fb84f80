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

#define MOST 1000         /* workflows that end in one transaction */
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
	/* A box stops those that say so; natively who is to succeed, or to finish, stops nobody. */
	static JgSql sql = {
		.text = "select run_id, case when stopping in ('finish', 'succeeds_if') then 0 when autosys then 1 else 2 end"
				" from jobgrid_engine.workflow_run where stopping is not null and not stopped and unfinished > 0"
				" order by run_id limit 100"};
	static JgSql done_sql = {.text = "update jobgrid_engine.workflow_run set stopped = true where run_id = $1",
							 .nargs = 1,
							 .types = {INT8OID}};
	int n = (int) jg_sql(&sql, NULL, NULL);
	int64 *run_ids = palloc(Max(n, 1) * sizeof(int64));
	JgStopping *running = palloc(Max(n, 1) * sizeof(JgStopping));
	bool *again = arg;

	for (int i = 0; i < n; i++)
	{
		run_ids[i] = jg_sql_int64(i, 1);
		running[i] = (JgStopping) jg_sql_int32(i, 2);
	}
	for (int i = 0; i < n; i++)
	{
		Datum value = Int64GetDatum(run_ids[i]);

		if (jg_workflow_stop(run_ids[i], running[i], JG_PASS_OVER, JG_ENGINE) == 0)
			jg_sql(&done_sql, &value, NULL);
		else
			*again = true;
	}
}

/* A workflow that may end, whose lease nobody else has locked. */
typedef struct Over
{
	int64 run_id;
	int32 attempt;
	int64 fence;
	bool cancelled;
	bool autosys;
	char *stopping;
	char *succeeds_if;
	char *fails_if;
} Over;

typedef struct Outcome
{
	bool
		none; /* it does not end: what it says of itself does not hold, and the default for the other does not either */
	JgState state;
	const char *reason;
	const char *why;
} Outcome;

/* What its steps make of a workflow. */
static Outcome
outcome_of_steps(int64 run_id)
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
	Outcome failed = {.state = JG_FAILED, .reason = "member_failed"};

	if (jg_sql(&sql, &value, NULL) == 0)
		return (Outcome){.state = JG_SUCCEEDED, .why = "no step failed"};
	if (jg_sql_int64(0, 3) > 1)
		failed.why =
			psprintf("%lld steps failed, the first was \"%s\"", (long long) jg_sql_int64(0, 3), jg_sql_text(0, 1));
	else
		failed.why = psprintf("step \"%s\" %s", jg_sql_text(0, 1),
							  strcmp(jg_sql_text(0, 2), "failed") == 0 ? "failed" : "was cancelled");
	return failed;
}

static Outcome
outcome_of(const Over *over)
{
	static const struct
	{
		const char *stopping;
		Outcome outcome;
	} decided[] = {{"timeout", {.state = JG_FAILED, .reason = "timeout", .why = "timeout of the workflow"}},
				   {"terminator", {.state = JG_FAILED, .reason = "terminator", .why = "a step that stops it failed"}},
				   {"fails_if", {.state = JG_FAILED, .reason = "fails_if", .why = "fails_if holds"}},
				   {"succeeds_if", {.state = JG_SUCCEEDED, .why = "succeeds_if holds"}}};
	Outcome of_steps;

	if (over->cancelled)
		return (Outcome){.state = JG_CANCELLED, .reason = "operator", .why = "cancelled"};
	for (int i = 0; over->stopping != NULL && i < (int) lengthof(decided); i++)
		if (strcmp(over->stopping, decided[i].stopping) == 0)
			return decided[i].outcome;
	of_steps = outcome_of_steps(over->run_id);
	if (over->succeeds_if == NULL && over->fails_if == NULL)
		return of_steps;
	/* Of the two, the default holds for the one that is not given. */
	if (of_steps.state == JG_SUCCEEDED ? over->succeeds_if == NULL : over->fails_if == NULL)
		return of_steps;
	if (over->autosys)
		return (Outcome){.none = true};
	return over->succeeds_if != NULL
			   ? (Outcome){.state = JG_FAILED, .reason = "succeeds_if", .why = "succeeds_if does not hold"}
			   : (Outcome){.state = JG_SUCCEEDED, .why = "fails_if does not hold"};
}

static void
end_one(const Over *over)
{
	static JgSql forget_sql = {
		.text = "with w as (delete from jobgrid_engine.workflow_run where run_id = $1 returning run_id, scope)"
				" delete from jobgrid_engine.member m using w where w.scope = w.run_id and m.scope = w.scope",
		.nargs = 1,
		.types = {INT8OID}};
	static JgSql atoms_sql = {.text = "with a as (delete from jobgrid_engine.pending_on where run_id = $1)"
									  " delete from jobgrid_engine.pending_condition where run_id = $1",
							  .nargs = 1,
							  .types = {INT8OID}};
	Datum value = Int64GetDatum(over->run_id);
	Outcome outcome = outcome_of(over);

	if (outcome.none)
		return;
	if (!jg_end_lease_as(over->run_id, over->attempt, over->fence, outcome.state, outcome.reason, outcome.why,
						 outcome.state == JG_FAILED ? outcome.why : NULL, 0, false, false))
		elog(ERROR, "the lease of workflow run %lld is gone", (long long) over->run_id);
	jg_sql(&forget_sql, &value, NULL);
	if (over->succeeds_if != NULL || over->fails_if != NULL)
		jg_sql(&atoms_sql, &value, NULL);
}

/* A box that is terminated, or whose own conditions have decided, does not wait for what it does not stop. */
#define OVER                                                                                             \
	"(w.unfinished = 0 or w.autosys and w.stopped and w.stopping in ('terminator', 'cancel', 'timeout'," \
	" 'succeeds_if', 'fails_if'))"

static void
end_workflows(void *arg)
{
	static JgSql sql = {.text = "select w.run_id, l.attempt, l.fence, l.cancel_by is not null, w.autosys, w.stopping,"
								" w.succeeds_if, w.fails_if"
								" from jobgrid_engine.workflow_run w join jobgrid_engine.lease l on l.run_id = w.run_id"
								" where " OVER " order by w.run_id limit $1 for update of l skip locked",
						.nargs = 1,
						.types = {INT4OID}};
	static JgSql left_sql = {.text = "select from jobgrid_engine.workflow_run w where " OVER
									 " and w.run_id <> all ($1) limit 1",
							 .nargs = 1,
							 .types = {INT8ARRAYOID}};
	Datum most = Int32GetDatum(MOST);
	int n = (int) jg_sql(&sql, &most, NULL);
	Over *over = palloc(Max(n, 1) * sizeof(Over));
	int64 *run_ids = palloc(Max(n, 1) * sizeof(int64));
	bool *again = arg;
	Datum value;

	for (int i = 0; i < n; i++)
	{
		over[i] = (Over){.run_id = jg_sql_int64(i, 1),
						 .attempt = jg_sql_int32(i, 2),
						 .fence = jg_sql_int64(i, 3),
						 .cancelled = jg_sql_bool(i, 4),
						 .autosys = jg_sql_bool(i, 5),
						 .stopping = jg_sql_text(i, 6),
						 .succeeds_if = jg_sql_text(i, 7),
						 .fails_if = jg_sql_text(i, 8)};
		run_ids[i] = over[i].run_id;
	}
	for (int i = 0; i < n; i++)
		end_one(&over[i]);
	value = jg_array_int8(run_ids, n);
	*again = *again || jg_sql(&left_sql, &value, NULL) > 0;
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
