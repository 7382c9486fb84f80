/*
 * Pending runs nobody has looked at: each gets its lane and the list of what it waits for; those that wait for nothing
 * are queued. A row is seen again by setting unmet to null, or to 0 where its conditions do not matter.
 *
 * Seeding and the consumption of ends happen in this one process, one after the other: an end that is committed but
 * not yet consumed is missing in the latch, and its consumption will find the row that is written here.
 */
#include "scheduler.h"

#include "catalog/pg_type.h"
#include "guard.h"
#include "lane_make.h"
#include "partition.h"
#include "sql.h"
#include "worker_batch.h"

/* What was taken, side by side with batch->run_ids. */
static int32 jobs[JG_BATCH_ROWS];
static int32 lanes[JG_BATCH_ROWS]; /* 0 = none yet */

static void
take(JgBatch *batch)
{
	static JgSql sql = {
		.text = "select p.run_id, p.job_id, case when " JG_LANE_FITS(
			"p") " then p.lane_id end"
				 " from jobgrid_engine.pending p where p.run_id = any ($1) and (p.unmet is null or p.unmet = 0)"
				 " order by p.run_id for update skip locked",
		.nargs = 1,
		.types = {INT8ARRAYOID}};
	int64 ids[JG_BATCH_ROWS];
	int64 locked[JG_BATCH_ROWS];
	int n = jg_batch_candidates(batch, ids);
	int nlocked;
	Datum value = jg_array_int8(ids, n);

	if (n == 0)
		return;
	nlocked = (int) jg_sql(&sql, &value, NULL);
	for (int i = 0; i < nlocked; i++)
	{
		locked[i] = jg_sql_int64(i, 1);
		jobs[i] = jg_sql_int32(i, 2);
		lanes[i] = jg_sql_int32(i, 3);
	}
	jg_batch_keep_locked(batch, ids, n, locked, nlocked);
	Assert(batch->n == nlocked);
}

