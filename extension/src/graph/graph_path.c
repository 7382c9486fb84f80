/*
 * Longest paths: along the order each node hands on what it has got, so that every edge is looked at once.
 *
 * Where paths are equally long the smaller node wins, not the one that comes first in the order.
 */
#include "graph_path.h"

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

int
jg_graph_layers(const JgGraph *graph, const int *order, int *depths)
{
	int layers = 0;

	for (int node = 0; node < graph->n; node++)
		depths[node] = 0;
	for (int done = 0; done < graph->n; done++)
	{
		int depth = depths[order[done]] + 1;

		for (int i = graph->offsets[order[done]]; i < graph->offsets[order[done] + 1]; i++)
			if (depths[graph->targets[i]] < depth)
				depths[graph->targets[i]] = depth;
		if (layers < depth)
			layers = depth;
	}
	return layers;
}

static int64_t
add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static int64_t
weight_of(const int64_t *weights, int node)
{
	return weights[node] > 0 ? weights[node] : 0;
}

/* Whether the path that ends with `node` is rather the longest than the one that ends with `other`, -1 for none. */
static bool
is_longer(const int64_t *finishes, int node, int other)
{
	if (other < 0)
		return true;
	return finishes[node] != finishes[other] ? finishes[node] > finishes[other] : node < other;
}

/* Fills the finishes; per node what it waits for last, -1 where it waits for nothing. */
static int *
find_finishes(const JgGraph *graph, const int *order, const int64_t *weights, int64_t *finishes)
{
	int *before = mem_alloc((size_t) graph->n * sizeof(int));

	for (int node = 0; node < graph->n; node++)
		before[node] = -1;
	for (int done = 0; done < graph->n; done++)
	{
		int node = order[done];

		finishes[node] = add(before[node] >= 0 ? finishes[before[node]] : 0, weight_of(weights, node));
		for (int i = graph->offsets[node]; i < graph->offsets[node + 1]; i++)
			if (is_longer(finishes, node, before[graph->targets[i]]))
				before[graph->targets[i]] = node;
	}
	return before;
}

/* No node is done later than all those that nobody waits for: the path ends with one of them. */
static void
find_path(const JgGraph *graph, const int64_t *finishes, const int *before, JgCriticalPath *path)
{
	int last = -1;
	int place;

	for (int node = 0; node < graph->n; node++)
		if (graph->offsets[node] == graph->offsets[node + 1] && is_longer(finishes, node, last))
			last = node;
	path->n = 0;
	path->total = last >= 0 ? finishes[last] : 0;
	for (int node = last; node >= 0; node = before[node])
		path->n++;
	place = path->n;
	for (int node = last; node >= 0; node = before[node])
		path->nodes[--place] = node;
}

/* What comes after a node is found against the order, and takes the place of its slack until that is known. */
static void
find_slack(const JgGraph *graph, const int *order, const int64_t *weights, const int64_t *finishes,
		   const JgCriticalPath *path)
{
	int64_t *after = path->slack;

	for (int left = graph->n - 1; left >= 0; left--)
	{
		int node = order[left];

		after[node] = 0;
		for (int i = graph->offsets[node]; i < graph->offsets[node + 1]; i++)
		{
			int target = graph->targets[i];
			int64_t rest = add(weight_of(weights, target), after[target]);

			if (after[node] < rest)
				after[node] = rest;
		}
	}
	for (int node = 0; node < graph->n; node++)
		path->slack[node] = path->total - add(finishes[node], after[node]);
}

void
jg_graph_critical_path(const JgGraph *graph, const int *order, const int64_t *weights, JgCriticalPath *path)
{
	int64_t *finishes = path->finishes != NULL ? path->finishes : mem_alloc((size_t) graph->n * sizeof(int64_t));
	int *before = find_finishes(graph, order, weights, finishes);

	find_path(graph, finishes, before, path);
	if (path->slack != NULL)
		find_slack(graph, order, weights, finishes, path);
	mem_free(before);
	if (finishes != path->finishes)
		mem_free(finishes);
}
