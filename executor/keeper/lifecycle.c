/*
 * lifecycle.c - the life of a job as a table.
 *
 * Every cell is written down; a cell that cannot happen says so, and tests walk
 * all of them.  What depends on more than state and event does not belong here.
 */
#include "lifecycle.h"

#define STAY(state)            \
	{                          \
		LIFE_##state, ACT_NONE \
	}
#define NEVER(state)                 \
	{                                \
		LIFE_##state, ACT_IMPOSSIBLE \
	}

static const LifeStep steps[LIFE_STATES][LIFE_EVENTS] = {
	[LIFE_SETUP] =
		{
			[LIFE_EXEC_OK] = {LIFE_RUNNING, ACT_ANNOUNCE},
			[LIFE_EXEC_FAILED] = {LIFE_KILLING, ACT_NOTE_SETUP},
			[LIFE_EXITED] = NEVER(SETUP), /* the exec pipe is read first */
			[LIFE_EXITED_LEAVING] = NEVER(SETUP),
			[LIFE_OUTPUT_CLOSED] = STAY(SETUP),
			/* A set-up can hang, on a dead file server for one; SIGTERM may not be heard there. */
			[LIFE_TIMEOUT] = {LIFE_KILLING, ACT_KILL_TIMEOUT},
			[LIFE_CANCEL] = {LIFE_KILLING, ACT_KILL_CANCEL},
			[LIFE_KILL] = {LIFE_KILLING, ACT_KILL},
			[LIFE_TIMER] = NEVER(SETUP),
			[LIFE_EMPTY] = NEVER(SETUP),
			[LIFE_GIVE_UP] = NEVER(SETUP),
			[LIFE_REPORTED] = NEVER(SETUP),
		},
	[LIFE_RUNNING] =
		{
			[LIFE_EXEC_OK] = NEVER(RUNNING),
			[LIFE_EXEC_FAILED] = NEVER(RUNNING),
			[LIFE_EXITED] = {LIFE_DRAINING, ACT_AWAIT_OUTPUT},
			[LIFE_EXITED_LEAVING] = {LIFE_SWEEPING, ACT_LEAVE},
			[LIFE_OUTPUT_CLOSED] = STAY(RUNNING),
			[LIFE_TIMEOUT] = {LIFE_STOPPING, ACT_TERMINATE_TIMEOUT},
			[LIFE_CANCEL] = {LIFE_STOPPING, ACT_TERMINATE_CANCEL},
			[LIFE_KILL] = {LIFE_KILLING, ACT_KILL},
			[LIFE_TIMER] = NEVER(RUNNING),
			[LIFE_EMPTY] = NEVER(RUNNING),
			[LIFE_GIVE_UP] = NEVER(RUNNING),
			[LIFE_REPORTED] = NEVER(RUNNING),
		},
	[LIFE_STOPPING] =
		{
			[LIFE_EXEC_OK] = NEVER(STOPPING),
			[LIFE_EXEC_FAILED] = NEVER(STOPPING),
			[LIFE_EXITED] = {LIFE_DRAINING, ACT_AWAIT_OUTPUT},
			[LIFE_EXITED_LEAVING] = {LIFE_DRAINING, ACT_AWAIT_OUTPUT}, /* it was told to go, and so is what it leaves */
			[LIFE_OUTPUT_CLOSED] = STAY(STOPPING),
			[LIFE_TIMEOUT] = STAY(STOPPING),
			[LIFE_CANCEL] = STAY(STOPPING),
			[LIFE_KILL] = {LIFE_KILLING, ACT_KILL},
			[LIFE_TIMER] = {LIFE_KILLING, ACT_KILL},
			[LIFE_EMPTY] = NEVER(STOPPING),
			[LIFE_GIVE_UP] = NEVER(STOPPING),
			[LIFE_REPORTED] = NEVER(STOPPING),
		},
	[LIFE_KILLING] =
		{
			[LIFE_EXEC_OK] = STAY(KILLING), /* killed during set-up */
			[LIFE_EXEC_FAILED] = STAY(KILLING),
			[LIFE_EXITED] = {LIFE_SWEEPING, ACT_SWEEP},
			[LIFE_EXITED_LEAVING] = {LIFE_SWEEPING, ACT_SWEEP},
			[LIFE_OUTPUT_CLOSED] = STAY(KILLING),
			[LIFE_TIMEOUT] = STAY(KILLING),
			[LIFE_CANCEL] = STAY(KILLING),
			[LIFE_KILL] = {LIFE_KILLING, ACT_KILL},
			[LIFE_TIMER] = {LIFE_KILLING, ACT_KILL}, /* it may have forked in between */
			[LIFE_EMPTY] = NEVER(KILLING),
			[LIFE_GIVE_UP] = NEVER(KILLING),
			[LIFE_REPORTED] = NEVER(KILLING),
		},
	[LIFE_DRAINING] =
		{
			[LIFE_EXEC_OK] = NEVER(DRAINING),
			[LIFE_EXEC_FAILED] = NEVER(DRAINING),
			[LIFE_EXITED] = NEVER(DRAINING),
			[LIFE_EXITED_LEAVING] = NEVER(DRAINING),
			[LIFE_OUTPUT_CLOSED] = {LIFE_SWEEPING, ACT_SWEEP},
			[LIFE_TIMEOUT] = STAY(DRAINING),
			[LIFE_CANCEL] = STAY(DRAINING),
			[LIFE_KILL] = {LIFE_SWEEPING, ACT_SWEEP},
			[LIFE_TIMER] = {LIFE_SWEEPING, ACT_SWEEP},
			[LIFE_EMPTY] = NEVER(DRAINING),
			[LIFE_GIVE_UP] = NEVER(DRAINING),
			[LIFE_REPORTED] = NEVER(DRAINING),
		},
	[LIFE_SWEEPING] =
		{
			[LIFE_EXEC_OK] = STAY(SWEEPING),
			[LIFE_EXEC_FAILED] = STAY(SWEEPING),
			[LIFE_EXITED] = NEVER(SWEEPING),
			[LIFE_EXITED_LEAVING] = NEVER(SWEEPING),
			[LIFE_OUTPUT_CLOSED] = {LIFE_SWEEPING, ACT_SWEEP},
			[LIFE_TIMEOUT] = STAY(SWEEPING),
			[LIFE_CANCEL] = STAY(SWEEPING),
			[LIFE_KILL] = STAY(SWEEPING),
			[LIFE_TIMER] = {LIFE_SWEEPING, ACT_SWEEP},
			[LIFE_EMPTY] = {LIFE_ENDED, ACT_FINISH},
			[LIFE_GIVE_UP] = {LIFE_ENDED, ACT_FINISH},
			[LIFE_REPORTED] = NEVER(SWEEPING),
		},
	[LIFE_ENDED] =
		{
			[LIFE_EXEC_OK] = NEVER(ENDED),
			[LIFE_EXEC_FAILED] = NEVER(ENDED),
			[LIFE_EXITED] = NEVER(ENDED),
			[LIFE_EXITED_LEAVING] = NEVER(ENDED),
			[LIFE_OUTPUT_CLOSED] = STAY(ENDED), /* after giving up */
			[LIFE_TIMEOUT] = STAY(ENDED),
			[LIFE_CANCEL] = STAY(ENDED),
			[LIFE_KILL] = STAY(ENDED),
			[LIFE_TIMER] = NEVER(ENDED),
			[LIFE_EMPTY] = NEVER(ENDED),
			[LIFE_GIVE_UP] = NEVER(ENDED),
			[LIFE_REPORTED] = {LIFE_FORGOTTEN, ACT_FORGET},
		},
	[LIFE_FORGOTTEN] =
		{
			[LIFE_EXEC_OK] = NEVER(FORGOTTEN),
			[LIFE_EXEC_FAILED] = NEVER(FORGOTTEN),
			[LIFE_EXITED] = NEVER(FORGOTTEN),
			[LIFE_EXITED_LEAVING] = NEVER(FORGOTTEN),
			[LIFE_OUTPUT_CLOSED] = NEVER(FORGOTTEN),
			[LIFE_TIMEOUT] = NEVER(FORGOTTEN),
			[LIFE_CANCEL] = NEVER(FORGOTTEN),
			[LIFE_KILL] = NEVER(FORGOTTEN),
			[LIFE_TIMER] = NEVER(FORGOTTEN),
			[LIFE_EMPTY] = NEVER(FORGOTTEN),
			[LIFE_GIVE_UP] = NEVER(FORGOTTEN),
			[LIFE_REPORTED] = NEVER(FORGOTTEN),
		},
};

LifeStep
lifecycle_step(LifeState state, LifeEvent event)
{
	return steps[state][event];
}

const char *
lifecycle_state_name(LifeState state)
{
	static const char *const names[LIFE_STATES] = {"setup",    "running",  "stopping", "killing",
												   "draining", "sweeping", "ended",    "forgotten"};

	return names[state];
}

const char *
lifecycle_event_name(LifeEvent event)
{
	static const char *const names[LIFE_EVENTS] = {"exec ok",       "exec failed", "exited",  "exited leaving",
												   "output closed", "timeout",     "cancel",  "kill",
												   "timer",         "empty",       "give up", "reported"};

	return names[event];
}
