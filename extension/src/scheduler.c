/*
 * The scheduler's round.
 *
 * It is the only process that turns waiting into queued, so that no two completions can miss each other's news and no
 * user's transaction holds a lock another one needs. It hands nothing out and starts nothing. While the database is
 * held, or nobody has submitted or restored anything yet, it changes no row.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "exclude.h"
#include "flags.h"
#include "guard.h"
#include "hung.h"
#include "lane_make.h"
#include "move.h"
#include "sql.h"
#include "utils/date.h"
#include "workflow.h"

#define CLUSTER_CHECK_MS 30000
#define RESTORE_CHECK_MS 5000
#define RELEASE_CHUNK 1000

static TimestampTz checked_at;

static void
check_cluster(void *arg)
{
	jg_cluster_check();
}

/*
 * Whether the database works and has had a first run. Asked again on every bell until it is so, then now and then. A
 * restore rings no bell: until the first run it is looked for.
 */
static bool
works(void)
{
	static JgUnit unit = {.name = "checking the cluster's identity", .body = check_cluster};
	TimestampTz now = jg_now();

	if (!jg_cluster_works() || checked_at > now || TimestampDifferenceExceeds(checked_at, now, CLUSTER_CHECK_MS))
	{
		if (jg_unit_run(&unit, NULL) != JG_UNIT_DONE)
			return false;
		checked_at = now;
	}
	if (pg_atomic_read_u32(&jg_shared->epoch) == 0)
		jg_worker_wake_at(TimestampTzPlusMilliseconds(now, RESTORE_CHECK_MS));
	return jg_cluster_works();
}

void
jg_scheduler_round(void)
{
	if (!works())
		return;
	jg_seed_look_again();
	jg_scheduler_news();
	jg_scheduler_ends();
	jg_scheduler_zones();
	jg_scheduler_changes();
	jg_scheduler_flags();
	jg_scheduler_shutters();
	jg_scheduler_fires();
	jg_scheduler_due();
	jg_scheduler_pending();
	jg_workflows_start();
	jg_workflows_end();
	jg_hung_look();
	jg_lost_executors();
	jg_scheduler_drains();
}

/*
 * Takes out those whose lane is not their job's any more, as an edit has put it behind other shutters: the round's look at
 * pending runs finds them another. Returns how many are left.
 */
static int
leave_misplaced(int64 *run_ids, int n)
{
	static JgSql sql = {.text = "update jobgrid_engine.pending p set lane_id = null, unmet = 0"
								" where p.run_id = any ($1) and " JG_LANE_FITS("p") " is not true returning p.run_id",
						.nargs = 1,
						.types = {INT8ARRAYOID},
						.indexed = true};
	Datum value = jg_array_int8(run_ids, n);
	int misplaced = (int) jg_guarded(&sql, &value, NULL);
	int kept = 0;

	if (misplaced == 0)
		return n;
	jg_worker_wake_at(jg_now());
	for (int i = 0; i < n; i++)
	{
		bool fits = true;

		for (int m = 0; fits && m < misplaced; m++)
			fits = jg_sql_int64(m, 1) != run_ids[i];
		if (fits)
			run_ids[kept++] = run_ids[i];
	}
	return kept;
}

/* Takes out what the runs waited for. */
static void
forget_atoms(const int64 *run_ids, int n)
{
	static JgSql atoms_sql = {.text = "delete from jobgrid_engine.pending_on where run_id = any ($1)",
							  .nargs = 1,
							  .types = {INT8ARRAYOID},
							  .indexed = true};
	static JgSql condition_sql = {.text = "delete from jobgrid_engine.pending_condition where run_id = any ($1)",
								  .nargs = 1,
								  .types = {INT8ARRAYOID},
								  .indexed = true};
	Datum value = jg_array_int8(run_ids, n);

	if (jg_sql(&atoms_sql, &value, NULL) > 0)
		jg_sql(&condition_sql, &value, NULL);
}

static int
compare_decisions(const void *a, const void *b)
{
	int64 x = ((const JgDecision *) a)->run_id;
	int64 y = ((const JgDecision *) b)->run_id;

	return (x > y) - (x < y);
}

static void
add_skipped(JgSkipped *skipped, const JgEnd *ends, int n)
{
	if (skipped->n + n > skipped->room)
	{
		int room = 2 * (skipped->n + n);
		JgEnd *more = palloc(room * sizeof(JgEnd));
		int64 *parents = palloc(room * sizeof(int64));

		if (skipped->n > 0)
		{
			memcpy(more, skipped->ends, skipped->n * sizeof(JgEnd));
			memcpy(parents, skipped->parents, skipped->n * sizeof(int64));
		}
		skipped->ends = more;
		skipped->parents = parents;
		skipped->room = room;
	}
	memcpy(&skipped->ends[skipped->n], ends, n * sizeof(JgEnd));
	jg_finish_untold(ends, n, JG_ENGINE, &skipped->parents[skipped->n]);
	skipped->n += n;
}

