/*
 * lifecycle.h - the life of a job as a table: state x event -> state, action.
 *
 * Pure: no system call, no time, no memory.  README.md draws it; job_table.c drives it.
 */
#ifndef JOBGRID_KEEPER_LIFECYCLE_H
#define JOBGRID_KEEPER_LIFECYCLE_H

typedef enum LifeState
{
	LIFE_RECOVERED, /* read from the journal of a keeper that died: it was started and did not end */
	LIFE_STARTING,  /* its start is on its way into the journal */
	LIFE_SETUP,     /* forked; has not become the job's program yet */
	LIFE_RUNNING,
	LIFE_STOPPING,   /* asked to end, grace runs */
	LIFE_KILLING,    /* killed, its end not seen yet */
	LIFE_DRAINING,   /* main process ended, output still open */
	LIFE_SWEEPING,   /* what it left is being killed */
	LIFE_UNKILLABLE, /* something of it does not die; looked at again and again */
	LIFE_ENDING,     /* everything known, its end is on its way into the journal */
	LIFE_ENDED,      /* the agent has been told, the database does not know yet */
	LIFE_FORGOTTEN,
	LIFE_STATES
} LifeState;

typedef enum LifeEvent
{
	LIFE_ADOPTED,     /* its main process has been found */
	LIFE_ORPHANED,    /* its main process is gone, but others of it may be there */
	LIFE_GONE,        /* nothing of it can be there */
	LIFE_RECORDED,    /* what it waited for is in the journal, or never will be and need not */
	LIFE_REFUSED,     /* the journal does not take its start */
	LIFE_NOT_SPAWNED, /* no process came of it */
	LIFE_EXEC_OK,
	LIFE_EXEC_FAILED,
	LIFE_EXITED,         /* the main process ended */
	LIFE_EXITED_LEAVING, /* of a job that may leave others running */
	LIFE_OUTPUT_CLOSED,  /* no writer is left on either pipe */
	LIFE_TIMEOUT,        /* its time is over */
	LIFE_CANCEL,
	LIFE_KILL,     /* at once: it is somebody else's now */
	LIFE_FENCE,    /* at once: its lease is over */
	LIFE_TIMER,    /* the state's own time is over: grace, window, next sweep */
	LIFE_EMPTY,    /* output closed and nothing of it is left */
	LIFE_GIVE_UP,  /* nothing of it is left, but its output stays open */
	LIFE_STUCK,    /* killed for long enough, and not dead */
	LIFE_REPORTED, /* its end is in the database */
	LIFE_EVENTS
} LifeEvent;

typedef enum LifeAction
{
	ACT_NONE,
	ACT_IMPOSSIBLE, /* a bug: log it, change nothing */
	ACT_WATCH,      /* an adopted one: time-out and process as before */
	ACT_LOSE,       /* nobody saw how it ended: note that as its end */
	ACT_RETURN,     /* it was never started: note that as its end */
	ACT_SPAWN,
	ACT_CLOSE,             /* note the end that was found in trying to spawn */
	ACT_ANNOUNCE,          /* tell the agent that it runs */
	ACT_NOTE_SETUP,        /* keep why exec failed */
	ACT_TERMINATE_TIMEOUT, /* SIGTERM, arm the grace, note the cause */
	ACT_TERMINATE_CANCEL,
	ACT_KILL_TIMEOUT, /* SIGKILL, note the cause */
	ACT_KILL_CANCEL,
	ACT_KILL_FENCED,
	ACT_KILL,         /* SIGKILL, cause as noted */
	ACT_AWAIT_OUTPUT, /* arm the drain window */
	ACT_LEAVE,        /* let live what is left */
	ACT_SWEEP,        /* kill what is left, look again soon */
	ACT_TELL_STUCK,   /* tell the agent that it does not die */
	ACT_LOOK_AGAIN,   /* kill again whatever of it is left */
	ACT_FINISH,       /* collect the process, note how it ended */
	ACT_TELL,         /* tell the agent how it ended */
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
