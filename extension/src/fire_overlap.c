/*
 * Fires that overlap with an earlier run of their job.
 *
 * A run that waits for others of its job is pending with a condition that has no business date. An end that cannot have
 * known of it (its transaction had looked already) is made good by a look now and then, while anything waits.
 *
 * Queued runs are found by the fires that made them, because nothing else in `ready` leads from a job to its runs: one
 * submitted by hand counts as soon as somebody works on it.
 */
#include "fire_overlap.h"

#include "catalog/pg_type.h"
#include "guard.h"
#include "scheduler.h"
#include "sql.h"
#include "utils/builtins.h"

/* Unfinished runs of jobs j, but for those that wait for others of their own job; $2 fires a schedule are looked at. */
#define LIVE                                                                                                     \
	"select l.job_id, l.run_id from jobgrid_engine.lease l where l.job_id = any ($1)"                            \
	" union all select p.job_id, p.run_id from jobgrid_engine.parked p where p.job_id = any ($1)"                \
	" union all select p.job_id, p.run_id from jobgrid_engine.pending p where p.job_id = any ($1)"               \
	"  and not exists (select from jobgrid_engine.pending_on o where o.upstream_id = p.job_id"                   \
	"   and o.business_date = '-infinity' and o.run_id = p.run_id and not o.met)"                                \
	" union all select f.job_id, f.run_id from (select j.job_id, f.run_id from jobgrid.job j"                    \
	"   join jobgrid.schedule s on s.tenant = j.tenant and s.job = j.full_name"                                  \
	"   cross join lateral (select f.run_id from jobgrid_engine.fire f"                                          \
	"    where f.schedule_id = s.schedule_id and f.run_id is not null order by f.scheduled_for desc limit $2) f" \
	"   where j.job_id = any ($1)) f"                                                                            \
	"  where exists (select from jobgrid_engine.ready r where r.run_id = f.run_id)"                              \
	"   or exists (select from jobgrid_engine.due d where d.run_id = f.run_id)"

int
jg_overlaps(const int32 *job_ids, int n, int depth, JgOverlap *overlaps)
{
	static JgSql sql = {
		.text =
			"select j.job_id, coalesce(l.live, 0), coalesce(w.waiting, 0) from (select distinct unnest($1)) j(job_id)"
			" left join (select job_id, count(*)::integer as live from (" LIVE ") l group by 1) l using (job_id)"
			" left join (select o.upstream_id as job_id, count(*)::integer as waiting from jobgrid_engine.pending_on o"
			"  where o.upstream_id = any ($1) and o.business_date = '-infinity' and not o.met group by 1) w"
			"  using (job_id) order by 1",
		.nargs = 2,
		.types = {INT4ARRAYOID, INT4OID},
		.indexed = true};
	Datum values[2] = {jg_array_int4(job_ids, n), Int32GetDatum(depth)};
	int found = (int) jg_sql(&sql, values, NULL);

	for (int i = 0; i < found; i++)
	{
		overlaps[i].job_id = jg_sql_int32(i, 1);
		overlaps[i].live = jg_sql_int32(i, 2);
		overlaps[i].waiting = jg_sql_int32(i, 3);
	}
	return found;
}

void
jg_overlap_replace(int32 job_id)
{
	/* Only rows that nobody has locked are asked: the scheduler waits for no one. */
	static JgSql sql = {
		.text = "with live as materialized (select l.run_id from (" LIVE ") l),"
				" leased as materialized (select l.run_id from jobgrid_engine.lease l"
				"  where l.run_id in (select run_id from live) and l.cancel_at is null for update skip locked),"
				" stood as materialized (select p.run_id from jobgrid_engine.parked p"
				"  where p.run_id in (select run_id from live) and p.state <> 'unknown' for update skip locked),"
				" pended as materialized (select p.run_id from jobgrid_engine.pending p"
				"  where p.run_id in (select run_id from live) for update skip locked),"
				" queued as materialized (select r.run_id from jobgrid_engine.ready r"
				"  where r.run_id in (select run_id from live) for update skip locked),"
				" delayed as materialized (select d.run_id from jobgrid_engine.due d"
				"  where d.run_id in (select run_id from live) for update skip locked)"
				" select jobgrid_engine.cancel_run(f.run_id, $3) from (table leased union all table stood union all"
				"  table pended union all table queued union all table delayed) f",
		.nargs = 3,
		.types = {INT4ARRAYOID, INT4OID, TEXTOID},
		.indexed = true};
	Datum values[3] = {jg_array_int4(&job_id, 1), Int32GetDatum(1),
					   CStringGetTextDatum("replaced by a later fire of its schedule")};

	jg_sql(&sql, values, NULL);
}

