/*
 * Ends: each sets the latch of its job, its step of a workflow, and the conditions of the runs that wait for it; those that
 * wait for nothing any more are queued. The rows of `ended` go in the same commit, so that a crash repeats all of it or nothing.
 *
 * The last end wins, by the time of the end: one that commits late changes nothing that a later one has decided. An end
 * is put back for a while where one of the runs that wait for it is locked by somebody's open transaction (a cancel,
 * a hold): the scheduler never waits for a user, and the count of that run must not be missed.
 */
#include "scheduler.h"

#include "atoms.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "exclude.h"
#include "fire_overlap.h"
#include "lib/qunique.h"
#include "sql.h"
#include "utils/date.h"
#include "worker_batch.h"
#include "workflow.h"

typedef struct End
{
	int64 run_id;
	int32 job_id;
	DateADT business_date;
	TimestampTz at;
	bool has_exit;
	int32 exit_code;
	char *state;
	char *reason;
	int64 parent_run; /* the workflow's run that it is a step of, 0 = none */
	int64 scope;      /* of that workflow's steps, 0 = none, or it has ended */
} End;

static End ends[JG_BATCH_ROWS];

/* How long skips are followed in one transaction. */
#define LEVELS 500
#define LEVELS_MS 100

#define COLUMNS "run_id, job_id, business_date, at, exit_code, state, reason, parent_run"

