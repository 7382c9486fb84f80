/*
 * lifecycle.h - the life of a job as a table: state x event -> state, action.
 *
 * Pure: no system call, no time, no memory.  README.md draws it; job.c drives it.
 */
#ifndef JOBGRID_KEEPER_LIFECYCLE_H
#define JOBGRID_KEEPER_LIFECYCLE_H

typedef enum LifeState
{
	LIFE_SETUP, /* forked; has not become the job's program yet */
	LIFE_RUNNING,
	LIFE_STOPPING, /* asked to end, grace runs */
	LIFE_KILLING,  /* killed, its end not seen yet */
	LIFE_DRAINING, /* main process ended, output still open */
	LIFE_SWEEPING, /* what it left is being killed */
	LIFE_ENDED,    /* everything known, the database does not know yet */
	LIFE_FORGOTTEN,
	LIFE_STATES
} LifeState;

typedef enum LifeEvent
{
	LIFE_EXEC_OK,
	LIFE_EXEC_FAILED,
	LIFE_EXITED,         /* the main process ended */
	LIFE_EXITED_LEAVING, /* the same of a job that may leave processes behind */
	LIFE_OUTPUT_CLOSED,  /* no writer is left on either pipe */
	LIFE_TIMEOUT,        /* its time is over */
	LIFE_CANCEL,
	LIFE_KILL,     /* at once: it is somebody else's now, or the kernel has killed of it */
	LIFE_TIMER,    /* the state's own time is over: grace, window, next sweep */
	LIFE_EMPTY,    /* output closed and nothing of it is left */
	LIFE_GIVE_UP,  /* swept long enough */
	LIFE_REPORTED, /* its end is in the database */
	LIFE_EVENTS
} LifeEvent;

typedef enum LifeAction
{
	ACT_NONE,
	ACT_IMPOSSIBLE,        /* a bug: log it, change nothing */
	ACT_ANNOUNCE,          /* tell the agent that it runs */
	ACT_NOTE_SETUP,        /* keep why exec failed */
	ACT_TERMINATE_TIMEOUT, /* SIGTERM, arm the grace, note the cause */
	ACT_TERMINATE_CANCEL,
	ACT_KILL_TIMEOUT, /* SIGKILL, note the cause */
	ACT_KILL_CANCEL,
	ACT_KILL,         /* SIGKILL, cause as noted */
	ACT_AWAIT_OUTPUT, /* arm the drain window */
	ACT_LEAVE,        /* let live on what is left */
	ACT_SWEEP,        /* kill what is left, look again soon */
	ACT_FINISH,       /* collect the process, tell the agent how it ended */
	ACT_FORGET
} LifeAction;

typedef struct LifeStep
{
	LifeState next;
	LifeAction action;
} LifeStep;

LifeStep lifecycle_step(LifeState state, LifeEvent event);
const char *lifecycle_state_name(LifeState state);
const char *lifecycle_event_name(LifeEvent event);

#endif
