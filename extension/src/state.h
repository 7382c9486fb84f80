/* The states of a run and the one table of transitions between them. Pure: no server inside. */
#ifndef JG_STATE_H
#define JG_STATE_H

#include <stdbool.h>

typedef enum JgState
{
	JG_WAITING,
	JG_HELD,
	JG_QUEUED,
	JG_STARTING,
	JG_RUNNING,
	JG_BLOCKED,
	JG_UNKNOWN,
	JG_SUCCEEDED,
	JG_FAILED,
	JG_CANCELLED,
	JG_SKIPPED,
	JG_NSTATES
} JgState;

/* Who asks for a transition; a bit set, because a cell of the table names all who may. */
typedef enum JgActor
{
	JG_ENGINE = 1,
	JG_OPERATOR = 2
} JgActor;

/* Where a run lives. A live run has one row in one of the narrow tables. */
typedef enum JgTable
{
	JG_DUE,
	JG_PENDING,
	JG_READY,
	JG_LEASE,
	JG_PARKED,
	JG_NTABLES
} JgTable;

extern const char *jg_state_name(JgState state);
extern bool jg_state_parse(const char *name, JgState *state);
extern bool jg_state_is_final(JgState state);
extern int jg_transition_actors(JgState from, JgState to);
extern bool jg_transition_allowed(JgState from, JgState to, JgActor actor);
extern const char *jg_table_name(JgTable table);

#endif