static void
take(JgBatch *batch)
{
	static JgSql one_sql = {.text = "delete from jobgrid_engine.ended where run_id = $1 returning " COLUMNS,
							.nargs = 1,
							.types = {INT8OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(JG_BATCH_ROWS)};
	Datum only = Int64GetDatum(batch->only);
	uint64 n = batch->only != 0 ? jg_sql(&one_sql, &only, NULL)
								: jg_sql(batch->retry ? &batch->again : &batch->fresh, values, NULL);

	if (n > JG_BATCH_ROWS)
		elog(ERROR, "run %lld has " UINT64_FORMAT " ends", (long long) batch->only, n);
	batch->seen = (int) n;
	for (uint64 i = 0; i < n; i++)
	{
		End *end = &ends[i];
		bool isnull;

		end->run_id = jg_sql_int64(i, 1);
		end->job_id = jg_sql_int32(i, 2);
		end->business_date = DatumGetDateADT(jg_sql_datum(i, 3, &isnull));
		end->at = jg_sql_int64(i, 4);
		end->exit_code = jg_sql_int32(i, 5);
		(void) jg_sql_datum(i, 5, &isnull);
		end->has_exit = !isnull;
		end->state = jg_sql_text(i, 6);
		end->reason = jg_sql_text(i, 7);
		end->parent_run = jg_sql_int64(i, 8);
		end->scope = 0;
		batch->run_ids[batch->n++] = end->run_id;
	}
}

/* The ends as parameters: run_id, job_id, business_date, at, exit_code, state, reason, parent_run, scope. */
static void
as_arrays(int n, Datum *values)
{
	JgArray columns[9] = {jg_array(INT8OID, n),        jg_array(INT4OID, n), jg_array(DATEOID, n),
						  jg_array(TIMESTAMPTZOID, n), jg_array(INT4OID, n), jg_array(TEXTOID, n),
						  jg_array(TEXTOID, n),        jg_array(INT8OID, n), jg_array(INT8OID, n)};

	for (int i = 0; i < n; i++)
	{
		jg_array_add(&columns[0], Int64GetDatum(ends[i].run_id));
		jg_array_add(&columns[1], Int32GetDatum(ends[i].job_id));
		jg_array_add(&columns[2], DateADTGetDatum(ends[i].business_date));
		jg_array_add_time(&columns[3], ends[i].at);
		if (ends[i].has_exit)
			jg_array_add(&columns[4], Int32GetDatum(ends[i].exit_code));
		else
			jg_array_add_null(&columns[4]);
		jg_array_add_text(&columns[5], ends[i].state);
		jg_array_add_text(&columns[6], ends[i].reason);
		jg_array_add(&columns[7], Int64GetDatum(ends[i].parent_run));
		jg_array_add(&columns[8], Int64GetDatum(ends[i].scope));
	}
	for (int i = 0; i < 9; i++)
		values[i] = jg_array_datum(&columns[i]);
}

#define ENDS                                     \
	"unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)" \
	" e(run_id, job_id, business_date, at, exit_code, state, reason, parent_run, scope)"
#define END_TYPES                                                                                                \
	{                                                                                                            \
		INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, \
			INT8ARRAYOID, INT8ARRAYOID                                                                           \
	}

static void
find_scopes(int n)
{
	static JgSql sql = {.text = "select coalesce(w.scope, 0) from unnest($1) with ordinality u(run_id, n)"
								" left join lateral (select w.scope from jobgrid_engine.workflow_run w"
								"  where w.run_id = u.run_id offset 0) w on true order by u.n",
						.nargs = 1,
						.types = {INT8ARRAYOID},
						.indexed = true};
	JgArray parents = jg_array(INT8OID, n);
	bool any = false;
	Datum value;

	for (int i = 0; i < n; i++)
	{
		any = any || ends[i].parent_run != 0;
		jg_array_add(&parents, Int64GetDatum(ends[i].parent_run));
	}
	if (!any)
		return;
	value = jg_array_datum(&parents);
	jg_sql(&sql, &value, NULL);
	for (int i = 0; i < n; i++)
		ends[i].scope = jg_sql_int64(i, 1);
}

/* The atoms that an end can be about: of its workflow's run, of its date, of the last end whenever. */
static int
keys_of(const End *end, JgAtomKey *keys)
{
	int n = 0;

	keys[n++] = (JgAtomKey){end->job_id, 0, end->business_date};
	keys[n++] = (JgAtomKey){end->job_id, 0, DATEVAL_NOEND};
	if (end->scope != 0)
		keys[n++] = (JgAtomKey){end->job_id, end->scope, DATEVAL_NOEND};
	return n;
}

static int
compare_keys(const void *a, const void *b)
{
	const JgAtomKey *x = a;
	const JgAtomKey *y = b;

	if (x->upstream_id != y->upstream_id)
		return x->upstream_id < y->upstream_id ? -1 : 1;
	if (x->scope != y->scope)
		return x->scope < y->scope ? -1 : 1;
	return (x->business_date > y->business_date) - (x->business_date < y->business_date);
}

/* All keys of the ends, each once. */
static JgAtomKey *
all_keys(int n, int *nkeys)
{
	JgAtomKey *keys = palloc(n * 3 * sizeof(JgAtomKey));

	*nkeys = 0;
	for (int i = 0; i < n; i++)
		*nkeys += keys_of(&ends[i], &keys[*nkeys]);
	qsort(keys, *nkeys, sizeof(JgAtomKey), compare_keys);
	*nkeys = (int) qunique(keys, *nkeys, sizeof(JgAtomKey), compare_keys);
	return keys;
}

/*
 * Locks the runs that wait for these ends. An end is put back where one of them is locked by somebody else, and all ends of
 * the same job with it, so that their order is kept. Returns how many ends are left, at the front.
 */
static int
put_back_locked(JgBatch *batch, int n)
{
	static JgSql back_sql = {
		.text =
			"insert into jobgrid_engine.ended (run_id, job_id, business_date, at, exit_code, state, reason, parent_run)"
			" select e.run_id, e.job_id, e.business_date, e.at, e.exit_code, e.state, e.reason, nullif(e.parent_run, 0)"
			" from " ENDS " where e.job_id = any ($10)",
		.nargs = 10,
		.types = {INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, TEXTARRAYOID,
				  TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID}};
	int nkeys;
	JgAtomKey *keys = all_keys(n, &nkeys);
	JgAtomKey *blocked;
	int nblocked = jg_atoms_lock(keys, nkeys, &blocked);
	JgArray jobs = jg_array(INT4OID, Max(nblocked, 1));
	Datum values[10];
	int kept = 0;

	if (nblocked == 0)
		return n;
	for (int i = 0; i < nblocked; i++)
		jg_array_add(&jobs, Int32GetDatum(blocked[i].upstream_id));
	as_arrays(n, values);
	values[9] = jg_array_datum(&jobs);
	jg_sql(&back_sql, values, NULL);
	for (int i = 0; i < n; i++)
	{
		bool back = false;

		for (int b = 0; b < nblocked && !back; b++)
			back = blocked[b].upstream_id == ends[i].job_id;
		if (back)
			jg_batch_pass_over(batch, ends[i].run_id);
		else
			ends[kept++] = ends[i];
	}
	return kept;
}

/* The last ends of jobs that somebody waits for. */
static void
set_latches(Datum *values)
{
	static JgSql day_sql = {
		.text =
			"insert into jobgrid_engine.job_day as d (job_id, business_date, run_id, ended_at, exit_code, state, reason)"
			" select distinct on (e.job_id, e.business_date)"
			"  e.job_id, e.business_date, e.run_id, e.at, e.exit_code, e.state, e.reason from " ENDS
			" cross join lateral (select from jobgrid_engine.job_status s where s.job_id = e.job_id offset 0) s"
			" order by e.job_id, e.business_date, e.at desc, e.run_id desc"
			" on conflict (job_id, business_date) do update set run_id = excluded.run_id, ended_at = excluded.ended_at,"
			"  exit_code = excluded.exit_code, state = excluded.state, reason = excluded.reason"
			"  where d.ended_at <= excluded.ended_at",
		.nargs = 9,
		.types = END_TYPES,
		.indexed = true};
	static JgSql sql = {
		.text =
			"with w as materialized (select s.place, w.*"
			"  from (select distinct on (e.job_id) e.* from " ENDS "  order by e.job_id, e.at desc, e.run_id desc) w"
			"  cross join lateral (select s.ctid as place from jobgrid_engine.job_status s"
			"   where s.job_id = w.job_id and (s.ended_at is null or s.ended_at <= w.at) offset 0) s)"
			" update jobgrid_engine.job_status s set state = w.state, reason = w.reason, run_id = w.run_id,"
			" business_date = w.business_date, exit_code = w.exit_code, ended_at = w.at"
			" from w where s.ctid = w.place",
		.nargs = 9,
		.types = END_TYPES,
		.indexed = true};

	jg_sql(&day_sql, values, NULL);
	jg_sql(&sql, values, NULL);
}

/* Runs that wait for an end since the last one of their own job, of which there is another now: they are looked at soon. */
static void
tell_own_ends(Datum job_ids)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.condition_news (what, id) select distinct 'o'::\"char\", e.job_id"
				" from unnest($1) u(job_id) join jobgrid_engine.job_edge e on e.job_id = u.job_id"
				" where e.lookback = 'o' and e.purpose = 's'"
				" and exists (select from jobgrid_engine.pending p where p.job_id = e.job_id)",
		.nargs = 1,
		.types = {INT4ARRAYOID},
		.indexed = true};

	if (jg_sql(&sql, &job_ids, NULL) > 0)
		jg_worker_wake_at(jg_now());
}

