/*
 * hello.h - what this executor says of itself when it comes to the database, and the welcome.
 */
#ifndef JOBGRID_AGENT_HELLO_H
#define JOBGRID_AGENT_HELLO_H

#include <stdint.h>

#include "pgconn.h"
#include "settings.h"

/* What the database answers. */
typedef struct Welcome
{
	int64_t executor_id;
	int64_t lease_ms;
	int64_t grace_ms;
	int64_t heartbeat_ms;
	int64_t poll_ms;
	int64_t last_request;
	const char *channel; /* lives as long as the answer */
} Welcome;

/* known_type: the OID of jobgrid_engine.known_attempt in this database. */
void hello_send(PgConn *conn, const Settings *settings, const char *instance, const char *journal, Oid known_type,
				PgAnswerCallback callback);

/* Also tells attempts of ours that are not ours any more. */
int hello_read(const PgAnswer *answer, Welcome *welcome, Err *e);

#endif