/*
 * Ends runs that are not to start. Steps after them are looked at when the scheduler consumes these ends as any others.
 */
static void
skip(JgDecision *decisions, int n, JgSkipped *skipped)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.pending where run_id = any ($1)"
								" returning run_id, job_id, business_date, attempt",
						.nargs = 1,
						.types = {INT8ARRAYOID},
						.indexed = true};
	int64 *run_ids = palloc(Max(n, 1) * sizeof(int64));
	JgEnd *ends = palloc0(Max(n, 1) * sizeof(JgEnd));
	TimestampTz now = jg_now();
	Datum value;
	int deleted;

	if (n == 0)
		return;
	qsort(decisions, n, sizeof(JgDecision), compare_decisions);
	for (int i = 0; i < n; i++)
		run_ids[i] = decisions[i].run_id;
	forget_atoms(run_ids, n);
	value = jg_array_int8(run_ids, n);
	deleted = (int) jg_guarded(&sql, &value, NULL);
	if (deleted != n)
		elog(ERROR, "%d of %d runs to be skipped are not pending", n - deleted, n);
	for (int i = 0; i < n; i++)
	{
		JgDecision key = {.run_id = jg_sql_int64(i, 1)};
		const JgDecision *decision = bsearch(&key, decisions, n, sizeof(JgDecision), compare_decisions);
		bool isnull;

		ends[i] = (JgEnd){.run_id = jg_sql_int64(i, 1),
						  .job_id = jg_sql_int32(i, 2),
						  .business_date = DatumGetDateADT(jg_sql_datum(i, 3, &isnull)),
						  .attempts = jg_sql_int32(i, 4),
						  .from = JG_WAITING,
						  .to = decision->verdict == JG_BYPASSES ? JG_SUCCEEDED : JG_SKIPPED,
						  .reason = decision->reason,
						  .message = decision->message,
						  .finished_at = now};
	}
	if (skipped != NULL)
		add_skipped(skipped, ends, n);
	else
		jg_finish(ends, n, JG_ENGINE);
}

/* What a run that could start ends with instead; JG_GOES: it starts. */
typedef struct LeftOut
{
	JgDecision decision;
	bool asks; /* its skip_if */
} LeftOut;

/* Those that are perhaps not to run although they could. */
static int
read_left_out(const int64 *run_ids, int n, LeftOut **found)
{
	static JgSql sql = {
		.text =
			"select u.run_id, j.taken_out, j.parent is not null and not j.enabled, exists ("
			"  select from jobgrid_engine.job_edge e where e.job_id = j.job_id and e.purpose = 'k'), j.bypassed,"
			" " JG_FLAG_WORDS(
				"j") " from unnest($1) u(run_id)"
					 " cross join lateral (select p.job_id from jobgrid_engine.pending p where p.run_id = u.run_id offset 0) p"
					 " cross join lateral (select j.* from jobgrid.job j where j.job_id = p.job_id offset 0) j"
					 " where j.parent is not null and not j.enabled or j.skip_if is not null or j.taken_out or j.bypassed",
		.nargs = 1,
		.types = {INT8ARRAYOID},
		.indexed = true};
	Datum value = jg_array_int8(run_ids, n);
	int count = (int) jg_sql(&sql, &value, NULL);

	*found = palloc(Max(count, 1) * sizeof(LeftOut));
	for (int i = 0; i < count; i++)
	{
		LeftOut *left = &(*found)[i];
		JgDecision *decision = &left->decision;

		*left = (LeftOut){.decision = {.run_id = jg_sql_int64(i, 1), .verdict = JG_SKIPS}};
		if (jg_sql_bool(i, 2))
			decision->reason = "taken_out";
		else if (jg_sql_bool(i, 3))
			decision->reason = "disabled";
		else
		{
			left->asks = jg_sql_bool(i, 4);
			decision->verdict = jg_sql_bool(i, 5) ? JG_BYPASSES : JG_GOES;
			decision->reason = "bypassed";
		}
		if (strcmp(decision->reason, "disabled") != 0)
			decision->message = jg_sql_text(i, 6);
	}
	return count;
}

/*
 * Runs that are not to start although they could: taken out, steps that are disabled, their skip_if holds, bypassed. Writes
 * the others' ids to `goes`.
 */
static int
leave_out(const int64 *run_ids, int n, int64 *goes, JgDecision *skips, int *nskips)
{
	LeftOut *asked;
	int found = read_left_out(run_ids, n, &asked);
	int left = 0;

	*nskips = 0;
	for (int i = 0; i < found; i++)
	{
		JgDecision *decision = &asked[i].decision;

		if (asked[i].asks && jg_skip_if_holds(decision->run_id))
			*decision = (JgDecision){.run_id = decision->run_id, .verdict = JG_SKIPS, .reason = "skip_if"};
		if (decision->verdict != JG_GOES)
			skips[(*nskips)++] = *decision;
	}
	for (int i = 0; i < n; i++)
	{
		bool skipped = false;

		for (int k = 0; k < *nskips && !skipped; k++)
			skipped = skips[k].run_id == run_ids[i];
		if (!skipped)
			goes[left++] = run_ids[i];
	}
	return left;
}

