/*
 * control.h - the control connection: hello, exchange, heartbeat, goodbye.
 */
#ifndef JOBGRID_AGENT_CONTROL_H
#define JOBGRID_AGENT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "settings.h"

typedef struct ControlContext
{
	Loop *loop;
	const Settings *settings;
	const uint8_t *instance; /* uuids */
	const uint8_t *journal;
	size_t (*backlog)(void); /* how many messages to the keeper have not left this process yet */
} ControlContext;

int control_init(const ControlContext *context, Err *e);
void control_start(void);                  /* what the keeper knows is known */
void control_kick(void);                   /* there is something to report, or a slot is free */
void control_drain(void);                  /* claim nothing more */
void control_problem(const char *problem); /* claim nothing while there is one, and tell the database; "": it is over */
void control_quit(void);                   /* give back what came too late, say goodbye, then end the loop */

/* Another agent will go on: nothing more is asked. True when no answer is to come. */
void control_retire(void);
bool control_retired(void);

#endif
