/* How far nodes are from the beginning, by edges and by time. Pure: no server inside. */
#ifndef JG_GRAPH_PATH_H
#define JG_GRAPH_PATH_H

#include <stdint.h>

#include "graph.h"

/* The `order` of both is what jg_graph_order() made of the graph, complete. */

/*
 * Puts into `depths`, which is the caller's with room for each node, how many edges the longest path from a node that
 * waits for nothing has. Returns how many layers there are: one more than the greatest, 0 without nodes.
 */
extern int jg_graph_layers(const JgGraph *graph, const int *order, int *depths);

/* Arrays are the caller's, with room for each node; what is NULL but `nodes` is not asked for. */
typedef struct JgCriticalPath
{
	int64_t total; /* of the path: when all is done, if all that waits for nothing begins at 0 */
	int n;
	int *nodes;        /* the path, from a node that waits for nothing to one that nobody waits for */
	int64_t *finishes; /* per node: when it is done at the earliest */
	int64_t *slack;    /* per node: how much later it may be done without `total` growing */
} JgCriticalPath;

/*
 * The path that takes longest, if each node takes its weight; of several one, the same for the same edges. A weight
 * below 0 counts as 0 and sums end at INT64_MAX: clocks that went back and years of waiting are no reason to fail.
 */
extern void jg_graph_critical_path(const JgGraph *graph, const int *order, const int64_t *weights,
								   JgCriticalPath *path);

#endif
