/*
 * Steps that are run again. The new run is there already; here its workflow takes notice of it: a workflow that has ended runs
 * again, and the steps after it that were skipped, or where that is wanted all steps after it, get new runs as well.
 *
 * Everything is found from what is on record when the scheduler gets to it, so that it does not matter whether the new run
 * has ended by then.
 */
#include "workflow.h"

#include "atoms.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "move.h"
#include "partition.h"
#include "scheduler.h"
#include "sql.h"
#include "supersede.h"
#include "workflow_steps.h"

/* Runs of workflows that a step lies in, the outermost first; all of them live afterwards. */
typedef struct Chain
{
	int64 root_run;
	int64 scope;
	int n;
	int64 *run_ids;
} Chain;

static void
read_chain(int64 parent_run, Chain *chain)
{
	static JgSql sql = {
		.text =
			"with recursive up as ("
			"  select r.run_id, r.parent_run, 1 as n from jobgrid_engine.any_run r where r.run_id = $1"
			"  union all select r.run_id, r.parent_run, u.n + 1 from up u join jobgrid_engine.any_run r on r.run_id = u.parent_run)"
			" select u.run_id from up u order by u.n desc",
		.nargs = 1,
		.types = {INT8OID}};
	Datum value = Int64GetDatum(parent_run);

	chain->n = (int) jg_sql(&sql, &value, NULL);
	chain->run_ids = palloc(Max(chain->n, 1) * sizeof(int64));
	for (int i = 0; i < chain->n; i++)
		chain->run_ids[i] = jg_sql_int64(i, 1);
	if (chain->n == 0)
		elog(ERROR, "workflow run %lld has no row", (long long) parent_run);
	chain->root_run = chain->scope = chain->run_ids[0];
}

/* The steps of a root that has ended, as its runs tell: of each the newest. */
static void
restore_members(int64 root_run)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.member (scope, run_id, parent_run, ended_at, job_id, exit_code, state, reason)"
			" select distinct on (r.job_id) $1, r.run_id, r.parent_run, r.finished_at, r.job_id, r.exit_code,"
			"  nullif(r.state, 'live'), r.reason from jobgrid_engine.any_run r"
			" where r.root_run = $1 and r.parent_run is not null order by r.job_id, r.run_id desc"
			" on conflict (scope, job_id) do nothing",
		.nargs = 1,
		.types = {INT8OID},
		.replan = true};
	Datum value = Int64GetDatum(root_run);

	jg_sql(&sql, &value, NULL);
}

