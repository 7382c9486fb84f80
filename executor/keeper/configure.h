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

/* The settings. < 0: what was asked for cannot work, here or anywhere. */
int configure(Configuration *c, int argc, char **argv, Err *e);

/* What they name on this node. */
int configure_node(Configuration *c, Err *e);

/* Both, where another program was in this process before; where they do not check, with its settings. */
int configure_again(Configuration *c, int argc, char **argv, State before, Err *e);
void configure_save(const Configuration *c, Buf *out);
void configure_free(Configuration *c);

#endif
