/* A workflow, or one run of it, as a plan. */
#ifndef JG_PLAN_READ_H
#define JG_PLAN_READ_H

#include "postgres.h"

#include "graph/graph_plan.h"
#include "utils/timestamp.h"

typedef struct JgPlanned
{
	int n;
	int32 *job_ids; /* ascending */
	JgPlanStep *steps;
	JgPlanTimes *actual; /* since `began` */
	JgPlanSpan *floors;  /* .wait: how long each is certain to wait yet, as its retry */
	JgPlan *plan;
	TimestampTz began; /* the run, or now where it has not */
	int64 now;         /* since then */
	bool is_run;
} JgPlanned;

/* run_id 0: the definition, as if it began now. SPI must be connected; raises where there is nothing. */
extern void jg_plan_read(int32 root_job, int64 root_run, JgPlanned *planned);

/* Where the job is in it; -1: it is not. */
extern int jg_plan_place(const JgPlanned *planned, int32 job_id);

#endif
