/*
 * control.h - the control connection: hello, exchange, heartbeat, goodbye.
 */
#ifndef JOBGRID_AGENT_CONTROL_H
#define JOBGRID_AGENT_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "settings.h"

/*
 * enforced: what the keeper holds jobs to (enforce.h). backlog: how many messages to the keeper have not left this process
 * yet
 */
int control_init(Loop *loop, const Settings *settings, const uint8_t instance[16], unsigned enforced,
				 size_t (*backlog)(void), Err *e);
void control_start(void); /* what the keeper knows is known */
void control_kick(void);  /* there is something to report, or a slot is free */
void control_drain(void); /* claim nothing more */
void control_quit(void);  /* give back what came too late, say goodbye, then end the loop */

#endif