/* NULL, no pin, is the same as nothing but itself. */
static bool
same_pin(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Lanes of the rows [first, next), all of one partition of run, for which there is none yet. */
static void
find_lanes(const JgBatch *batch, Oid partition, int first, int next)
{
	static JgPartitionSql sql = {.text = "select run_id, queue, pin from %s where run_id = any ($1) order by run_id",
								 .nargs = 1,
								 .types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(&batch->run_ids[first], next - first);
	int n = (int) jg_sql_partition(&sql, partition, &value, NULL);
	char **queues = palloc0(Max(n, 1) * sizeof(char *));
	char **pins = palloc0(Max(n, 1) * sizeof(char *));

	if (n != next - first)
		elog(ERROR, "%d of %d pending runs have no row", next - first - n, next - first);
	for (int i = 0; i < n; i++)
	{
		queues[i] = jg_sql_text(i, 2);
		pins[i] = jg_sql_text(i, 3);
	}
	for (int i = 0; i < n; i++)
	{
		int row = first + i;
		if (lanes[row] != 0)
			continue;
		/* Runs of one job come together; the last one's answer is nearly always this one's. */
		if (i > 0 && jobs[row] == jobs[row - 1] && strcmp(queues[i], queues[i - 1]) == 0 &&
			same_pin(pins[i], pins[i - 1]))
			lanes[row] = lanes[row - 1];
		else
			lanes[row] = jg_lane_for(jobs[row], queues[i], pins[i]);
	}
}

static void
find_all_lanes(const JgBatch *batch)
{
	for (int first = 0; first < batch->n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_find(JG_FAMILY_RUN, batch->run_ids[first], AccessShareLock, &since, &until);
		int next = first + 1;
		bool wanted = lanes[first] == 0;

		if (!OidIsValid(partition))
			elog(ERROR, "run %lld has no partition", (long long) batch->run_ids[first]);
		for (; next < batch->n && batch->run_ids[next] < until; next++)
			wanted = wanted || lanes[next] == 0;
		if (wanted)
			find_lanes(batch, partition, first, next);
		first = next;
	}
}

/* What each of the new ones waits for. A row that is there already keeps what has happened to it since. */
static void
seed_conditions(const JgBatch *batch)
{
	static JgSql sql = {.text = "insert into jobgrid_engine.pending_on (upstream_id, run_id, business_date, met)"
								" select e.upstream_id, p.run_id, p.business_date,"
								" coalesce(s.state = 'succeeded' and s.business_date = p.business_date, false)"
								" from jobgrid_engine.pending p join jobgrid_engine.job_edge e on e.job_id = p.job_id"
								" left join jobgrid_engine.job_status s on s.job_id = e.upstream_id"
								" where p.run_id = any ($1) and p.unmet is null on conflict do nothing",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Datum value = jg_array_int8(batch->run_ids, batch->n);

	jg_sql(&sql, &value, NULL);
}

/* Writes lanes and counts; the ids of those that wait for nothing go to `met`. */
static int
write_counts(const JgBatch *batch, int64 *met)
{
	static JgSql sql = {.text = "update jobgrid_engine.pending p set lane_id = u.lane_id, unmet = c.unmet,"
								" reason = case when c.overlap then 'overlap' when c.unmet > 0 then 'condition' end"
								" from unnest($1, $2) u(run_id, lane_id) cross join lateral ("
								"  select count(*)::integer as unmet, bool_or(o.business_date = '-infinity') as overlap"
								"  from jobgrid_engine.pending_on o where o.run_id = u.run_id and not o.met) c"
								" where p.run_id = u.run_id and p.unmet is null returning p.run_id, p.unmet",
						.nargs = 2,
						.types = {INT8ARRAYOID, INT4ARRAYOID}};
	static JgSql no_conditions = {
		.text = "update jobgrid_engine.pending p set lane_id = u.lane_id from unnest($1, $2) u(run_id, lane_id)"
				" where p.run_id = u.run_id and p.unmet = 0 returning p.run_id",
		.nargs = 2,
		.types = {INT8ARRAYOID, INT4ARRAYOID}};
	Datum values[2] = {jg_array_int8(batch->run_ids, batch->n), jg_array_int4(lanes, batch->n)};
	int nmet = 0;
	uint64 n;

	n = jg_guarded(&no_conditions, values, NULL);
	for (uint64 i = 0; i < n; i++)
		met[nmet++] = jg_sql_int64(i, 1);
	n = jg_guarded(&sql, values, NULL);
	for (uint64 i = 0; i < n; i++)
		if (jg_sql_int32(i, 2) == 0)
			met[nmet++] = jg_sql_int64(i, 1);
	return nmet;
}

static void
process(JgBatch *batch)
{
	int64 met[JG_BATCH_ROWS];

	find_all_lanes(batch);
	seed_conditions(batch);
	jg_scheduler_release(met, write_counts(batch, met));
}

static JgBatch unseen = {
	.unit = {.name = "looking at pending runs", .body = jg_batch_body},
	.place = "pending",
	.fresh = {.text = "select p.run_id from jobgrid_engine.pending p where (p.unmet is null or p.unmet = 0)"
					  " and not exists (select from jobgrid_engine.set_aside a"
					  "  where a.place = 'pending' and a.run_id = p.run_id)"
					  " order by p.run_id limit $2",
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .replan = true},
	.again = {.text = "select run_id from (select p.run_id from jobgrid_engine.set_aside a"
					  "  join jobgrid_engine.pending p on p.run_id = a.run_id"
					  "  where a.place = 'pending' and a.until <= $1 and (p.unmet is null or p.unmet = 0)"
					  "  order by a.until limit $2) r order by run_id",
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .replan = true},
	.take = take,
	.process = process};

void
jg_scheduler_pending(void)
{
	jg_batch_drain(&unseen);
}
