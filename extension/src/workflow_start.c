/*
 * Workflows begin: the run leaves the queue for a lease without an executor, and the runs of all its steps are made, in one
 * commit. So nobody ever sees half of a workflow, and no step can end before those that wait for it are there.
 *
 * A workflow is queued like any run, so that paused queues, run windows and blackouts hold it as they hold any other; its
 * lane is of kind workflow, which no executor serves. Steps are bound to their versions here.
 */
#include "workflow.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "definition.h"
#include "flags.h"
#include "guard.h"
#include "lease.h"
#include "move.h"
#include "scheduler.h"
#include "sql.h"
#include "utils/builtins.h"
#include "worker_batch.h"
#include "workflow_steps.h"

/* A workflow's run on its way, and its steps. */
typedef struct Start
{
	JgLease lease;
	int64 root_run;
	int64 scope;
	bool autosys;
	JgSteps steps;
	JgNarrow queued; /* its row as it was */
	bool left_out;   /* the workflow is taken out or bypassed */
} Start;

static void
take(JgBatch *batch)
{
	static JgSql sql = {.text = "select r.run_id from jobgrid_engine.ready r where r.run_id = any ($1)"
								" order by r.run_id for update skip locked",
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
		locked[i] = jg_sql_int64(i, 1);
	jg_batch_keep_locked(batch, ids, n, locked, nlocked);
}

/* Takes the run out of the queue. */
static void
read_start(int64 run_id, Start *start)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.ready where run_id = $1"
								" returning rank, since, job_id, tenant_id, lane_id, attempt, tries, business_date",
						.nargs = 1,
						.types = {INT8OID}};
	static JgSql facts_sql = {
		.text = "select case when w.run_id is null then r.run_id else w.root_run end, coalesce(w.scope, r.run_id),"
				" coalesce(r.version, j.version), j.semantics = 'autosys', j.taken_out or j.bypassed"
				" from jobgrid_engine.any_run r join jobgrid.job j using (job_id)"
				" left join jobgrid_engine.workflow_run w on w.run_id = r.parent_run where r.run_id = $1",
		.nargs = 1,
		.types = {INT8OID}};
	TimestampTz now = jg_now();
	Datum value = Int64GetDatum(run_id);
	JgLease *lease = &start->lease;
	bool isnull;

	memset(start, 0, sizeof(*start));
	if (jg_guarded(&sql, &value, NULL) != 1)
		elog(ERROR, "run %lld is not queued", (long long) run_id);
	start->queued = (JgNarrow){.run_id = run_id,
							   .rank = jg_sql_int64(0, 1),
							   .since = jg_sql_int64(0, 2),
							   .job_id = jg_sql_int32(0, 3),
							   .tenant_id = jg_sql_int32(0, 4),
							   .lane_id = jg_sql_int32(0, 5),
							   .attempt = jg_sql_int32(0, 6),
							   .tries = jg_sql_int32(0, 7),
							   .business_date = DatumGetDateADT(jg_sql_datum(0, 8, &isnull)),
							   .state = JG_QUEUED};
	lease->row = start->queued;
	lease->row.attempt++;
	lease->row.tries++;
	lease->row.state = JG_RUNNING;
	lease->row.reason = "workflow";
	lease->fence = jg_fence(pg_atomic_read_u32(&jg_shared->epoch), lease->row.attempt);
	lease->claimed_at = lease->started_at = now;
	if (jg_sql(&facts_sql, &value, NULL) != 1)
		elog(ERROR, "run %lld has no job", (long long) run_id);
	start->root_run = jg_sql_int64(0, 1);
	start->scope = jg_sql_int64(0, 2);
	lease->version = jg_sql_int32(0, 3);
	start->autosys = jg_sql_bool(0, 4);
	start->left_out = jg_sql_bool(0, 5);
}

static void
read_steps(Start *start)
{
	static JgSql sql = {.text = "select s.job_id from jobgrid.job j"
								" join jobgrid.job s on s.tenant = j.tenant and s.parent = j.full_name"
								" where j.job_id = $1 order by s.job_id",
						.nargs = 1,
						.types = {INT4OID},
						.indexed = true};
	Datum value = Int32GetDatum(start->lease.row.job_id);
	JgSteps *steps = &start->steps;

	steps->parent_run = start->lease.row.run_id;
	steps->root_run = start->root_run;
	steps->now = start->lease.started_at;
	steps->business_date = start->lease.row.business_date;
	steps->n = (int) jg_sql(&sql, &value, NULL);
	steps->job_ids = palloc(Max(steps->n, 1) * sizeof(int32));
	for (int i = 0; i < steps->n; i++)
		steps->job_ids[i] = jg_sql_int32(i, 1);
	jg_steps_bind(steps);
}

