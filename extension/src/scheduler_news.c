/*
 * What conditions depend on besides ends: global values, the age of an end, jobs that are taken out or bypassed, the
 * conditions themselves; and workflows that were cancelled. All but the ages comes as rows of condition_news, which go in
 * the commit of what they have led to.
 *
 * News about runs that somebody's open transaction has locked are kept for another look.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "flags.h"
#include "guard.h"
#include "sql.h"
#include "worker_batch.h"
#include "workflow.h"

#define LOOK_AGAIN_MS 200

typedef struct News
{
	char what;
	int64 id;
} News;

static News news[JG_BATCH_ROWS]; /* side by side with batch->run_ids, which are theirs */

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

#define LOCKED(which)                                                                                                 \
	"select w.run_id, l.run_id is not null or p.run_id is null"                                                       \
	" from (select distinct o.run_id from jobgrid_engine.pending_on o where " which " order by o.run_id) w"           \
	" left join lateral (select p.run_id from jobgrid_engine.pending p where p.run_id = w.run_id offset 0) p on true" \
	" left join lateral (select p.run_id from jobgrid_engine.pending p where p.run_id = w.run_id"                     \
	"  for update skip locked) l on true order by w.run_id"

/* Each of them does what the news ask for, and says whether all of it is done. */
static bool
value_changed(int64 id)
{
	static JgSql sql = {
		.text = LOCKED("o.upstream_id = $1 and o.scope = 0 and o.business_date = 'infinity' and o.source = 'v'"),
		.nargs = 1,
		.types = {INT4OID},
		.indexed = true};
	int64 *run_ids;
	int n;
	bool all;

	all = lock_runs(&sql, Int32GetDatum((int32) id), &run_ids, &n);
	jg_scheduler_decide_again(run_ids, n);
	return all;
}

/* The job's own last end is later by now. */
static bool
own_end(int64 id)
{
	static JgSql sql = {.text = LOCKED("o.lookback = 'o' and o.run_id in (select p.run_id from jobgrid_engine.pending p"
									   "  where p.job_id = $1)"),
						.nargs = 1,
						.types = {INT4OID},
						.indexed = true};
	int64 *run_ids;
	int n;
	bool all = lock_runs(&sql, Int32GetDatum((int32) id), &run_ids, &n);

	jg_scheduler_decide_again(run_ids, n);
	return all;
}

/* Runs that wait by what the condition was before: they are looked at as new ones. Steps are bound to what it was. */
static bool
condition_changed(int64 id)
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
			"update jobgrid_engine.pending set unmet = null, reason = 'condition' where run_id = any ($1) and (unmet > 0 or unmet is null)",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	int64 *run_ids;
	int n;
	bool all = lock_runs(&lock_sql, Int32GetDatum((int32) id), &run_ids, &n);
	Datum value;

	if (n == 0)
		return all;
	value = jg_array_int8(run_ids, n);
	jg_sql(&forget_sql, &value, NULL);
	jg_guarded(&again_sql, &value, NULL);
	return all;
}

static bool
flag_changed(int64 id)
{
	static JgSql sql = {.text = LOCKED("o.upstream_id = $1 and o.scope = 0 and o.source = 'j'"),
						.nargs = 1,
						.types = {INT4OID},
						.replan = true};
	int64 *run_ids;
	int n;
	bool all = lock_runs(&sql, Int32GetDatum((int32) id), &run_ids, &n);

	jg_scheduler_decide_again(run_ids, n);
	return jg_flag_follow((int32) id) && all;
}

static bool
workflow_cancelled(int64 id)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.workflow_run set stopping = 'cancel', stopped = false where run_id = $1",
		.nargs = 1,
		.types = {INT8OID}};
	Datum value = Int64GetDatum(id);

	if (jg_sql(&sql, &value, NULL) > 0)
		jg_workflow_look();
	return true;
}

static bool
step_again(int64 id, bool downstream)
{
	jg_workflow_again(id, downstream);
	return true;
}

static void
take(JgBatch *batch)
{
	static JgSql sql = {.text = "select news_id, what, id from jobgrid_engine.condition_news where news_id = any ($1)"
								" order by news_id",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	int64 ids[JG_BATCH_ROWS];
	int n = jg_batch_candidates(batch, ids);
	Datum value = jg_array_int8(ids, n);
	bool isnull;

	if (n == 0)
		return;
	batch->n = (int) jg_sql(&sql, &value, NULL);
	for (int i = 0; i < batch->n; i++)
	{
		batch->run_ids[i] = jg_sql_int64(i, 1);
		news[i] = (News){DatumGetChar(jg_sql_datum(i, 2, &isnull)), jg_sql_int64(i, 3)};
	}
}

static bool
follow(const News *one)
{
	switch (one->what)
	{
		case 'v':
			return value_changed(one->id);
		case 'o':
			return own_end(one->id);
		case 'c':
			return condition_changed(one->id);
		case 'f':
			return flag_changed(one->id);
		case 'w':
			return workflow_cancelled(one->id);
		case 'r':
			return step_again(one->id, false);
		case 'R':
			return step_again(one->id, true);
		default:
			elog(ERROR, "news of an unknown kind, \"%c\"", one->what);
	}
}

static void
process(JgBatch *batch)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.condition_news where news_id = any ($1)",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	JgArray done = jg_array(INT8OID, batch->n);
	Datum value;

	for (int i = 0; i < batch->n; i++)
	{
		if (follow(&news[i]))
			jg_array_add(&done, Int64GetDatum(batch->run_ids[i]));
		else
			jg_batch_pass_over(batch, batch->run_ids[i]);
	}
	value = jg_array_datum(&done);
	jg_sql(&sql, &value, NULL);
}

static JgBatch unread = {
	.unit = {.name = "reading what conditions depend on", .body = jg_batch_body},
	.place = "news",
	.fresh = {.text = "select news_id from (select n.news_id from jobgrid_engine.condition_news n"
					  " where $1 is not null and not exists (select from jobgrid_engine.set_aside a"
					  "  where a.place = 'news' and a.run_id = n.news_id) limit $2) n order by news_id",
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .indexed = true},
	.again = {.text = "select n.news_id from jobgrid_engine.condition_news n join jobgrid_engine.set_aside a"
					  " on a.place = 'news' and a.run_id = n.news_id where a.until <= $1 order by n.news_id limit $2",
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .indexed = true},
	.take = take,
	.process = process};

/* Ends that have become too old for an atom, which may make its negation true. */
static void
read_ages(void *arg)
{
	static JgSql sql = {.text = LOCKED("o.until <= $1"), .nargs = 1, .types = {TIMESTAMPTZOID}, .indexed = true};
	static JgSql next_sql = {.text =
								 "select until from jobgrid_engine.pending_on where until > $1 order by until limit 1",
							 .nargs = 1,
							 .types = {TIMESTAMPTZOID}};
	Datum now = TimestampTzGetDatum(jg_now());
	int64 *run_ids;
	int n;

	if (!lock_runs(&sql, now, &run_ids, &n))
		jg_worker_wake_at(TimestampTzPlusMilliseconds(jg_now(), LOOK_AGAIN_MS));
	jg_scheduler_decide_again(run_ids, n);
	if (jg_sql(&next_sql, &now, NULL) > 0)
		jg_worker_wake_at(jg_sql_int64(0, 1));
}

void
jg_scheduler_news(void)
{
	static JgUnit ages = {.name = "looking for ends that are too old", .body = read_ages};

	jg_batch_drain(&unread);
	jg_unit_run(&ages, NULL);
}
