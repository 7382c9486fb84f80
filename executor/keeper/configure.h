/*
 * configure.h - what the keeper runs with: settings, users, the agent's program.
 */
#ifndef JOBGRID_KEEPER_CONFIGURE_H
#define JOBGRID_KEEPER_CONFIGURE_H

#include "identity.h"
#include "settings.h"
#include "state.h"

typedef struct Configuration
{
	Settings settings;
	Identity job_identity;
	Identity agent_identity;
	char *agent_program;
} Configuration;

/* before: the state of the program that was in this process before; empty where there was none. */
int configure(Configuration *c, int argc, char **argv, State before, Err *e);
void configure_save(const Configuration *c, Buf *out);
void configure_free(Configuration *c);

#endif
