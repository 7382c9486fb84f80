/*
 * libpq, wrapped once. Values never become part of a statement's text. What a session needs for stable output is set
 * in one round trip after connecting: UTC, ISO dates, no search_path, and a statement_timeout unless somebody has
 * already chosen one.
 */
#include "db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "message.h"

#define TEXT_TYPE 25
#define MOST_PARAMETERS 16
#define CONNECT_SECONDS "10"
#define DIAGNOSE_MS 3000

struct Db
{
	PGconn *conn;
	char *zone;
	time_t skew; /* the server's clock minus ours */
};

static const char session_sql[] =
	"select current_setting('TimeZone') as zone, extract(epoch from clock_timestamp())::bigint as now, "
	"set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false), "
	"set_config('IntervalStyle', 'postgres', false), set_config('bytea_output', 'hex', false), "
	"set_config('search_path', '', false), "
	"set_config('jobgrid.change_source', "
	"coalesce(nullif(nullif(current_setting('jobgrid.change_source', true), ''), 'sql'), 'cli'), false), "
	"set_config('statement_timeout', "
	"case current_setting('statement_timeout') when '0' then '30s' else current_setting('statement_timeout') end, false)";

/* What to do next, where the server gives no hint because it does not know us. */
static const struct
{
	const char *sqlstate;
	const char *hint;
} hints[] = {
	{"42883", "The server's Jobgrid may be older than this program: alter extension jobgrid update"},
	{"42P01", "The server's Jobgrid may be older than this program: alter extension jobgrid update"},
	{"42703", "The server's Jobgrid may be older than this program: alter extension jobgrid update"},
	{"42501", "Ask for a role that may: jobgrid_viewer looks, jobgrid_submitter submits, jobgrid_operator acts"},
};

static const char *
hint_for(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (strcmp(hints[i].sqlstate, sqlstate) == 0)
			return hints[i].hint;
	return NULL;
}

static void
print_notice(void *unused, const PGresult *result)
{
	(void) unused;
	message_notice(
		PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED), PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
		PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL), PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
}

/* libpq ends its messages with a newline. */
static int
connection_failed(const PGconn *conn, ExitCode code, Failure *failure)
{
	const char *message = PQerrorMessage(conn);
	int length = (int) strlen(message);

	while (length > 0 && message[length - 1] == '\n')
		length--;
	fail(failure, code, "%.*s", length, message);
	if (code == EXIT_CODE_UNREACHABLE)
		fail_hint(failure, "Name the server with -h, -p and -d, PGHOST, PGPORT and PGDATABASE, or PGSERVICE.");
	return -1;
}

static void
fill_keywords(const DbTarget *target, const char **keywords, const char **values)
{
	const char *const names[] = {"dbname", "host", "port", "user", "client_encoding", "fallback_application_name"};
	const char *const given[] = {target->dbname, target->host, target->port, target->user, "UTF8", "jobgrid"};
	int count = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (given[i])
		{
			keywords[count] = names[i];
			values[count++] = given[i];
		}
	keywords[count] = values[count] = NULL;
}

/*
 * Why was the connection refused? libpq keeps no SQLSTATE of a failed connection, but writes it into the message if
 * told so before it polls. So a refused one is tried once more for the code alone, unless a password was sent: that
 * answer is known, and a second try could lock the account.
 */
static ExitCode
diagnose(const PGconn *failed, const char *const *keywords, const char *const *values)
{
	ExitCode code = EXIT_CODE_UNREACHABLE;
	PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
	const char *state;
	PGconn *conn;

	if (PQconnectionNeedsPassword(failed) || PQconnectionUsedPassword(failed))
		return EXIT_CODE_NOT_ALLOWED;
	if (!strstr(PQerrorMessage(failed), "FATAL:"))
		return EXIT_CODE_UNREACHABLE;
	conn = PQconnectStartParams(keywords, values, 1);
	PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
	while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING)
	{
		struct pollfd ready = {PQsocket(conn), wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, 0};

		if (PQstatus(conn) == CONNECTION_BAD || poll(&ready, 1, DIAGNOSE_MS) <= 0)
			break;
		wanted = PQconnectPoll(conn);
	}
	state = strstr(PQerrorMessage(conn), "FATAL:");
	if (state)
		code = exit_code_of(state + strlen("FATAL:") + strspn(state + strlen("FATAL:"), " ")) == EXIT_CODE_NOT_ALLOWED
				   ? EXIT_CODE_NOT_ALLOWED
				   : EXIT_CODE_UNREACHABLE;
	PQfinish(conn);
	return code;
}

