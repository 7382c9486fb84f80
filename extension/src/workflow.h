/* Runs of workflows: only the scheduler starts and ends them, and makes the runs of their steps. */
#ifndef JG_WORKFLOW_H
#define JG_WORKFLOW_H

#include "postgres.h"

#include "lease.h"
#include "state.h"

/* workflow_start.c: queued runs of workflows whose lanes are open begin, with all their steps. A part of the round. */
extern void jg_workflows_start(void);

/* workflow_run.c: the run lives from now on, with so many steps, which are looked up in the scope. SPI must be connected. */
extern void jg_workflow_enter(int64 run_id, int64 root_run, int64 scope, int members);

/*
 * workflow_step.c: ends that are steps', as parameters of a statement: run_id, job_id, business_date, at, exit_code, state,
 * reason, parent_run, scope. SPI must be connected.
 */
extern void jg_workflow_ends(Datum *ends);

/*
 * workflow_judge.c: whether succeeds_if or fails_if of live workflows has come true: of those with these scopes, a step of
 * which has ended; of those among the runs of which atoms have changed. SPI must be connected.
 */
extern void jg_workflow_judge(const int64 *scopes, int n);
extern void jg_workflow_judge_runs(const int64 *run_ids, int n);

/* workflow_end.c: workflows of which nothing is left, or nothing more is to start. A part of the round. */
extern void jg_workflows_end(void);

/*
 * workflow_again.c: run_id is a new run of a step that has ended; downstream: all steps after it are run again, else those
 * that were skipped because of it. SPI must be connected.
 */
extern void jg_workflow_again(int64 run_id, bool downstream);

/* There may be workflows to be looked at by jg_workflows_end(). */
extern void jg_workflow_look(void);

/* False: there is certainly none of which nothing more is to start, and that has not been seen to. */
extern bool jg_workflow_may_stop(void);

/* Which of the steps that run are asked to stop. */
typedef enum JgStopping
{
	JG_STOP_NONE,
	JG_STOP_SOME, /* those with stops_with_workflow */
	JG_STOP_ALL
} JgStopping;

/*
 * workflow_stop.c: skips the steps of a live workflow that have not started, and asks of those that run the ones that are meant
 * to stop. Returns how many it could not reach: 0 = nothing is left to do. Who waits for nobody's locks does some thousands at
 * a time. SPI must be connected.
 */
extern int jg_workflow_stop(int64 run_id, JgStopping running, JgWait wait, JgActor actor);

#endif
