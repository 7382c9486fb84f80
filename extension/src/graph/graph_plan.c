/*
 * A workflow as a graph of moments: each step is one node, each workflow two, its beginning and its end.
 *
 * Moments are found along the order, each from those before it, so that everything is linear in steps and waits. Only where
 * so many of several are enough are they sorted.
 */
#include "graph_plan.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "graph_order.h"
#include "graph_path.h"
#include "mem.h"

struct JgPlan
{
	int n;
	const JgPlanStep *steps;
	JgGraph *graph;
	int *order;
	int *offsets; /* waits of step i: offsets[i] … offsets[i + 1] - 1 */
	JgPlanWait *waits;
	int most; /* waits of one step */
};

static int
start_of(int step)
{
	return 2 * step;
}

static int
end_of(const JgPlan *plan, int step)
{
	return 2 * step + plan->steps[step].workflow;
}

static bool
are_steps(const JgPlanStep *steps, int n, const JgPlanWait *waits, int nwaits)
{
	if (n < 0 || n > JG_GRAPH_MOST / 4 || nwaits < 0 || nwaits > JG_GRAPH_MOST / 4)
		return false;
	for (int i = 0; i < n; i++)
		if (steps[i].parent < -1 || steps[i].parent >= n || (steps[i].parent >= 0 && !steps[steps[i].parent].workflow))
			return false;
	for (int i = 0; i < nwaits; i++)
		if (waits[i].step < 0 || waits[i].step >= n || waits[i].upstream < 0 || waits[i].upstream >= n ||
			(waits[i].group & ~1) != 0)
			return false;
	return true;
}

static void
sort_waits(JgPlan *plan, const JgPlanWait *waits, int nwaits)
{
	int *places = mem_zalloc(((size_t) plan->n + 2) * sizeof(int));

	plan->waits = mem_alloc((size_t) nwaits * sizeof(JgPlanWait));
	for (int i = 0; i < nwaits; i++)
		places[waits[i].step + 2]++;
	for (int i = 2; i <= plan->n; i++)
	{
		if (plan->most < places[i])
			plan->most = places[i];
		places[i] += places[i - 1];
	}
	if (plan->n > 0 && plan->most < nwaits - places[plan->n])
		plan->most = nwaits - places[plan->n];
	for (int i = 0; i < nwaits; i++)
		plan->waits[places[waits[i].step + 1]++] = waits[i];
	plan->offsets = places;
}

/* All that stands before something else: what is waited for, and beginnings and ends of workflows. */
static int
put_edges(const JgPlan *plan, JgEdge *edges)
{
	int n = 0;

	for (int i = 0; i < plan->n; i++)
	{
		int parent = plan->steps[i].parent;

		for (int w = plan->offsets[i]; w < plan->offsets[i + 1]; w++)
			edges[n++] = (JgEdge){end_of(plan, plan->waits[w].upstream), start_of(i)};
		if (plan->steps[i].workflow)
			edges[n++] = (JgEdge){start_of(i), end_of(plan, i)};
		if (parent >= 0)
		{
			edges[n++] = (JgEdge){start_of(parent), start_of(i)};
			edges[n++] = (JgEdge){end_of(plan, i), end_of(plan, parent)};
		}
	}
	return n;
}

JgPlan *
jg_plan_make(const JgPlanStep *steps, int n, const JgPlanWait *waits, int nwaits)
{
	JgPlan *plan;
	JgEdge *edges;

	if (!are_steps(steps, n, waits, nwaits))
		return NULL;
	plan = mem_zalloc(sizeof(JgPlan));
	plan->n = n;
	plan->steps = steps;
	sort_waits(plan, waits, nwaits);
	edges = mem_alloc((3 * (size_t) n + (size_t) nwaits) * sizeof(JgEdge));
	plan->graph = jg_graph_make(2 * n, edges, put_edges(plan, edges));
	mem_free(edges);
	plan->order = mem_alloc(2 * (size_t) n * sizeof(int));
	if (plan->graph != NULL && jg_graph_order(plan->graph, plan->order, NULL))
		return plan;
	jg_plan_free(plan);
	return NULL;
}

void
jg_plan_free(JgPlan *plan)
{
	if (plan == NULL)
		return;
	jg_graph_free(plan->graph);
	mem_free(plan->order);
	mem_free(plan->offsets);
	mem_free(plan->waits);
	mem_free(plan);
}