/* Workflows of which a step has ended. */
static void
judge_workflows(int n)
{
	int64 *scopes = palloc(n * sizeof(int64));
	int nscopes = 0;

	for (int i = 0; i < n; i++)
		if (ends[i].scope != 0 && (nscopes == 0 || scopes[nscopes - 1] != ends[i].scope))
			scopes[nscopes++] = ends[i].scope;
	jg_workflow_judge(scopes, nscopes);
}

/* The first n of `ends`. */
static void
consume(JgBatch *batch, int n, JgSkipped *skipped)
{
	int nkeys;
	int nrun_ids;
	int64 *run_ids;
	int32 *job_ids;
	JgAtomKey *keys;
	Datum values[9];

	find_scopes(n);
	n = put_back_locked(batch, n);
	if (n == 0)
		return;
	as_arrays(n, values);
	set_latches(values);
	jg_exclude_forget(values[0], values[1]);
	tell_own_ends(values[1]);
	jg_workflow_ends(values);
	keys = all_keys(n, &nkeys);
	run_ids = jg_atoms_renew(keys, nkeys, &nrun_ids);
	if (nrun_ids > 0)
	{
		JgDecision *decisions = palloc(nrun_ids * sizeof(JgDecision));
		int ndecisions = jg_decide(run_ids, nrun_ids, decisions);

		jg_scheduler_settle(decisions, ndecisions, skipped);
		jg_workflow_judge_runs(run_ids, nrun_ids);
	}
	judge_workflows(n);
	job_ids = palloc(n * sizeof(int32));
	for (int i = 0; i < n; i++)
		job_ids[i] = ends[i].job_id;
	jg_overlap_release(job_ids, n);
}

/* What was skipped becomes what has ended. */
static void
take_skipped(const JgSkipped *skipped)
{
	for (int i = 0; i < skipped->n; i++)
		ends[i] = (End){.run_id = skipped->ends[i].run_id,
						.job_id = skipped->ends[i].job_id,
						.business_date = skipped->ends[i].business_date,
						.at = skipped->ends[i].finished_at,
						.state = pstrdup(jg_state_name(skipped->ends[i].to)),
						.reason = pstrdup(skipped->ends[i].reason),
						.parent_run = skipped->parents[i]};
}

/*
 * What is skipped because of these ends has ended, too, and so on: level by level in this transaction, for a while, so that
 * a long chain of skipped steps does not take a commit for each. An end that is tried alone leaves its skips to others: they
 * may be what fails.
 */
static void
process(JgBatch *batch)
{
	TimestampTz until = TimestampTzPlusMilliseconds(jg_now(), LEVELS_MS);
	JgSkipped skipped = {0};

	consume(batch, batch->n, batch->only != 0 ? NULL : &skipped);
	for (int level = 1;
		 level < LEVELS && skipped.n > 0 && skipped.n + batch->nlocked <= JG_BATCH_ROWS && jg_now() < until; level++)
	{
		int n = skipped.n;

		take_skipped(&skipped);
		skipped.n = 0;
		consume(batch, n, &skipped);
	}
	if (skipped.n > 0)
		jg_finish_tell(skipped.ends, skipped.n, skipped.parents);
}

#define TAKE(candidates)                                                                                    \
	"delete from jobgrid_engine.ended where ctid = any (array(select e.ctid from " candidates " limit $2))" \
	" returning " COLUMNS

static JgBatch news = {
	.unit = {.name = "consuming ends", .body = jg_batch_body},
	.place = "ended",
	.fresh = {.text = TAKE("jobgrid_engine.ended e where not exists (select from jobgrid_engine.set_aside a"
						   " where a.place = 'ended' and a.run_id = e.run_id)"),
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .indexed = true},
	.again = {.text = TAKE("jobgrid_engine.ended e join jobgrid_engine.set_aside a on a.run_id = e.run_id"
						   " where a.place = 'ended' and a.until <= $1"),
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .indexed = true},
	.take = take,
	.process = process};

void
jg_scheduler_ends(void)
{
	jg_batch_drain(&news);
}
