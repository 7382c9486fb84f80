/* The scheduler: the only writer that turns waiting into queued. */
#ifndef JG_SCHEDULER_H
#define JG_SCHEDULER_H

#include "atoms.h"
#include "move.h"
#include "worker.h"

/* One round of the worker's loop. */
extern void jg_scheduler_round(void);

/* Its parts, in the order of a round. Each processes what is there and says when it wants to look again. */
extern void jg_seed_look_again(void);    /* seed.c: latches that may have missed an end at their birth */
extern void jg_scheduler_ends(void);     /* scheduler_ended.c: ends set latches and release who waits */
extern void jg_scheduler_zones(void);    /* scheduler_zones.c: time zones that have changed */
extern void jg_scheduler_changes(void);  /* scheduler_changes.c: edits in advance whose moment has come */
extern void jg_scheduler_flags(void);    /* scheduler_flags.c: flags of jobs whose time is over */
extern void jg_scheduler_shutters(void); /* scheduler_shutters.c: run windows and blackouts that open or close */
extern void jg_scheduler_fires(void);    /* scheduler_fire.c: schedules whose moment has come */
extern void jg_scheduler_due(void);      /* scheduler_due.c: moments that have come */
extern void jg_scheduler_news(void);     /* scheduler_news.c: values, ages, flags, edited conditions, cancels */
extern void jg_scheduler_pending(void);  /* scheduler_pending.c: runs not looked at yet */
extern void jg_lost_executors(void);     /* lost_executor.c: executors that fell silent */
extern void jg_scheduler_drains(void);   /* scheduler_drain.c: executors that were to be empty by now */

/*
 * Conditions met: to queued, but for steps that are to be skipped. Rows locked, waiting, with a lane, in pending. SPI
 * connected.
 */
extern void jg_scheduler_release(const int64 *run_ids, int n);

/* Looks again at all that these wait for, and decides. Rows locked. */
extern void jg_scheduler_decide_again(const int64 *run_ids, int n);

/* Ends of runs that were skipped, for who consumes them at once instead of reading them in `ended`. */
typedef struct JgSkipped
{
	int n;
	int room;
	JgEnd *ends;
	int64 *parents; /* side by side: the workflow's run that each was a step of, 0 = none */
} JgSkipped;

/* What was decided: those that go are released, those that are skipped end. skipped: NULL = their ends go into `ended`. */
extern void jg_scheduler_settle(const JgDecision *decisions, int n, JgSkipped *skipped);

#endif
