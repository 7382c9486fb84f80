/*
 * heartbeat.h - how this executor is, told to the database.
 */
#ifndef JOBGRID_AGENT_HEARTBEAT_H
#define JOBGRID_AGENT_HEARTBEAT_H

#include <stdint.h>

#include "pgconn.h"

/* problem: why it cannot work, or NULL */
void heartbeat_send(PgConn *conn, int64_t free_slots, const char *problem, PgAnswerCallback callback);

#endif