/* Runs that may go on: the oldest that wait, as many as there is room for, of those that nobody has locked. */
static int
find_released(const int32 *job_ids, int n, int64 **run_ids)
{
	static JgSql sql = {
		.text =
			"select p.run_id from (select w.job_id, w.run_id, w.place, coalesce(l.live, 0) as live,"
			"   coalesce(m.most, 1) as most"
			"  from (select o.upstream_id as job_id, o.run_id,"
			"    row_number() over (partition by o.upstream_id order by o.run_id) as place"
			"   from jobgrid_engine.pending_on o join jobgrid_engine.pending p on p.run_id = o.run_id"
			"   where o.upstream_id = any ($1) and o.business_date = '-infinity' and not o.met) w"
			"  left join (select job_id, count(*) as live from (" LIVE ") l group by 1) l using (job_id)"
			"  left join (select j.job_id, max(case when s.on_overlap = 'parallel' then coalesce(s.max_parallel, 1000000)"
			"    else 1 end) as most from jobgrid.job j"
			"   join jobgrid.schedule s on s.tenant = j.tenant and s.job = j.full_name"
			"   where j.job_id = any ($1) group by 1) m using (job_id)) w"
			" join jobgrid_engine.pending p on p.run_id = w.run_id"
			" where w.live + w.place <= w.most order by p.run_id for update of p skip locked",
		.nargs = 2,
		.types = {INT4ARRAYOID, INT4OID},
		.indexed = true};
	Datum values[2] = {jg_array_int4(job_ids, n), Int32GetDatum(1000)};
	int found = (int) jg_sql(&sql, values, NULL);

	*run_ids = palloc(Max(found, 1) * sizeof(int64));
	for (int i = 0; i < found; i++)
		(*run_ids)[i] = jg_sql_int64(i, 1);
	return found;
}

/* Nearly always no: then that is all. */
static bool
any_waits(const int32 *job_ids, int n)
{
	static JgSql sql = {
		.text = "select from unnest($1) u(job_id) cross join lateral (select from jobgrid_engine.pending_on o"
				" where o.upstream_id = u.job_id and o.scope = 0 and o.business_date = '-infinity'"
				" and not o.met limit 1) o limit 1",
		.nargs = 1,
		.types = {INT4ARRAYOID},
		.indexed = true};
	Datum value = jg_array_int4(job_ids, n);

	return jg_sql(&sql, &value, NULL) > 0;
}

static int32 *
jobs_that_wait(int *n)
{
	static JgSql sql = {.text = "select distinct upstream_id from jobgrid_engine.pending_on"
								" where business_date = '-infinity' and not met"};
	int32 *job_ids;

	*n = (int) jg_sql(&sql, NULL, NULL);
	job_ids = palloc(Max(*n, 1) * sizeof(int32));
	for (int i = 0; i < *n; i++)
		job_ids[i] = jg_sql_int32(i, 1);
	return job_ids;
}

void
jg_overlap_release(const int32 *job_ids, int n)
{
	/* Seen again by the scheduler's look at pending runs: other conditions may be left. */
	static JgSql sql = {
		.text = "with met as (update jobgrid_engine.pending_on set met = true"
				"  where run_id = any ($1) and business_date = '-infinity' returning run_id)"
				" update jobgrid_engine.pending p set unmet = null, reason = null from met where p.run_id = met.run_id",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	int64 *run_ids;
	int found;
	Datum value;

	if (n == 0)
		job_ids = jobs_that_wait(&n);
	found = n > 0 && any_waits(job_ids, n) ? find_released(job_ids, n, &run_ids) : 0;
	if (found == 0)
		return;
	value = jg_array_int8(run_ids, found);
	jg_guarded(&sql, &value, NULL);
}
