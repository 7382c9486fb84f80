/*
 * What conditions depend on besides ends: global values, the age of an end, the conditions themselves; and workflows that
 * were cancelled. All but the ages comes as rows of condition_news, which go in the commit of what they have led to.
 *
 * A row whose runs somebody's open transaction has locked is kept for another look.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "sql.h"
#include "workflow.h"

#define NEWS 1000
#define LOOK_AGAIN_MS 200

typedef struct News
{
	char what;
	int64 id;
} News;

static void
keep(const News *news)
{
	static JgSql sql = {.text = "insert into jobgrid_engine.condition_news (what, id) values ($1, $2)",
						.nargs = 2,
						.types = {CHAROID, INT8OID}};
	Datum values[2] = {CharGetDatum(news->what), Int64GetDatum(news->id)};

	jg_sql(&sql, values, NULL);
	jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), LOOK_AGAIN_MS));
}

/* Locks the runs that `sql` finds, whose second column says whether it could; false: not all of them. */
static bool
lock_runs(JgSql *sql, Datum value, int64 **run_ids, int *n)
{
	int found = (int) jg_sql(sql, &value, NULL);
	bool all = true;

	*run_ids = palloc(Max(found, 1) * sizeof(int64));
	*n = 0;
	for (int i = 0; i < found; i++)
	{
		if (jg_sql_bool(i, 2))
			(*run_ids)[(*n)++] = jg_sql_int64(i, 1);
		else
			all = false;
	}
	return all;
}

#define LOCKED(which)                                                                                         \
	"with want as materialized (select distinct o.run_id from jobgrid_engine.pending_on o where " which "),"  \
	" locked as materialized (select p.run_id from jobgrid_engine.pending p"                                  \
	"  where p.run_id in (select w.run_id from want w) order by p.run_id for update skip locked)"             \
	" select p.run_id, l.run_id is not null from want w join jobgrid_engine.pending p on p.run_id = w.run_id" \
	" left join locked l on l.run_id = w.run_id order by p.run_id"

static void
decide_again(const int64 *run_ids, int n)
{
	int nchanged;
	int64 *changed;
	JgDecision *decisions;

	if (n == 0)
		return;
	changed = jg_atoms_renew_runs(run_ids, n, &nchanged);
	decisions = palloc(Max(nchanged, 1) * sizeof(JgDecision));
	jg_scheduler_settle(decisions, jg_decide(changed, nchanged, decisions));
}

static void
value_changed(const News *news)
{
	static JgSql sql = {
		.text = LOCKED("o.upstream_id = $1 and o.scope = 0 and o.business_date = 'infinity' and o.source = 'v'"),
		.nargs = 1,
		.types = {INT4OID},
		.replan = true};
	int64 *run_ids;
	int n;

	if (!lock_runs(&sql, Int32GetDatum((int32) news->id), &run_ids, &n))
		keep(news);
	decide_again(run_ids, n);
}

/* Runs that wait by what the condition was before: they are looked at as new ones. Steps are bound to what it was. */
static void
condition_changed(const News *news)
{
	static JgSql lock_sql = {
		.text =
			"with locked as materialized (select p.run_id from jobgrid_engine.pending p where p.job_id = $1"
			"  order by p.run_id for update skip locked)"
			" select p.run_id, l.run_id is not null from jobgrid_engine.pending p left join locked l using (run_id)"
			" where p.job_id = $1 and not exists (select from jobgrid.job j where j.job_id = $1 and j.parent is not null)",
		.nargs = 1,
		.types = {INT4OID}};
	static JgSql forget_sql = {
		.text = "with a as (delete from jobgrid_engine.pending_on where run_id = any ($1) and atom >= 0)"
				" delete from jobgrid_engine.pending_condition where run_id = any ($1)",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	static JgSql again_sql = {
		.text =
			"update jobgrid_engine.pending set unmet = null, reason = 'condition' where run_id = any ($1) and unmet > 0",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	int64 *run_ids;
	int n;
	Datum value;

	if (!lock_runs(&lock_sql, Int32GetDatum((int32) news->id), &run_ids, &n))
		keep(news);
	if (n == 0)
		return;
	value = jg_array_int8(run_ids, n);
	jg_sql(&forget_sql, &value, NULL);
	jg_guarded(&again_sql, &value, NULL);
}

static void
workflow_cancelled(const News *news)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.workflow_run set stopping = 'cancel', stopped = false where run_id = $1",
		.nargs = 1,
		.types = {INT8OID}};
	Datum value = Int64GetDatum(news->id);

	if (jg_sql(&sql, &value, NULL) > 0)
		jg_workflow_look();
}

static void
read_news(void *arg)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.condition_news where news_id = any (array("
								"  select n.news_id from jobgrid_engine.condition_news n order by n.news_id limit $1))"
								" returning what, id",
						.nargs = 1,
						.types = {INT4OID},
						.replan = true};
	Datum most = Int32GetDatum(NEWS);
	int n = (int) jg_sql(&sql, &most, NULL);
	News *news = palloc(Max(n, 1) * sizeof(News));
	bool isnull;

	for (int i = 0; i < n; i++)
		news[i] = (News){DatumGetChar(jg_sql_datum(i, 1, &isnull)), jg_sql_int64(i, 2)};
	for (int i = 0; i < n; i++)
	{
		if (news[i].what == 'v')
			value_changed(&news[i]);
		else if (news[i].what == 'c')
			condition_changed(&news[i]);
		else
			workflow_cancelled(&news[i]);
	}
	if (n == NEWS)
		jg_worker_wake_at(jg_now());
}

/* Ends that have become too old for an atom, which may make its negation true. */
static void
read_ages(void *arg)
{
	static JgSql sql = {.text = LOCKED("o.until <= $1"), .nargs = 1, .types = {TIMESTAMPTZOID}, .replan = true};
	static JgSql next_sql = {.text =
								 "select until from jobgrid_engine.pending_on where until > $1 order by until limit 1",
							 .nargs = 1,
							 .types = {TIMESTAMPTZOID}};
	Datum now = TimestampTzGetDatum(jg_now());
	int64 *run_ids;
	int n;

	if (!lock_runs(&sql, now, &run_ids, &n))
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), LOOK_AGAIN_MS));
	decide_again(run_ids, n);
	if (jg_sql(&next_sql, &now, NULL) > 0)
		jg_worker_wake_at(jg_sql_int64(0, 1));
}

void
jg_scheduler_news(void)
{
	static JgUnit news = {.name = "reading what conditions depend on", .body = read_news};
	static JgUnit ages = {.name = "looking for ends that are too old", .body = read_ages};

	jg_unit_run(&news, NULL);
	jg_unit_run(&ages, NULL);
}
