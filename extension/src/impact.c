/*
 * What would become of steps and jobs if one of them ended now: the engine's decisions, on what is known, along the order in
 * which jobs wait for each other.
 *
 * Only ends are supposed: what would start has no end yet, so that those after it wait. It reads, and locks nothing.
 */
#include "impact.h"

#include "args.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "funcapi.h"
#include "graph/graph.h"
#include "graph/graph_order.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(jobgrid_impact_of);

static const char *const effects[] = {[JG_EFFECT_WAITS] = "waits",
									  [JG_EFFECT_STARTS] = "starts",
									  [JG_EFFECT_SKIPPED] = "skipped",
									  [JG_EFFECT_ENDS] = "ends"};

/* A job is two nodes: that it may start, and that it has ended. */
static int
start_of(int place)
{
	return 2 * place;
}

static int
end_of(int place)
{
	return 2 * place + 1;
}

static JgGraph *
make_graph(const JgImpact *impact)
{
	int natoms = 0;
	int n = 0;
	JgEdge *edges;
	JgGraph *graph;

	for (int i = 0; i < impact->n; i++)
		natoms += impact->nodes[i].natoms;
	edges = palloc((natoms + 3 * impact->n + 1) * sizeof(JgEdge));
	for (int i = 0; i < impact->n; i++)
	{
		const JgImpactNode *node = &impact->nodes[i];

		for (int a = node->first; a < node->first + node->natoms; a++)
			if (impact->atoms[a].upstream >= 0)
				edges[n++] = (JgEdge){end_of(impact->atoms[a].upstream), start_of(i)};
		edges[n++] = (JgEdge){start_of(i), end_of(i)};
		if (node->parent < 0)
			continue;
		edges[n++] = (JgEdge){start_of(node->parent), start_of(i)};
		edges[n++] = (JgEdge){end_of(i), end_of(node->parent)};
	}
	graph = jg_graph_make(2 * impact->n, edges, n);
	pfree(edges);
	if (graph == NULL)
		elog(ERROR, "%d jobs with %d edges are no graph", impact->n, n);
	return graph;
}

/* It has not ended, as far as the workflow that it lies in is concerned. */
static void
reopen(JgImpact *impact, JgImpactNode *node)
{
	if (!node->ended)
		return;
	if (node->parent >= 0)
	{
		impact->nodes[node->parent].left++;
		impact->nodes[node->parent].failures -= jg_impact_fails(node);
	}
	node->ended = false;
}

/* A step that a rerun of another brings back: it was skipped because of what came before it. */
static bool
is_brought_back(const JgImpactNode *node)
{
	static const char *const reasons[] = {"upstream_failed", "branch_not_taken", "workflow_stopped", NULL};

	return node->inside && node->ended && node->ending.state == JG_SKIPPED &&
		   jg_place(node->ending.reason, reasons) > 0;
}

/* How far each job is from the one that ends, in jobs that wait for each other. */
static void
find_depths(JgImpact *impact, const JgGraph *graph, int target, bool again)
{
	int *queue = palloc((graph->n + 1) * sizeof(int));
	int *depths = palloc(graph->n * sizeof(int));
	int n = 0;

	for (int i = 0; i < graph->n; i++)
		depths[i] = -1;
	depths[end_of(target)] = 0;
	queue[n++] = end_of(target);
	for (int done = 0; done < n; done++)
		for (int e = graph->offsets[queue[done]]; e < graph->offsets[queue[done] + 1]; e++)
		{
			int next = graph->targets[e];

			if (depths[next] >= 0)
				continue;
			if (again && is_brought_back(&impact->nodes[next / 2]))
			{
				reopen(impact, &impact->nodes[next / 2]);
				impact->nodes[next / 2].begun = false;
			}
			/* What has begun is not held up any more. */
			if (next == start_of(next / 2) && (impact->nodes[next / 2].begun || impact->nodes[next / 2].ended))
				continue;
			depths[next] = depths[queue[done]] + (next != end_of(queue[done] / 2));
			queue[n++] = next;
		}
	for (int i = 0; i < impact->n; i++)
	{
		int start = depths[start_of(i)];
		int end = depths[end_of(i)];

		if (i != target)
			impact->nodes[i].depth = start >= 0 ? start : impact->nodes[i].workflow ? end : -1;
	}
	pfree(depths);
	pfree(queue);
}

/* An end that was not there before, for the workflow that it lies in. */
static void
tell_workflow(JgImpact *impact, const JgImpactNode *node)
{
	JgImpactNode *flow;

	if (node->parent < 0)
		return;
	flow = &impact->nodes[node->parent];
	flow->left--;
	if (!jg_impact_fails(node))
		return;
	flow->failures++;
	flow->stopping = flow->stopping || flow->stops;
}

