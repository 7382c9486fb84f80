/* When steps will end, by how former runs went. Pure: no server inside. */
#ifndef JG_GRAPH_REPLAY_H
#define JG_GRAPH_REPLAY_H

#include "graph_plan.h"

/* A step's beginning and end: the middle, and the moment before which nine of ten are. */
typedef struct JgPlanForecast
{
	int64_t start_p50;
	int64_t end_p50;
	int64_t end_p90;
} JgPlanForecast;

/*
 * `history` has the spans of all steps of one former run after the other, as jg_plan_spans() made them; `nhistory` > 0. Each
 * run is played again from where this one is: what has happened stays, the rest takes what it took then, all of it in the
 * same former run, because slow days are slow everywhere. What runs already longer than it did then takes what it took in
 * another run in which it was as slow.
 */
extern void jg_plan_replay(const JgPlan *plan, int64_t now, const JgPlanTimes *actual, const JgPlanSpan *history,
						   int nhistory, JgPlanForecast *forecast);

/* Of ascending values the one with that share below it: of n the (n + 1) * share-th, so that the next one is below it as often. */
extern int64_t jg_quantile(const int64_t *sorted, int n, double share);

#endif