/* The wide row lives again, and a lease stands for it, as for any workflow that runs. False: it lives. */
static bool
reopen(const Chain *chain, int64 run_id)
{
	static JgPartitionSql live_sql = {
		.text = "update %s set state = 'live', reason = null, message = null, finished_at = null"
				" where run_id = $1 and state <> 'live' returning state",
		.nargs = 1,
		.types = {INT8OID}};
	static JgPartitionSql was_sql = {.text =
										 "select state from %s where run_id = $1 and state <> 'live' for update nowait",
									 .nargs = 1,
									 .types = {INT8OID}};
	static JgSql lease_sql = {
		.text = "insert into jobgrid_engine.lease (run_id, rank, since, job_id, tenant_id, attempt, tries, unmet,"
				" business_date, state, reason, fence, version, claimed_at, started_at)"
				" select r.run_id, p.rank, $2, r.job_id, r.tenant_id, r.attempts + 1, 1, 0, r.business_date, 'running',"
				" 'workflow', $3 | (r.attempts + 1), coalesce(r.version, j.version), $2, coalesce(r.started_at, $2)"
				" from jobgrid_engine.any_run r join jobgrid.job j using (job_id)"
				" join jobgrid.priority_level p on p.name = j.priority where r.run_id = $1",
		.nargs = 3,
		.types = {INT8OID, TIMESTAMPTZOID, INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_RUN, run_id, RowExclusiveLock, &since, &until);
	Datum now = TimestampTzGetDatum(jg_now());
	Datum lease[3] = {Int64GetDatum(run_id), now, Int64GetDatum(jg_fence(pg_atomic_read_u32(&jg_shared->epoch), 0))};
	char *was;
	JgState state;

	if (!OidIsValid(partition) || jg_sql_partition(&was_sql, partition, lease, NULL) == 0)
		return false;
	was = jg_sql_text(0, 1);
	if (!jg_state_parse(was, &state) || !jg_transition_allowed(state, JG_RUNNING, JG_ENGINE))
		elog(ERROR, "run %lld cannot go from %s to running", (long long) run_id, was);
	jg_guarded_partition(&live_sql, partition, lease, NULL);
	jg_guarded(&lease_sql, lease, NULL);
	jg_workflow_enter(run_id, chain->root_run, chain->scope, 0);
	jg_write_history(run_id, "rerun", was, "running", "operator", "a step is run again");
	return true;
}

/* Makes all workflows of the chain live. */
static void
reopen_all(const Chain *chain)
{
	static JgSql nested_sql = {
		.text = "update jobgrid_engine.member set state = null, reason = null, exit_code = null, ended_at = null"
				" where scope = $1 and run_id = any ($2)",
		.nargs = 2,
		.types = {INT8OID, INT8ARRAYOID}};
	Datum values[2] = {Int64GetDatum(chain->scope), jg_array_int8(chain->run_ids, chain->n)};

	for (int i = 0; i < chain->n; i++)
		if (reopen(chain, chain->run_ids[i]) && i == 0)
			restore_members(chain->root_run);
	jg_sql(&nested_sql, values, NULL);
}

/* The step's newest run, as it stands. */
static void
take_new_run(const Chain *chain, int64 run_id)
{
	static JgSql sql = {
		.text =
			"update jobgrid_engine.member m set run_id = r.run_id, parent_run = r.parent_run, state = nullif(r.state, 'live'),"
			" reason = r.reason, exit_code = r.exit_code, ended_at = r.finished_at"
			" from jobgrid_engine.any_run r where r.run_id = $2 and m.scope = $1 and m.job_id = r.job_id and m.run_id <= r.run_id",
		.nargs = 2,
		.types = {INT8OID, INT8OID}};
	Datum values[2] = {Int64GetDatum(chain->scope), Int64GetDatum(run_id)};

	jg_sql(&sql, values, NULL);
}

/* Steps that are to be run again because of what is; those inside others of them come with these. */
typedef struct Redo
{
	int n;
	int64 *parents;
	int64 *run_ids;
	int32 *job_ids;
	char **states;
} Redo;

/*
 * Steps after `run_id` or after a workflow of the chain, from one to the next, as far as they were skipped because of what came
 * before them, or (downstream) have ended in any way. Steps of the chain's workflows that were stopped belong to them.
 */
static void
find_redo(const Chain *chain, int64 run_id, bool downstream, Redo *redo)
{
	static JgSql sql = {
		.text = "with recursive again as ("
				"  select m.job_id from jobgrid_engine.member m where m.scope = $1 and m.run_id = any ($3)"
				"  union select m.job_id from jobgrid_engine.member m where m.scope = $1 and m.parent_run = any ($3)"
				"   and m.state = 'skipped' and m.reason = 'workflow_stopped'"
				"  union select d.job_id from again a"
				"  join jobgrid_engine.job_edge e on e.upstream_id = a.job_id and e.source = 'j' and e.inside"
				"  join jobgrid_engine.member d on d.scope = $1 and d.job_id = e.job_id"
				"  where d.state is not null and ($4 or d.state = 'skipped'"
				"   and d.reason in ('upstream_failed', 'branch_not_taken', 'workflow_stopped')))"
				" select m.parent_run, m.run_id, m.job_id, m.state from again a"
				" join jobgrid_engine.member m on m.scope = $1 and m.job_id = a.job_id"
				" where m.run_id <> $2 and m.run_id <> all ($3) and m.state is not null"
				"  and not exists (select from jobgrid_engine.member p join again b on b.job_id = p.job_id"
				"   where p.scope = $1 and p.run_id = m.parent_run and p.run_id <> all ($3))"
				" order by m.parent_run, m.job_id",
		.nargs = 4,
		.types = {INT8OID, INT8OID, INT8ARRAYOID, BOOLOID},
		.replan = true};
	int64 *from = palloc((chain->n + 1) * sizeof(int64));
	Datum values[4] = {Int64GetDatum(chain->scope), Int64GetDatum(run_id), (Datum) 0, BoolGetDatum(downstream)};

	memcpy(from, chain->run_ids, chain->n * sizeof(int64));
	from[chain->n] = run_id;
	values[2] = jg_array_int8(from, chain->n + 1);
	redo->n = (int) jg_sql(&sql, values, NULL);
	redo->parents = palloc(Max(redo->n, 1) * sizeof(int64));
	redo->run_ids = palloc(Max(redo->n, 1) * sizeof(int64));
	redo->job_ids = palloc(Max(redo->n, 1) * sizeof(int32));
	redo->states = palloc(Max(redo->n, 1) * sizeof(char *));
	for (int i = 0; i < redo->n; i++)
	{
		redo->parents[i] = jg_sql_int64(i, 1);
		redo->run_ids[i] = jg_sql_int64(i, 2);
		redo->job_ids[i] = jg_sql_int32(i, 3);
		redo->states[i] = jg_sql_text(i, 4);
	}
}

/* New runs for [first, next), steps of one workflow, which lives. */
static void
redo_steps(const Chain *chain, const Redo *redo, int first, int next)
{
	static JgSql date_sql = {
		.text = "select business_date from jobgrid_engine.any_run where run_id = $1", .nargs = 1, .types = {INT8OID}};
	Datum parent = Int64GetDatum(redo->parents[first]);
	JgSteps steps = {.parent_run = redo->parents[first],
					 .root_run = chain->root_run,
					 .now = jg_now(),
					 .n = next - first,
					 .job_ids = &redo->job_ids[first],
					 .rerun_of = &redo->run_ids[first]};
	bool isnull;

	if (jg_sql(&date_sql, &parent, NULL) == 0)
		elog(ERROR, "workflow run %lld has no row", (long long) steps.parent_run);
	steps.business_date = DatumGetDateADT(jg_sql_datum(0, 1, &isnull));
	jg_steps_bind(&steps);
	if (steps.wrong != NULL)
	{
		/* They stay as they were; who looks at the workflow is told. */
		jg_write_history(steps.parent_run, "rerun", "running", "running", "setup_failed", steps.wrong);
		return;
	}
	jg_steps_write(&steps);
	for (int i = 0; i < steps.n; i++)
	{
		jg_supersede(redo->run_ids[first + i], steps.run_ids[i], redo->states[first + i],
					 "a step before it is run again");
		take_new_run(chain, steps.run_ids[i]);
	}
}

static void
count_unfinished(const Chain *chain)
{
	static JgSql sql = {
		.text =
			"update jobgrid_engine.workflow_run w set members = c.members, unfinished = c.unfinished, stopping = null, hung = null,"
			" moved_at = $2,"
			" stopped = false from (select m.parent_run, count(*)::integer as members,"
			"  (count(*) filter (where m.state is null))::integer as unfinished"
			"  from jobgrid_engine.member m where m.scope = $1 group by 1) c"
			" where w.run_id = c.parent_run and w.scope = $1",
		.nargs = 2,
		.types = {INT8OID, TIMESTAMPTZOID}};
	Datum values[2] = {Int64GetDatum(chain->scope), TimestampTzGetDatum(jg_now())};

	jg_sql(&sql, values, NULL);
	jg_workflow_look();
}

/* Who waits in there waits by what is known now. */
static void
renew_atoms(const Chain *chain)
{
	static JgSql sql = {.text =
							"select distinct o.run_id from jobgrid_engine.pending_on o"
							" where o.upstream_id in (select m.job_id from jobgrid_engine.member m where m.scope = $1)"
							" and o.scope = $1",
						.nargs = 1,
						.types = {INT8OID},
						.replan = true};
	Datum value = Int64GetDatum(chain->scope);
	int n = (int) jg_sql(&sql, &value, NULL);
	int64 *run_ids = palloc(Max(n, 1) * sizeof(int64));

	for (int i = 0; i < n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	jg_atoms_lock_runs(run_ids, n);
	jg_scheduler_decide_again(run_ids, n);
}

void
jg_workflow_again(int64 run_id, bool downstream)
{
	static JgSql sql = {
		.text = "select parent_run from jobgrid_engine.any_run where run_id = $1 and parent_run is not null",
		.nargs = 1,
		.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);
	Chain chain;
	Redo redo;

	if (jg_sql(&sql, &value, NULL) == 0)
		return;
	read_chain(jg_sql_int64(0, 1), &chain);
	reopen_all(&chain);
	take_new_run(&chain, run_id);
	find_redo(&chain, run_id, downstream, &redo);
	for (int first = 0; first < redo.n;)
	{
		int next = first + 1;
		Chain inner;

		while (next < redo.n && redo.parents[next] == redo.parents[first])
			next++;
		read_chain(redo.parents[first], &inner);
		reopen_all(&inner);
		redo_steps(&chain, &redo, first, next);
		first = next;
	}
	count_unfinished(&chain);
	renew_atoms(&chain);
}
