/*
 * pgconn.h - one asynchronous PostgreSQL connection that keeps itself alive.
 *
 * Connects to all hosts at once and keeps the first that accepts writes; comes
 * back by itself with jittered back-off.  Calls wait in a queue and are answered
 * in order.  Never blocks, but for the resolver: libpq looks host names up when a
 * connection starts.
 *
 *	STOPPED --start--> CONNECTING --first read-write host--> READY
 *	                     ^     | all failed, time-out          | lost, reset
 *	                     |     v                               v
 *	                     +--- WAITING <------------------------+
 */
#ifndef JOBGRID_PGCONN_H
#define JOBGRID_PGCONN_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "err.h"
#include "loop.h"

typedef struct PgConn PgConn;

/* What a call came to. Exactly one of rows and error is set; rows is freed after the callback. */
typedef struct PgAnswer
{
	const PGresult *rows;
	const char *error;
	char sqlstate[6]; /* "" when the connection was lost */
	bool lost;        /* it is not known whether the call was carried out */
} PgAnswer;

typedef void (*PgAnswerCallback)(const PgAnswer *answer, void *arg);

typedef struct PgParameter
{
	Oid type;          /* 0: the server infers it */
	const char *value; /* NULL: null; copied */
	int length;
	int format; /* 0 text, 1 binary */
} PgParameter;

typedef struct PgConnEvents
{
	void (*connected)(void *arg);
	void (*disconnected)(const char *reason, void *arg); /* of a READY connection; calls are answered first */
	void (*notified)(const char *channel, const char *payload, void *arg); /* may be NULL */
} PgConnEvents;

PgConn *pgconn_new(Loop *loop, const char *conninfo, const char *application_name, const PgConnEvents *events,
				   void *arg, Err *e);
void pgconn_free(PgConn *conn); /* pending calls are dropped without an answer */

void pgconn_start(PgConn *conn);
void pgconn_reset(PgConn *conn, const char *reason); /* drop the connection and come back after the back-off */
void pgconn_settled(PgConn *conn);                   /* the session is good: the next back-off begins small */
bool pgconn_ready(const PgConn *conn);
PGconn *pgconn_handle(PgConn *conn); /* for quoting only; NULL unless ready */

/*
 * Queues one statement in autocommit. Only while READY. An answer with the warning
 * that a commit may not have been replicated comes as lost, although rows arrived.
 */
void pgconn_call(PgConn *conn, const char *sql, int count, const PgParameter *parameters, PgAnswerCallback callback,
				 void *arg);

#endif
