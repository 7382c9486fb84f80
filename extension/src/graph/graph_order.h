/* An order in which nothing comes before what it waits for, or the cycle that forbids one. Pure: no server inside. */
#ifndef JG_GRAPH_ORDER_H
#define JG_GRAPH_ORDER_H

#include <stdbool.h>

#include "graph.h"

/*
 * Puts into `order`, which is the caller's with room for each node, all nodes that wait for no cycle: *norder of them
 * (NULL: not asked for). False where these are not all.
 */
extern bool jg_graph_order(const JgGraph *graph, int *order, int *norder);

/*
 * Puts a cycle into `cycle`, which is the caller's with room for each node, and returns how many nodes it has; 0 where
 * there is none. Each waits for the next, the last for the first, which is the smallest; none is there twice. It is as
 * short as any cycle through a certain one of its nodes, because people read it; there may be a shorter one elsewhere.
 */
extern int jg_graph_cycle(const JgGraph *graph, int *cycle);

#endif
