/*
 * hello.h - what this executor says of itself when it comes to the database.
 */
#ifndef JOBGRID_AGENT_HELLO_H
#define JOBGRID_AGENT_HELLO_H

#include "pgconn.h"
#include "settings.h"

/*
 * enforced: what this node holds jobs to (enforce.h). known_type: the OID of jobgrid_engine.known_attempt in this
 * database.
 */
void hello_send(PgConn *conn, const Settings *settings, const char *instance, unsigned enforced, Oid known_type,
				PgAnswerCallback callback);

#endif
