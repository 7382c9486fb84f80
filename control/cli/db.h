/*
 * The one way to the database: a synchronous connection and parameterised statements.
 */
#ifndef JOBGRID_CLI_DB_H
#define JOBGRID_CLI_DB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <time.h>

#include "failure.h"

typedef struct Db Db;

typedef struct DbTarget
{
	const char *dbname; /* a name, a connection string or a URI; null everywhere: libpq's own defaults */
	const char *host;
	const char *port;
	const char *user;
} DbTarget;

extern int db_open(Db **db, const DbTarget *target, Failure *failure);
extern void db_close(Db *db);

/* True when the last failure took the connection with it; db_reopen() tries once to get another. */
extern bool db_is_lost(const Db *db);
extern int db_reopen(Db *db, Failure *failure);

/*
 * Runs one statement; every parameter is sent as text and cast in the statement, null stays null. The caller clears
 * the result; on a failure there is none.
 */
extern int db_query(Db *db, const char *sql, int count, const char *const *values, PGresult **result, Failure *failure);

/* The server's clock, and the zone in which a time without one is meant: what psql would take. */
extern time_t db_now(const Db *db);
extern const char *db_zone(const Db *db);

/* Column by name: null, or what stands for a missing number, when it is null or not there. */
extern const char *db_value(const PGresult *result, int row, const char *column);
extern long db_number(const PGresult *result, int row, const char *column, long missing);

static inline void
db_clear_result(PGresult **result)
{
	PQclear(*result);
}

#define CLEAR_RESULT __attribute__((cleanup(db_clear_result)))

#endif
