/* When the steps of a workflow start and end, as far as that has happened and as it is expected. Pure: no server inside. */
#ifndef JG_GRAPH_PLAN_H
#define JG_GRAPH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define JG_PLAN_NOT INT64_MIN /* a moment that has not come; a span that nobody knows */

/* Steps are 0 … n - 1; a workflow begins before and ends after those in it. */
typedef struct JgPlanStep
{
	int parent; /* the workflow that it lies in, -1 = none */
	bool workflow;
	int least[2]; /* so many of its waits of each group are enough, 0 = all of them */
} JgPlanStep;

/* `step` starts when `upstream` has ended. */
typedef struct JgPlanWait
{
	int step;
	int upstream;
	int group; /* 0 or 1 */
} JgPlanWait;

/* Microseconds since whenever the caller counts from. A step that was skipped has an end and no start. */
typedef struct JgPlanTimes
{
	int64_t started;
	int64_t ended;
} JgPlanTimes;

/* From when it could start until it did; how long it ran, or for a workflow, what came after its last step. */
typedef struct JgPlanSpan
{
	int64_t wait;
	int64_t run;
} JgPlanSpan;

typedef struct JgPlan JgPlan;

/* The steps are the caller's and must stay; NULL: they wait for each other in a circle, or an index is none. */
extern JgPlan *jg_plan_make(const JgPlanStep *steps, int n, const JgPlanWait *waits, int nwaits);
extern void jg_plan_free(JgPlan *plan); /* NULL is fine */
extern int jg_plan_size(const JgPlan *plan);
extern bool jg_plan_is_workflow(const JgPlan *plan, int step);

/* How many steps come before each at most, a workflow's beginning and end being steps of their own. */
extern void jg_plan_layers(const JgPlan *plan, int *layers);

/* What has happened (`actual`), and where nothing has, what follows from the spans if it is `now`. */
extern void jg_plan_forward(const JgPlan *plan, int64_t now, const JgPlanTimes *actual, const JgPlanSpan *spans,
							JgPlanTimes *expected);

/* What each step of a run that is over took; JG_PLAN_NOT for one that it did not have. */
extern void jg_plan_spans(const JgPlan *plan, const JgPlanTimes *actual, JgPlanSpan *spans);

/*
 * Which steps decide when all is over, and how much longer others could take: of times that jg_plan_forward() made. What
 * did not hold up a step is no part of its path.
 */
extern void jg_plan_path(const JgPlan *plan, const JgPlanTimes *times, bool *critical, int64_t *slack);

#endif
