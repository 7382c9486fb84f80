/* What waits for what: nodes and the edges between them. Pure: no server inside. */
#ifndef JG_GRAPH_H
#define JG_GRAPH_H

#define JG_GRAPH_MOST (1 << 26) /* nodes, and edges: every array of them is below what the server allocates at once */

/* `to` waits for `from`. */
typedef struct JgEdge
{
	int from;
	int to;
} JgEdge;

/*
 * Nodes are 0 … n - 1. Those that wait for node i are targets[offsets[i]] … targets[offsets[i + 1] - 1], ascending: the
 * graph, and whatever is made of it, depends on which edges there are and not on the order in which they were given.
 * An edge that was given twice is there twice, which changes no result.
 */
typedef struct JgGraph
{
	int n;
	int nedges;
	int *offsets;
	int *targets;
} JgGraph;

/*
 * An edge from a node to itself is one: a cycle. NULL where an edge names no node, or there are less than none or more
 * than JG_GRAPH_MOST of either. The edges are not needed any more afterwards. Memory comes from common/mem.h, here and
 * in all of graph/; time and memory are linear in nodes and edges, whatever the graph's depth.
 */
extern JgGraph *jg_graph_make(int n, const JgEdge *edges, int nedges);
extern void jg_graph_free(JgGraph *graph); /* NULL is fine */

#endif