static void
end_workflow(JgImpact *impact, JgImpactNode *node)
{
	if (!node->workflow || !node->inside || !node->begun || node->ended || node->left > 0)
		return;
	node->ended = node->told = true;
	node->effect = JG_EFFECT_ENDS;
	node->ending.state = node->failures > 0 ? JG_FAILED : JG_SUCCEEDED;
	node->ending.reason = node->failures > 0 ? "member_failed" : NULL;
	tell_workflow(impact, node);
}

/* Along the order; what is in a circle of conditions that ask for any last end waits. */
static void
simulate(JgImpact *impact, const JgGraph *graph)
{
	int *order = palloc((graph->n + 1) * sizeof(int));
	int norder;

	(void) jg_graph_order(graph, order, &norder);
	for (int i = 0; i < impact->n; i++)
		if (impact->nodes[i].depth >= 0 && !impact->nodes[i].ended && !impact->nodes[i].begun)
			impact->nodes[i].effect = JG_EFFECT_WAITS;
	for (int i = 0; i < norder; i++)
	{
		JgImpactNode *node = &impact->nodes[order[i] / 2];
		bool stopped = node->parent >= 0 && impact->nodes[node->parent].stopping;

		if (order[i] == end_of(order[i] / 2))
		{
			end_workflow(impact, node);
			continue;
		}
		if (node->ended || node->begun || (node->depth < 0 && !stopped))
			continue;
		jg_impact_judge(impact, node);
		if (node->ended)
			tell_workflow(impact, node);
	}
	pfree(order);
}

/* *again: it has ended already. Then its workflows go on, as they do when it is run again. */
static void
suppose(JgImpact *impact, int target, const char *outcome, FunctionCallInfo fcinfo, bool *again)
{
	JgImpactNode *node = &impact->nodes[target];

	*again = node->ended;
	for (int i = target; i >= 0; i = impact->nodes[i].parent)
		reopen(impact, &impact->nodes[i]);
	if (!jg_state_parse(outcome, &node->ending.state) || !jg_state_is_final(node->ending.state))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("outcome \"%s\" is no end of a run", jg_clip(outcome)),
						errhint("Outcomes are succeeded, failed, cancelled and skipped.")));
	node->ended = node->told = node->begun = true;
	node->ending.reason = NULL;
	node->ending.has_exit = !PG_ARGISNULL(5);
	node->ending.exit_code = PG_ARGISNULL(5) ? 0 : PG_GETARG_INT32(5);
	tell_workflow(impact, node);
}

static void
put_rows(ReturnSetInfo *result, const JgImpact *impact)
{
	for (int i = 0; i < impact->n; i++)
	{
		const JgImpactNode *node = &impact->nodes[i];
		const char *reason = node->effect == JG_EFFECT_ENDS      ? jg_state_name(node->ending.state)
							 : node->effect == JG_EFFECT_SKIPPED ? node->ending.reason
																 : NULL;
		Datum values[5] = {Int32GetDatum(node->job_id), (Datum) 0, (Datum) 0, Int32GetDatum(Max(node->depth, 1)),
						   Int32GetDatum(node->missing_atom)};
		bool nulls[5] = {[2] = reason == NULL, [4] = node->missing_atom < 0};

		if (node->effect == JG_EFFECT_NONE)
			continue;
		values[1] = CStringGetTextDatum(effects[node->effect]);
		if (reason != NULL)
			values[2] = CStringGetTextDatum(reason);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* impact_of(target_job, root_job, root_run, day, outcome, exit_code) */
Datum
jobgrid_impact_of(PG_FUNCTION_ARGS)
{
	JgImpact impact = {0};
	JgGraph *graph;
	bool again;
	int target;

	jg_arg_require(fcinfo, 0, "target_job");
	jg_arg_require(fcinfo, 1, "root_job");
	jg_arg_require(fcinfo, 4, "outcome");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	jg_impact_read(PG_GETARG_INT32(1), PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2),
				   PG_ARGISNULL(3) ? 0 : PG_GETARG_DATEADT(3), &impact);
	target = jg_impact_place(&impact, PG_GETARG_INT32(0));
	if (target < 0)
		elog(ERROR, "job %d is not there", PG_GETARG_INT32(0));
	graph = make_graph(&impact);
	suppose(&impact, target, jg_arg_text(fcinfo, 4), fcinfo, &again);
	find_depths(&impact, graph, target, again);
	simulate(&impact, graph);
	put_rows((ReturnSetInfo *) fcinfo->resultinfo, &impact);
	jg_graph_free(graph);
	SPI_finish();
	return (Datum) 0;
}
