/*
 * session.h - one blocking database session, from the environment's PG* variables.
 */
#ifndef JOBGRID_BENCH_SESSION_H
#define JOBGRID_BENCH_SESSION_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "bench.h"

static inline PGconn *
session_open(void)
{
	PGconn *session = PQconnectdb("");

	if (PQstatus(session) != CONNECTION_OK)
		stop_with("could not connect", PQerrorMessage(session));
	return session;
}

/* Takes the result. */
static inline void
session_check(PGconn *session, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		stop_with("query failed", PQerrorMessage(session));
	PQclear(result);
}

static inline void
session_run(PGconn *session, const char *sql)
{
	session_check(session, PQexec(session, sql));
}

/* Whether a query's only value is true. */
static inline bool
session_ask(PGconn *session, const char *sql)
{
	PGresult *result = PQexec(session, sql);
	bool yes;

	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1 || PQnfields(result) != 1)
		stop_with("query failed", PQerrorMessage(session));
	yes = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return yes;
}

#endif