/*
 * Runs whose condition was edited, which nobody has followed yet: an end that was committed after the edit would release them
 * by what they do not wait for any more. They are looked at as new ones.
 */
static int
leave_edited(int64 *run_ids, int n)
{
	static JgSql sql = {.text = "update jobgrid_engine.pending p set unmet = null from jobgrid_engine.condition_news w"
								" where p.run_id = any ($1) and w.what = 'c' and w.id = p.job_id"
								"  and exists (select from jobgrid_engine.pending_on o where o.run_id = p.run_id)"
								" returning p.run_id",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);
	int edited = (int) jg_guarded(&sql, &value, NULL);
	int kept = 0;

	for (int i = 0; i < n; i++)
	{
		bool fits = true;

		for (int e = 0; fits && e < edited; e++)
			fits = jg_sql_int64(e, 1) != run_ids[i];
		if (fits)
			run_ids[kept++] = run_ids[i];
	}
	return edited == 0 ? n : kept;
}

/* Steps of workflows of which nothing more is to start: what they waited for came too late. */
static int
leave_stopped(const int64 *run_ids, int n, int64 *goes, JgDecision *skips, int *nskips)
{
	/* A workflow that lies in one that is stopped, and not only to finish, is stopped with it, whether it has heard of that or not. */
	static JgSql sql = {
		.text = "select distinct p.run_id from jobgrid_engine.workflow_run w join jobgrid.job b on b.job_id = w.job_id"
				" join jobgrid_engine.pending p on p.run_id = any ($1)"
				" join jobgrid.job j on j.job_id = p.job_id and starts_with(j.full_name, b.full_name || '/')"
				" join jobgrid_engine.member m on m.scope = w.scope and m.job_id = p.job_id and m.run_id = p.run_id"
				" where w.stopping is not null and not w.stopped"
				"  and (m.parent_run = w.run_id or not w.autosys and w.stopping not in ('finish', 'succeeds_if'))",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(run_ids, n);
	int left = 0;

	*nskips = jg_workflow_may_stop() ? (int) jg_sql(&sql, &value, NULL) : 0;
	for (int i = 0; i < *nskips; i++)
		skips[i] = (JgDecision){.run_id = jg_sql_int64(i, 1), .verdict = JG_SKIPS, .reason = "workflow_stopped"};
	for (int i = 0; i < n; i++)
	{
		bool stopped = false;

		for (int k = 0; k < *nskips && !stopped; k++)
			stopped = skips[k].run_id == run_ids[i];
		if (!stopped)
			goes[left++] = run_ids[i];
	}
	return left;
}

static void
release(const int64 *run_ids, int n, JgSkipped *skipped)
{
	int64 going[RELEASE_CHUNK];
	int64 released[RELEASE_CHUNK];
	JgDecision skips[RELEASE_CHUNK];

	for (int first = 0; first < n; first += RELEASE_CHUNK)
	{
		int chunk = Min(n - first, RELEASE_CHUNK);
		int nskips;

		chunk = leave_stopped(&run_ids[first], chunk, going, skips, &nskips);
		skip(skips, nskips, skipped);
		chunk = leave_edited(going, chunk);
		chunk = leave_out(going, chunk, released, skips, &nskips);
		skip(skips, nskips, skipped);
		chunk = jg_exclude(released, chunk);
		forget_atoms(released, chunk);
		chunk = leave_misplaced(released, chunk);
		jg_move_batch(JG_PENDING, JG_WAITING, JG_READY, JG_QUEUED, JG_ENGINE, released, chunk, NULL, 0, NULL);
	}
}

void
jg_scheduler_release(const int64 *run_ids, int n)
{
	release(run_ids, n, NULL);
}

void
jg_scheduler_settle(const JgDecision *decisions, int n, JgSkipped *skipped)
{
	int64 *goes = palloc(Max(n, 1) * sizeof(int64));
	JgDecision *skips = palloc(Max(n, 1) * sizeof(JgDecision));
	int ngoes = 0;
	int nskips = 0;

	for (int i = 0; i < n; i++)
	{
		if (decisions[i].verdict == JG_GOES)
			goes[ngoes++] = decisions[i].run_id;
		else if (decisions[i].verdict == JG_SKIPS)
			skips[nskips++] = decisions[i];
	}
	release(goes, ngoes, skipped);
	skip(skips, nskips, skipped);
}

void
jg_scheduler_decide_again(const int64 *run_ids, int n)
{
	int nchanged;
	int64 *changed;
	JgDecision *decisions;

	if (n == 0)
		return;
	changed = jg_atoms_renew_runs(run_ids, n, &nchanged);
	decisions = palloc(Max(nchanged, 1) * sizeof(JgDecision));
	jg_scheduler_settle(decisions, jg_decide(changed, nchanged, decisions), NULL);
	jg_workflow_judge_runs(changed, nchanged);
}
