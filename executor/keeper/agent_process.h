/*
 * agent_process.h - the agent as the keeper sees it: a child that may die.
 */
#ifndef JOBGRID_KEEPER_AGENT_PROCESS_H
#define JOBGRID_KEEPER_AGENT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "channel.h"
#include "identity.h"
#include "loop.h"

typedef enum AgentEnd
{
	AGENT_WANTED,  /* it was told to quit */
	AGENT_DIED,    /* a new one is started */
	AGENT_REFUSED, /* it cannot work with these settings; a new one is started and will say the same */
} AgentEnd;

typedef struct AgentEvents
{
	void (*connected)(void *arg); /* a new agent: recite what is known */
	void (*message)(const Msg *msg, int *fds, size_t fd_count, void *arg);
	void (*gone)(AgentEnd end, void *arg);
} AgentEvents;

/* Starts it with this environment, and again whenever it dies. */
int agent_process_start(Loop *loop, const char *program, char **environment, const Identity *identity,
						const AgentEvents *events, void *arg, Err *e);

/* Does nothing while there is no agent: a new one is told everything. */
void agent_process_send(MsgType type, const void *payload, const char *text, const int *fds, size_t fd_count);

/* Tells it to leave, or kills it when it does not within the time. It is not started again. */
void agent_process_quit(int64_t patience_us);

/* Tells it to make room for another one; left is called when it is gone and all that it said has been heard. */
void agent_process_retire(int64_t patience_us, void (*left)(void *arg));
void agent_process_again(void); /* there is to be an agent after all */

#endif
