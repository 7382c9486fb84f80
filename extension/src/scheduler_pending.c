/*
 * Pending runs nobody has looked at: each gets its lane and the list of what it waits for; those that wait for nothing
 * are queued. A row is seen again by setting unmet to null, or to 0 where its conditions do not matter any more.
 *
 * Seeding and the consumption of ends happen in this one process, one after the other: an end that is committed but
 * not yet consumed is missing in the latch, and its consumption will find the row that is written here.
 */
#include "scheduler.h"

#include "atoms.h"
#include "catalog/pg_type.h"
#include "guard.h"
#include "lane_make.h"
#include "partition.h"
#include "sql.h"
#include "worker_batch.h"

/* What was taken, side by side with batch->run_ids. */
static int32 jobs[JG_BATCH_ROWS];
static int32 lanes[JG_BATCH_ROWS];   /* 0 = none yet */
static bool judged[JG_BATCH_ROWS];   /* its conditions do not matter (any more) */
static int64 parents[JG_BATCH_ROWS]; /* the workflow's run that made it, 0 = none */

static void
take(JgBatch *batch)
{
	static JgSql sql = {
		.text = "select p.run_id, p.job_id, case when " JG_LANE_FITS(
			"p") " then p.lane_id end, p.unmet is not null"
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
		judged[i] = jg_sql_bool(i, 4);
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

/* What the wide rows of [first, next), all of one partition of run, say: whose step each is, and its lane where it has none. */
static void
read_wide(const JgBatch *batch, Oid partition, int first, int next)
{
	static JgPartitionSql sql = {
		.text = "select run_id, queue, pin, parent_run from %s where run_id = any ($1) order by run_id",
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
		parents[first + i] = jg_sql_int64(i, 4);
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
read_all_wide(const JgBatch *batch)
{
	for (int first = 0; first < batch->n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_find(JG_FAMILY_RUN, batch->run_ids[first], AccessShareLock, &since, &until);
		int next = first + 1;

		if (!OidIsValid(partition))
			elog(ERROR, "run %lld has no partition", (long long) batch->run_ids[first]);
		while (next < batch->n && batch->run_ids[next] < until)
			next++;
		read_wide(batch, partition, first, next);
		first = next;
	}
}

/* The scope of the workflow that made each; 0: none, or one that has ended. */
static void
find_scopes(const JgBatch *batch, int64 *scopes)
{
	static JgSql sql = {.text = "select coalesce(w.scope, 0) from unnest($1) with ordinality u(run_id, n)"
								" left join lateral (select w.scope from jobgrid_engine.workflow_run w"
								"  where w.run_id = u.run_id offset 0) w on true order by u.n",
						.nargs = 1,
						.types = {INT8ARRAYOID},
						.indexed = true};
	Datum value = jg_array_int8(parents, batch->n);
	bool any = false;

	for (int i = 0; i < batch->n; i++)
	{
		scopes[i] = 0;
		any = any || parents[i] != 0;
	}
	if (!any)
		return;
	jg_sql(&sql, &value, NULL);
	for (int i = 0; i < batch->n; i++)
		scopes[i] = jg_sql_int64(i, 1);
}

/* Writes lanes, and what those wait for that were not judged before. */
static void
write_decisions(const JgBatch *batch, const JgDecision *decisions, int ndecisions)
{
	static JgSql lane_sql = {.text =
								 "with u as materialized (select p.at, u.lane_id from unnest($1, $2) u(run_id, lane_id)"
								 "  cross join lateral (select p.ctid as at from jobgrid_engine.pending p"
								 "   where p.run_id = u.run_id and p.lane_id is distinct from u.lane_id offset 0) p)"
								 " update jobgrid_engine.pending p set lane_id = u.lane_id from u where p.ctid = u.at",
							 .nargs = 2,
							 .types = {INT8ARRAYOID, INT4ARRAYOID},
							 .indexed = true};
	static JgSql sql = {
		.text =
			"with u as materialized (select p.at, u.* from unnest($1, $2, $3, $4) u(run_id, lane_id, unmet, reason)"
			"  cross join lateral (select p.ctid as at from jobgrid_engine.pending p where p.run_id = u.run_id offset 0) p)"
			" update jobgrid_engine.pending p set lane_id = u.lane_id, unmet = u.unmet, reason = u.reason"
			" from u where p.ctid = u.at",
		.nargs = 4,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TEXTARRAYOID},
		.indexed = true};
	JgArray columns[4] = {jg_array(INT8OID, batch->n), jg_array(INT4OID, batch->n), jg_array(INT4OID, batch->n),
						  jg_array(TEXTOID, batch->n)};
	Datum values[4] = {jg_array_int8(batch->run_ids, batch->n), jg_array_int4(lanes, batch->n)};
	int d = 0;

	if (ndecisions < batch->n)
		jg_guarded(&lane_sql, values, NULL);
	if (ndecisions == 0)
		return;
	for (int i = 0; i < batch->n; i++)
	{
		if (d == ndecisions || decisions[d].run_id != batch->run_ids[i])
			continue;
		jg_array_add(&columns[0], Int64GetDatum(batch->run_ids[i]));
		jg_array_add(&columns[1], Int32GetDatum(lanes[i]));
		jg_array_add(&columns[2], Int32GetDatum(decisions[d].unmet));
		jg_array_add_text(&columns[3], decisions[d].verdict == JG_WAITS ? decisions[d].reason : NULL);
		d++;
	}
	for (int i = 0; i < 4; i++)
		values[i] = jg_array_datum(&columns[i]);
	jg_guarded(&sql, values, NULL);
}

static void
process(JgBatch *batch)
{
	int64 scopes[JG_BATCH_ROWS];
	int64 unseen_ids[JG_BATCH_ROWS];
	int64 met[JG_BATCH_ROWS];
	JgDecision *decisions = palloc(batch->n * sizeof(JgDecision));
	int nunseen = 0;
	int nmet = 0;
	int ndecisions;

	read_all_wide(batch);
	find_scopes(batch, scopes);
	for (int i = 0; i < batch->n; i++)
	{
		if (judged[i])
			met[nmet++] = batch->run_ids[i];
		else
		{
			scopes[nunseen] = scopes[i];
			unseen_ids[nunseen++] = batch->run_ids[i];
		}
	}
	jg_atoms_seed(unseen_ids, scopes, nunseen);
	ndecisions = jg_decide(unseen_ids, nunseen, decisions);
	write_decisions(batch, decisions, ndecisions);
	jg_scheduler_release(met, nmet);
	jg_scheduler_settle(decisions, ndecisions, NULL);
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
			  .indexed = true},
	.again = {.text = "select run_id from (select p.run_id from jobgrid_engine.set_aside a"
					  "  join jobgrid_engine.pending p on p.run_id = a.run_id"
					  "  where a.place = 'pending' and a.until <= $1 and (p.unmet is null or p.unmet = 0)"
					  "  order by a.until limit $2) r order by run_id",
			  .nargs = 2,
			  .types = {TIMESTAMPTZOID, INT4OID},
			  .indexed = true},
	.take = take,
	.process = process};

void
jg_scheduler_pending(void)
{
	jg_batch_drain(&unseen);
}
