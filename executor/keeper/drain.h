/*
 * drain.h - how the keeper leaves: no new jobs, wait, cancel, report, goodbye.
 *
 *	SERVING --SIGTERM--> WAITING --drain_timeout or second SIGTERM--> CANCELLING
 *	                        |  no process left                           |
 *	                        +-----------------> REPORTING <--------------+
 *	                                                |  all reported, or patience over
 *	                                                v
 *	                                             LEAVING --agent gone--> exit 0
 */
#ifndef JOBGRID_KEEPER_DRAIN_H
#define JOBGRID_KEEPER_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

void drain_init(Loop *loop, int64_t timeout_us);
void drain_begin(void);   /* again: do not wait any longer */
void drain_advance(void); /* a job has ended or was reported */
bool drain_started(void);

#endif