int
jg_plan_size(const JgPlan *plan)
{
	return plan->n;
}

bool
jg_plan_is_workflow(const JgPlan *plan, int step)
{
	return plan->steps[step].workflow;
}

void
jg_plan_layers(const JgPlan *plan, int *layers)
{
	int *depths = mem_alloc(2 * (size_t) plan->n * sizeof(int));

	jg_graph_layers(plan->graph, plan->order, depths);
	for (int i = 0; i < plan->n; i++)
		layers[i] = depths[start_of(i)];
	mem_free(depths);
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int
compare_moments(const void *a, const void *b)
{
	int64_t x = *(const int64_t *) a;
	int64_t y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

/* When enough of what a step waits for have ended; `room` is for all of them. JG_PLAN_NOT: it waits for nothing. */
static int64_t
ready_at(const JgPlan *plan, int step, const JgPlanTimes *times, int64_t *room)
{
	int parent = plan->steps[step].parent;
	int64_t ready = parent >= 0 ? times[parent].started : JG_PLAN_NOT;

	for (int group = 0; group < 2; group++)
	{
		int least = plan->steps[step].least[group];
		int n = 0;

		for (int w = plan->offsets[step]; w < plan->offsets[step + 1]; w++)
			if (plan->waits[w].group == group)
				room[n++] = times[plan->waits[w].upstream].ended;
		if (least > 0 && least < n)
		{
			qsort(room, (size_t) n, sizeof(int64_t), compare_moments);
			n = least;
		}
		for (int i = 0; i < n; i++)
			ready = later(ready, room[i]);
	}
	return ready;
}

static void
begin_step(const JgPlan *plan, int step, int64_t now, const JgPlanTimes *actual, const JgPlanSpan *span,
		   JgPlanTimes *expected, int64_t *room)
{
	JgPlanTimes *mine = &expected[step];

	if (actual->started != JG_PLAN_NOT || actual->ended != JG_PLAN_NOT)
		mine->started = actual->started != JG_PLAN_NOT ? actual->started : actual->ended;
	else
	{
		int64_t ready = ready_at(plan, step, expected, room);

		mine->started = ready == JG_PLAN_NOT ? now + span->wait : later(ready + span->wait, now);
	}
	if (plan->steps[step].workflow)
		return;
	if (actual->ended != JG_PLAN_NOT)
		mine->ended = actual->ended;
	else
		mine->ended = later(mine->started + span->run, now);
}

void
jg_plan_forward(const JgPlan *plan, int64_t now, const JgPlanTimes *actual, const JgPlanSpan *spans,
				JgPlanTimes *expected)
{
	int64_t *room = mem_alloc((size_t) plan->most * sizeof(int64_t));

	for (int i = 0; i < plan->n; i++)
		expected[i] = (JgPlanTimes){JG_PLAN_NOT, JG_PLAN_NOT};
	/* Until a workflow's end comes in the order its `ended` is that of the last step in it. */
	for (int place = 0; place < 2 * plan->n; place++)
	{
		int step = plan->order[place] / 2;
		int parent = plan->steps[step].parent;

		if (plan->order[place] == start_of(step))
			begin_step(plan, step, now, &actual[step], &spans[step], expected, room);
		else if (!plan->steps[step].workflow)
			continue; /* a node that nothing is */
		else if (actual[step].ended != JG_PLAN_NOT)
			expected[step].ended = actual[step].ended;
		else
			expected[step].ended = later(later(expected[step].ended, expected[step].started) + spans[step].run, now);
		if (parent >= 0 && plan->order[place] == end_of(plan, step))
			expected[parent].ended = later(expected[parent].ended, expected[step].ended);
	}
	mem_free(room);
}

/* When the last of those had ended that a step, which began when it did, can have waited for. */
static int64_t
held_until(const JgPlan *plan, int step, const JgPlanTimes *times)
{
	int parent = plan->steps[step].parent;
	int64_t began = times[step].started;
	int64_t until = parent >= 0 && times[parent].started <= began ? times[parent].started : JG_PLAN_NOT;

	for (int w = plan->offsets[step]; w < plan->offsets[step + 1]; w++)
		if (times[plan->waits[w].upstream].ended <= began)
			until = later(until, times[plan->waits[w].upstream].ended);
	return until;
}

void
jg_plan_spans(const JgPlan *plan, const JgPlanTimes *actual, JgPlanSpan *spans)
{
	int64_t *last = mem_alloc((size_t) plan->n * sizeof(int64_t)); /* end of the last step of each workflow */

	for (int i = 0; i < plan->n; i++)
		last[i] = actual[i].started;
	for (int i = 0; i < plan->n; i++)
		if (plan->steps[i].parent >= 0)
			last[plan->steps[i].parent] = later(last[plan->steps[i].parent], actual[i].ended);
	for (int i = 0; i < plan->n; i++)
	{
		int64_t until;

		spans[i] = (JgPlanSpan){JG_PLAN_NOT, JG_PLAN_NOT};
		if (actual[i].ended == JG_PLAN_NOT)
			continue;
		spans[i] = (JgPlanSpan){0, 0};
		if (actual[i].started == JG_PLAN_NOT)
			continue;
		until = held_until(plan, i, actual);
		spans[i].wait = until == JG_PLAN_NOT ? 0 : actual[i].started - until;
		spans[i].run = later(actual[i].ended - last[i], 0);
	}
	mem_free(last);
}

/* Edges of what was waited for indeed, and how long each node takes after the last of them. */
static JgGraph *
make_held(const JgPlan *plan, const JgPlanTimes *times, int64_t first, int64_t *weights)
{
	JgEdge *edges = mem_alloc((3 * (size_t) plan->n + (size_t) plan->graph->nedges) * sizeof(JgEdge));
	int64_t *last = mem_alloc((size_t) plan->n * sizeof(int64_t));
	JgGraph *graph;
	int n = 0;

	memset(weights, 0, 2 * (size_t) plan->n * sizeof(int64_t));
	for (int i = 0; i < plan->n; i++)
		last[i] = times[i].started;
	for (int i = 0; i < plan->n; i++)
	{
		int parent = plan->steps[i].parent;
		int64_t until = held_until(plan, i, times);

		weights[start_of(i)] = (plan->steps[i].workflow ? times[i].started : times[i].ended) - later(until, first);
		for (int w = plan->offsets[i]; w < plan->offsets[i + 1]; w++)
			if (times[plan->waits[w].upstream].ended <= times[i].started)
				edges[n++] = (JgEdge){end_of(plan, plan->waits[w].upstream), start_of(i)};
		if (plan->steps[i].workflow)
			edges[n++] = (JgEdge){start_of(i), end_of(plan, i)};
		if (parent < 0)
			continue;
		if (times[parent].started <= times[i].started)
			edges[n++] = (JgEdge){start_of(parent), start_of(i)};
		if (times[i].ended <= times[parent].ended)
		{
			edges[n++] = (JgEdge){end_of(plan, i), end_of(plan, parent)};
			last[parent] = later(last[parent], times[i].ended);
		}
	}
	for (int i = 0; i < plan->n; i++)
		if (plan->steps[i].workflow)
			weights[end_of(plan, i)] = times[i].ended - last[i];
	graph = jg_graph_make(2 * plan->n, edges, n);
	mem_free(edges);
	mem_free(last);
	return graph;
}

void
jg_plan_path(const JgPlan *plan, const JgPlanTimes *times, bool *critical, int64_t *slack)
{
	size_t nodes = 2 * (size_t) plan->n;
	int64_t *weights = mem_alloc(nodes * sizeof(int64_t));
	JgCriticalPath path = {.nodes = mem_alloc(nodes * sizeof(int)), .slack = mem_alloc(nodes * sizeof(int64_t))};
	int64_t first = INT64_MAX;
	JgGraph *held;

	for (int i = 0; i < plan->n; i++)
		if (times[i].started < first)
			first = times[i].started;
	held = make_held(plan, times, first, weights);
	/* An order of all edges is one of some of them. */
	jg_graph_critical_path(held, plan->order, weights, &path);
	for (int i = 0; i < plan->n; i++)
	{
		critical[i] = false;
		slack[i] = path.slack[end_of(plan, i)];
	}
	for (int i = 0; i < path.n; i++)
		if (path.nodes[i] == end_of(plan, path.nodes[i] / 2))
			critical[path.nodes[i] / 2] = true;
	jg_graph_free(held);
	mem_free(weights);
	mem_free(path.nodes);
	mem_free(path.slack);
}
