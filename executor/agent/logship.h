/*
 * logship.h - brings output, and what jobs tell, to the database, over a connection of its own.
 */
#ifndef JOBGRID_AGENT_LOGSHIP_H
#define JOBGRID_AGENT_LOGSHIP_H

#include <stdint.h>

#include "loop.h"
#include "message.h"
#include "settings.h"

/* stale: called with an attempt whose fence was not the current one. */
int logship_init(Loop *loop, const Settings *settings, void (*stale)(const AttemptKey *key), Err *e);

/* The executor is known to the database: connect, or say who we are again. */
void logship_bind(int64_t executor_id, const char *instance);

/* Chunks or news wait. */
void logship_kick(void);

#endif
