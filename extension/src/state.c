/*
 * The states of a run and the one table of transitions between them.
 *
 * Every path that changes a state asks here, the triggers of the tables included; the view jobgrid.transitions shows
 * the table and a test walks all its cells. Nothing else in the project may know which transition is allowed.
 */
#include "state.h"

#include <string.h>

#define E JG_ENGINE
#define O JG_OPERATOR
#define B (JG_ENGINE | JG_OPERATOR)

static const char *const state_names[JG_NSTATES] = {"waiting", "held",      "queued", "starting",  "running", "blocked",
													"unknown", "succeeded", "failed", "cancelled", "skipped"};

static const char *const table_names[JG_NTABLES] = {"due", "pending", "ready", "lease", "parked"};

/*
 * Row: from, column: to. A run that is at work is moved by what its executor reports and never by a verb; a verb can
 * only ask. A run that has not started becomes unknown where an executor shows an attempt of it that this database has
 * not handed out. A run of a job that is bypassed succeeds without having started. Final states change only by set_outcome, but for those of workflows of which a step is run again. Staying in a state is no transition, but for waiting, whose rows
 * move between due and pending.
 */
/* *INDENT-OFF* */
/* clang-format off */
static const unsigned char transitions[JG_NSTATES][JG_NSTATES] = {
	/*                waiting held queued starting running blocked unknown succeeded failed cancelled skipped */
	[JG_WAITING]   = {B,      B,   E,     0,       E,      E,      E,      B,        B,     B,        B},
	[JG_HELD]      = {B,      0,   0,     0,       0,      0,      E,      O,        O,     B,        B},
	[JG_QUEUED]    = {B,      B,   0,     E,       E,      E,      E,      O,        B,     B,        B},
	[JG_STARTING]  = {E,      0,   E,     0,       E,      E,      E,      E,        E,     E,        0},
	[JG_RUNNING]   = {E,      0,   0,     0,       0,      E,      E,      E,        E,     E,        E},
	[JG_BLOCKED]   = {B,      O,   0,     0,       0,      0,      E,      O,        B,     B,        B},
	[JG_UNKNOWN]   = {B,      0,   0,     0,       E,      E,      0,      B,        B,     B,        O},
	[JG_SUCCEEDED] = {0,      0,   0,     0,       E,      0,      0,      0,        O,     O,        O},
	[JG_FAILED]    = {0,      0,   0,     0,       E,      0,      0,      O,        0,     O,        O},
	[JG_CANCELLED] = {0,      0,   0,     0,       E,      0,      0,      O,        O,     0,        O},
	[JG_SKIPPED]   = {0,      0,   0,     0,       E,      0,      0,      O,        O,     O,        0},
};
/* clang-format on */
/* *INDENT-ON* */

const char *
jg_state_name(JgState state)
{
	return state_names[state];
}

bool
jg_state_parse(const char *name, JgState *state)
{
	for (int i = 0; i < JG_NSTATES; i++)
	{
		if (strcmp(name, state_names[i]) == 0)
		{
			*state = (JgState) i;
			return true;
		}
	}
	return false;
}

bool
jg_state_is_final(JgState state)
{
	return state >= JG_SUCCEEDED;
}

int
jg_transition_actors(JgState from, JgState to)
{
	return transitions[from][to];
}

bool
jg_transition_allowed(JgState from, JgState to, JgActor actor)
{
	return (transitions[from][to] & actor) != 0;
}

const char *
jg_table_name(JgTable table)
{
	return table_names[table];
}
