/*
 * Edges in any order become one row of targets for each node.
 *
 * Two counting sorts, each of which keeps the order it finds: by target first, then by source, so that rows ascend. What
 * comes after it relies on that to give the same answer for the same edges, however the database returned them.
 */
#include "graph.h"

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"

static bool
is_graph(int n, const JgEdge *edges, int nedges)
{
	if (n < 0 || n > JG_GRAPH_MOST || nedges < 0 || nedges > JG_GRAPH_MOST)
		return false;
	for (int i = 0; i < nedges; i++)
		if (edges[i].from < 0 || edges[i].from >= n || edges[i].to < 0 || edges[i].to >= n)
			return false;
	return true;
}

static int
end_of(const JgEdge *edge, bool target)
{
	return target ? edge->to : edge->from;
}

/*
 * Where the edges of each node go, sorted by their source or target: those of node i from places[i + 1] on. Whoever puts
 * an edge there moves the place on, so that in the end places[i] is where the row of node i begins.
 */
static int *
find_places(int n, const JgEdge *edges, int nedges, bool target)
{
	int *places = mem_zalloc(((size_t) n + 2) * sizeof(int));

	for (int i = 0; i < nedges; i++)
		places[end_of(&edges[i], target) + 2]++;
	for (int i = 2; i <= n; i++)
		places[i] += places[i - 1];
	return places;
}

static JgEdge *
sort_by_target(int n, const JgEdge *edges, int nedges)
{
	JgEdge *sorted = mem_alloc((size_t) nedges * sizeof(JgEdge));
	int *places = find_places(n, edges, nedges, true);

	for (int i = 0; i < nedges; i++)
		sorted[places[edges[i].to + 1]++] = edges[i];
	mem_free(places);
	return sorted;
}

JgGraph *
jg_graph_make(int n, const JgEdge *edges, int nedges)
{
	JgGraph *graph;
	JgEdge *sorted;

	if (!is_graph(n, edges, nedges))
		return NULL;
	graph = mem_alloc(sizeof(JgGraph));
	sorted = sort_by_target(n, edges, nedges);
	*graph = (JgGraph){.n = n, .nedges = nedges};
	graph->offsets = find_places(n, sorted, nedges, false);
	graph->targets = mem_alloc((size_t) nedges * sizeof(int));
	for (int i = 0; i < nedges; i++)
		graph->targets[graph->offsets[sorted[i].from + 1]++] = sorted[i].to;
	mem_free(sorted);
	return graph;
}

void
jg_graph_free(JgGraph *graph)
{
	if (graph == NULL)
		return;
	mem_free(graph->offsets);
	mem_free(graph->targets);
	mem_free(graph);
}
