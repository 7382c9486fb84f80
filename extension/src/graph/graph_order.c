/*
 * Kahn's algorithm, and what it leaves: cycles, and all that waits for one.
 *
 * No function here calls itself: a chain of all the jobs there are must not need a stack as deep.
 */
#include "graph_order.h"

#include <stddef.h>

#include "mem.h"

bool
jg_graph_order(const JgGraph *graph, int *order, int *norder)
{
	int *waits_for = mem_zalloc((size_t) graph->n * sizeof(int));
	int n = 0;

	for (int i = 0; i < graph->nedges; i++)
		waits_for[graph->targets[i]]++;
	for (int node = 0; node < graph->n; node++)
		if (waits_for[node] == 0)
			order[n++] = node;
	/* The order is the queue as well. */
	for (int done = 0; done < n; done++)
		for (int i = graph->offsets[order[done]]; i < graph->offsets[order[done] + 1]; i++)
			if (--waits_for[graph->targets[i]] == 0)
				order[n++] = graph->targets[i];
	mem_free(waits_for);
	if (norder != NULL)
		*norder = n;
	return n == graph->n;
}

/*
 * For each node that has no place in the order the smallest such that it waits for, for others -1. There always is one,
 * or it would have a place.
 */
static int *
find_left(const JgGraph *graph, const int *order, int norder)
{
	int *before = mem_alloc((size_t) graph->n * sizeof(int));
	bool *placed = mem_zalloc((size_t) graph->n * sizeof(bool));

	for (int i = 0; i < norder; i++)
		placed[order[i]] = true;
	for (int node = 0; node < graph->n; node++)
		before[node] = -1;
	for (int node = 0; node < graph->n; node++)
		for (int i = graph->offsets[node]; i < graph->offsets[node + 1] && !placed[node]; i++)
			if (before[graph->targets[i]] < 0)
				before[graph->targets[i]] = node;
	mem_free(placed);
	return before;
}

/* The way back from the smallest node that is left: after as many steps as there are nodes it goes round in a loop. */
static int
walk_into_loop(const int *before, int n)
{
	int node = 0;

	while (before[node] < 0)
		node++;
	for (int i = 0; i < n; i++)
		node = before[node];
	return node;
}

static int
smallest_of_loop(const int *before, int first)
{
	int smallest = first;

	for (int node = before[first]; node != first; node = before[node])
		if (node < smallest)
			smallest = node;
	return smallest;
}

/* The node is in a loop. Makes `before` the shortest one through it, by breadth; the queue has room for each node. */
static void
find_shortest(const JgGraph *graph, int first, int *before, int *queue)
{
	int n = 0;

	for (int node = 0; node < graph->n; node++)
		before[node] = -1;
	queue[n++] = first;
	for (int done = 0; before[first] < 0; done++)
	{
		int node = queue[done];

		for (int i = graph->offsets[node]; i < graph->offsets[node + 1]; i++)
		{
			int target = graph->targets[i];

			if (before[target] >= 0)
				continue;
			before[target] = node;
			if (target != first)
				queue[n++] = target;
		}
	}
}

int
jg_graph_cycle(const JgGraph *graph, int *cycle)
{
	int *before;
	int node;
	int first;
	int n = 0;

	/* Room for each node: the cycle's is the order's and the queue's until there is a cycle. */
	if (jg_graph_order(graph, cycle, &n))
		return 0;
	before = find_left(graph, cycle, n);
	first = smallest_of_loop(before, walk_into_loop(before, graph->n));
	find_shortest(graph, first, before, cycle);
	first = smallest_of_loop(before, first);
	n = 0;
	node = first;
	do
	{
		cycle[n++] = node;
		node = before[node];
	} while (node != first);
	mem_free(before);
	return n;
}
