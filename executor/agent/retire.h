/*
 * retire.h - how an agent makes room for the next one while the jobs run on.
 */
#ifndef JOBGRID_AGENT_RETIRE_H
#define JOBGRID_AGENT_RETIRE_H

#include <stddef.h>

#include "loop.h"

/* Ends the loop when nothing of this agent's is on its way any more, or after a time. */
void retire_begin(Loop *loop, size_t (*backlog)(void));

#endif