static int
prepare_session(Db *db, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;

	PQsetNoticeReceiver(db->conn, print_notice, NULL);
	if (db_query(db, session_sql, 0, NULL, &result, failure) < 0)
		return -1;
	db->skew = (time_t) db_number(result, 0, "now", 0) - time(NULL);
	free(db->zone);
	db->zone = mem_strdup(db_value(result, 0, "zone"));
	return 0;
}

int
db_open(Db **opened, const DbTarget *target, Failure *failure)
{
	const char *keywords[8];
	const char *values[8];
	Db *db = mem_zalloc(sizeof *db);

	*opened = db;
	/* The environment is the weakest source of a setting: a service file or a connection string overrides it. */
	setenv("PGCONNECT_TIMEOUT", CONNECT_SECONDS, 0);
	fill_keywords(target, keywords, values);
	db->conn = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(db->conn) != CONNECTION_OK)
		return connection_failed(db->conn, diagnose(db->conn, keywords, values), failure);
	return prepare_session(db, failure);
}

void
db_close(Db *db)
{
	if (!db)
		return;
	PQfinish(db->conn);
	free(db->zone);
	free(db);
}

bool
db_is_lost(const Db *db)
{
	return PQstatus(db->conn) != CONNECTION_OK;
}

int
db_reopen(Db *db, Failure *failure)
{
	PQreset(db->conn);
	if (PQstatus(db->conn) != CONNECTION_OK)
		return connection_failed(db->conn, EXIT_CODE_UNREACHABLE, failure);
	return prepare_session(db, failure);
}

/* Nothing of ours can be found in a database that has no schema of ours. */
static bool
is_foreign(const Db *db, const char *sqlstate)
{
	CLEAR_RESULT PGresult *result = NULL;

	if (strcmp(sqlstate, "3F000") != 0 && strcmp(sqlstate, "42P01") != 0 && strcmp(sqlstate, "42883") != 0)
		return false;
	result = PQexec(db->conn, "select from pg_catalog.pg_namespace where nspname = 'jobgrid'");
	return PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 0;
}

static int
statement_failed(const Db *db, const PGresult *result, Failure *failure)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

	if (!sqlstate)
		return connection_failed(db->conn, EXIT_CODE_UNREACHABLE, failure);
	if (is_foreign(db, sqlstate))
	{
		fail(failure, exit_code_of(sqlstate), "database \"%s\" has no Jobgrid", PQdb(db->conn));
		return fail_hint(failure, "Name the one that has it with -d NAME or PGDATABASE.");
	}
	fail(failure, exit_code_of(sqlstate), "%s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	if (detail && *detail)
		fail_detail(failure, "%s", detail);
	if (!hint || !*hint)
		hint = hint_for(sqlstate);
	if (hint)
		fail_hint(failure, "%s", hint);
	return -1;
}

int
db_query(Db *db, const char *sql, int count, const char *const *values, PGresult **result, Failure *failure)
{
	Oid types[MOST_PARAMETERS];
	ExecStatusType status;

	/* Declared, so that a statement need not mention each one of the parameters it is given. */
	for (int i = 0; i < count; i++)
		types[i] = TEXT_TYPE;
	*result = PQexecParams(db->conn, sql, count, types, values, NULL, NULL, 0);
	status = PQresultStatus(*result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return 0;
	statement_failed(db, *result, failure);
	PQclear(*result);
	*result = NULL;
	return -1;
}

time_t
db_now(const Db *db)
{
	return time(NULL) + db->skew;
}

const char *
db_zone(const Db *db)
{
	return db->zone;
}

const char *
db_value(const PGresult *result, int row, const char *column)
{
	int number = PQfnumber(result, column);

	return number < 0 || PQgetisnull(result, row, number) ? NULL : PQgetvalue(result, row, number);
}

long
db_number(const PGresult *result, int row, const char *column, long missing)
{
	const char *value = db_value(result, row, column);

	return value ? strtol(value, NULL, 10) : missing;
}