static void
write_members(const Start *start)
{
	static JgSql members_sql = {
		.text = "insert into jobgrid_engine.member (scope, run_id, parent_run, job_id)"
				" select $3, u.run_id, $4, u.job_id from unnest($1, $2) u(run_id, job_id)"
				/* A workflow in another that is run again. */
				" on conflict (scope, job_id) do update set run_id = excluded.run_id, parent_run = excluded.parent_run,"
				" state = null, reason = null, exit_code = null, ended_at = null",
		.nargs = 4,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT8OID, INT8OID}};
	Datum run_id = Int64GetDatum(start->lease.row.run_id);
	Datum members[4] = {jg_array_int8(start->steps.run_ids, start->steps.n),
						jg_array_int4(start->steps.job_ids, start->steps.n), Int64GetDatum(start->scope), run_id};

	jg_sql(&members_sql, members, NULL);
	jg_workflow_enter(start->lease.row.run_id, start->root_run, start->scope, start->steps.n);
}

/* Its steps would be wrong: it ends before it has begun. */
static void
refuse(const Start *start)
{
	JgEnd end = {.run_id = start->lease.row.run_id,
				 .job_id = start->lease.row.job_id,
				 .business_date = start->lease.row.business_date,
				 .from = JG_QUEUED,
				 .to = JG_FAILED,
				 .reason = "setup_failed",
				 .message = start->steps.wrong,
				 .attempts = start->lease.row.attempt - 1,
				 .finished_at = start->lease.started_at};

	jg_finish(&end, 1, JG_ENGINE);
}

/*
 * A box that starts: what its jobs did last time is forgotten, by all who ask for it. Who waits for one of them and is locked by
 * somebody makes the box wait as well.
 */
static void
forget_ends(const Start *start)
{
	static JgSql sql = {
		.text =
			"update jobgrid_engine.job_status s set state = null, reason = null, exit_code = null from jobgrid.job b"
			" join jobgrid.job j on j.tenant = b.tenant and starts_with(j.full_name, b.full_name || '/')"
			" where b.job_id = $1 and s.job_id = j.job_id and s.state is not null returning s.job_id",
		.nargs = 1,
		.types = {INT4OID},
		.indexed = true};
	static JgSql waiting_sql = {
		.text =
			"select distinct o.run_id from jobgrid_engine.pending_on o where o.upstream_id = any ($1) and o.scope = 0"
			" and o.business_date = 'infinity' and o.source = 'j'",
		.nargs = 1,
		.types = {INT4ARRAYOID},
		.indexed = true};
	Datum value = Int32GetDatum(start->lease.row.job_id);
	int n = (int) jg_sql(&sql, &value, NULL);
	int32 *job_ids = palloc(Max(n, 1) * sizeof(int32));
	int64 *run_ids;

	for (int i = 0; i < n; i++)
		job_ids[i] = jg_sql_int32(i, 1);
	value = jg_array_int4(job_ids, n);
	n = (int) jg_sql(&waiting_sql, &value, NULL);
	run_ids = palloc(Max(n, 1) * sizeof(int64));
	for (int i = 0; i < n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	jg_atoms_lock_runs(run_ids, n);
	jg_scheduler_decide_again(run_ids, n);
}

static void
begin(int64 run_id)
{
	Start start;

	read_start(run_id, &start);
	if (start.left_out)
	{
		jg_flag_put_back(&start.queued, 1);
		return;
	}
	read_steps(&start);
	if (start.steps.wrong != NULL)
	{
		refuse(&start);
		return;
	}
	if (start.autosys)
		forget_ends(&start);
	jg_lease_insert(&start.lease, 1);
	jg_steps_write(&start.steps);
	write_members(&start);
	if (start.steps.n == 0)
		jg_workflow_look();
	jg_ring(JG_SCHEDULER);
}

static void
process(JgBatch *batch)
{
	for (int i = 0; i < batch->n; i++)
		begin(batch->run_ids[i]);
}

/* A workflow has at most so many steps in one batch with others; one with more has a transaction of its own. */
#define WORKFLOWS "20"

static JgBatch queued = {
	.unit = {.name = "starting workflows", .body = jg_batch_body},
	.place = "ready",
	.fresh =
		{.text =
			 "select run_id from (select r.run_id from jobgrid_engine.lane l"
			 "  join jobgrid_engine.ready r on r.lane_id = l.lane_id where l.kind = 'workflow' and l.open"
			 "  and not exists (select from jobgrid_engine.set_aside a where a.place = 'ready' and a.run_id = r.run_id)"
			 "  order by r.rank, r.run_id limit least($2, " WORKFLOWS ")) r where $1 is not null order by run_id",
		 .nargs = 2,
		 .types = {TIMESTAMPTZOID, INT4OID},
		 .indexed = true},
	.again =
		{.text =
			 "select run_id from (select r.run_id from jobgrid_engine.set_aside a"
			 "  join jobgrid_engine.ready r on r.run_id = a.run_id join jobgrid_engine.lane l on l.lane_id = r.lane_id"
			 "  where a.place = 'ready' and a.until <= $1 and l.open order by a.until"
			 "  limit least($2, " WORKFLOWS ")) r order by run_id",
		 .nargs = 2,
		 .types = {TIMESTAMPTZOID, INT4OID},
		 .indexed = true},
	.take = take,
	.process = process};

void
jg_workflows_start(void)
{
	jg_batch_drain(&queued);
}
