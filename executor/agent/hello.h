/*
 * hello.h - coming to the database: is it one of ours, what this executor says of itself, and the welcome.
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

/* Looks at the database; the answer has the types of its records, or words that tell what is to be done there. */
void hello_look(PgConn *conn, PgAnswerCallback callback);
int hello_types(const PgAnswer *answer, Oid *report_type, Oid *known_type, Err *e);

/* known_type: the OID of jobgrid_engine.known_attempt in this database. */
void hello_send(PgConn *conn, const Settings *settings, const char *instance, const char *journal, Oid known_type,
				PgAnswerCallback callback);

/* Also tells attempts of ours that are not ours any more. */
int hello_read(const PgAnswer *answer, Welcome *welcome, Err *e);

#endif
