/*
 * Jobs that would wait for each other in a circle.
 *
 * A workflow is two nodes, its start and its end: its steps start after the one and end before the other. So a step that
 * waits for what waits for its workflow is a circle, and one that waits for a job before the workflow is none.
 */
#include "postgres.h"

#include "args.h"
#include "catalog/pg_type.h"
#include "cycle_near.h"
#include "fmgr.h"
#include "graph/graph.h"
#include "graph/graph_order.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jobgrid_find_cycle);

/* Jobs in order of id; a node is twice the place of its job, and one more for the end of a workflow. */
typedef struct Jobs
{
	int n;
	int32 *ids;
	int32 *parents; /* ids, 0 = none */
	bool *workflows;
} Jobs;

static void
read_jobs(Datum tenant, Datum near, Jobs *jobs)
{
	static JgSql sql = {.text = "select j.job_id, p.job_id, j.kind = 'workflow' from jobgrid.job j"
								" left join jobgrid.job p on p.tenant = j.tenant and p.full_name = j.parent"
								" where j.tenant = $1 order by j.job_id",
						.nargs = 1,
						.types = {TEXTOID},
						.replan = true};
	static JgSql near_sql = {
		.text = "select j.job_id, p.job_id, j.kind = 'workflow' from (select distinct n.id from unnest($1) n(id)) n"
				" cross join lateral (select j.* from jobgrid.job j where j.job_id = n.id offset 0) j"
				" left join lateral (select p.job_id from jobgrid.job p where p.tenant = j.tenant"
				"  and p.full_name = j.parent offset 0) p on true order by j.job_id",
		.nargs = 1,
		.types = {INT4ARRAYOID},
		.indexed = true};

	jobs->n = (int) (near != 0 ? jg_sql(&near_sql, &near, NULL) : jg_sql(&sql, &tenant, NULL));
	jobs->ids = palloc(Max(jobs->n, 1) * sizeof(int32));
	jobs->parents = palloc(Max(jobs->n, 1) * sizeof(int32));
	jobs->workflows = palloc(Max(jobs->n, 1) * sizeof(bool));
	for (int i = 0; i < jobs->n; i++)
	{
		jobs->ids[i] = jg_sql_int32(i, 1);
		jobs->parents[i] = jg_sql_int32(i, 2);
		jobs->workflows[i] = jg_sql_bool(i, 3);
	}
}

static int
compare_ids(const void *a, const void *b)
{
	int32 x = *(const int32 *) a;
	int32 y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* Where the job is; -1: it is none of them. */
static int
place_of(const Jobs *jobs, int32 id)
{
	const int32 *found = bsearch(&id, jobs->ids, jobs->n, sizeof(int32), compare_ids);

	return found == NULL ? -1 : (int) (found - jobs->ids);
}

static int
start_of(int place)
{
	return 2 * place;
}

static int
end_of(const Jobs *jobs, int place)
{
	return 2 * place + jobs->workflows[place];
}

/* Steps after the start and before the end of what they lie in; waits for what is waited for. */
static JgEdge *
read_edges(Datum near, const Jobs *jobs, int *nedges)
{
	/* Those of other tenants name no job of these. */
	static JgSql sql = {.text = "select e.job_id, e.upstream_id from jobgrid_engine.job_edge e where " JG_CYCLE_EDGE};
	static JgSql near_sql = {
		.text = "select e.job_id, e.upstream_id from (select distinct n.id from unnest($1) n(id)) n cross join lateral"
				" (select e.* from jobgrid_engine.job_edge e where e.job_id = n.id and " JG_CYCLE_EDGE " offset 0) e",
		.nargs = 1,
		.types = {INT4ARRAYOID},
		.indexed = true};
	int n = (int) (near != 0 ? jg_sql(&near_sql, &near, NULL) : jg_sql(&sql, NULL, NULL));
	JgEdge *edges = palloc((n + 3 * jobs->n + 1) * sizeof(JgEdge));

	*nedges = 0;
	for (int i = 0; i < n; i++)
	{
		int waits = place_of(jobs, jg_sql_int32(i, 1));
		int upstream = place_of(jobs, jg_sql_int32(i, 2));

		if (waits >= 0 && upstream >= 0)
			edges[(*nedges)++] = (JgEdge){.from = end_of(jobs, upstream), .to = start_of(waits)};
	}
	for (int i = 0; i < jobs->n; i++)
	{
		int parent = jobs->parents[i] != 0 ? place_of(jobs, jobs->parents[i]) : -1;

		if (jobs->workflows[i])
			edges[(*nedges)++] = (JgEdge){.from = start_of(i), .to = end_of(jobs, i)};
		if (parent < 0)
			continue;
		edges[(*nedges)++] = (JgEdge){.from = start_of(parent), .to = start_of(i)};
		if (jobs->workflows[parent])
			edges[(*nedges)++] = (JgEdge){.from = end_of(jobs, i), .to = end_of(jobs, parent)};
	}
	return edges;
}

/* The jobs of the nodes, without repetition of neighbours. */
static ArrayType *
as_array(const Jobs *jobs, const int *nodes, int n)
{
	Datum *ids = palloc(n * sizeof(Datum));
	int count = 0;

	for (int i = 0; i < n; i++)
	{
		Datum id = Int32GetDatum(jobs->ids[nodes[i] / 2]);

		if (count == 0 || (ids[count - 1] != id && (i < n - 1 || ids[0] != id)))
			ids[count++] = id;
	}
	return construct_array(ids, count, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

/* Jobs as a parameter, where it is enough to look at these; 0: at all of the tenant. */
static Datum
find_near(FunctionCallInfo fcinfo)
{
	ArrayType *edited;
	int32 *near;
	int n;

	if (PG_ARGISNULL(1))
		return 0;
	edited = PG_GETARG_ARRAYTYPE_P(1);
	if (array_contains_nulls(edited) || !jg_cycle_near((const int32 *) ARR_DATA_PTR(edited),
													   ArrayGetNItems(ARR_NDIM(edited), ARR_DIMS(edited)), &near, &n))
		return 0;
	return jg_array_int4(near, n);
}

/* find_cycle(tenant, edited) */
Datum
jobgrid_find_cycle(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	ArrayType *result = NULL;
	Jobs jobs;
	JgEdge *edges;
	JgGraph *graph;
	Datum near;
	int nedges;
	int *cycle;
	int n;

	jg_arg_require(fcinfo, 0, "tenant");
	SPI_connect();
	near = find_near(fcinfo);
	read_jobs(PG_GETARG_DATUM(0), near, &jobs);
	edges = read_edges(near, &jobs, &nedges);
	graph = jg_graph_make(2 * jobs.n, edges, nedges);
	if (graph == NULL)
		elog(ERROR, "%d jobs with %d edges are no graph", jobs.n, nedges);
	cycle = palloc(Max(2 * jobs.n, 1) * sizeof(int));
	n = jg_graph_cycle(graph, cycle);
	if (n > 0)
	{
		MemoryContext inner = MemoryContextSwitchTo(caller);

		result = as_array(&jobs, cycle, n);
		MemoryContextSwitchTo(inner);
	}
	jg_graph_free(graph);
	SPI_finish();
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(result);
}
