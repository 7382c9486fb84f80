/*
 * pgconn.c - one asynchronous PostgreSQL connection that keeps itself alive.
 *
 * pgconn.h has the states.  What reaches a host at a time is a PgTry; the winner's
 * PGconn moves into the PgConn and the others are dropped.  libpq may open another
 * socket in each step of connecting, so a try is watched anew after each.
 */
#include "pgconn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "pghosts.h"

#define BACKOFF_MIN_US INT64_C(100000)
#define BACKOFF_MAX_US INT64_C(5000000)

/* Longer than any statement_timeout of ours: an answer that takes longer never comes. */
#define CALL_TIMEOUT_US INT64_C(60000000)

typedef enum PgState
{
	PG_STOPPED,
	PG_WAITING,
	PG_CONNECTING,
	PG_READY
} PgState;

typedef struct PgTry
{
	PgConn *owner;
	const PgHost *host;
	PGconn *pg; /* NULL: over */
	LoopWatch *watch;
} PgTry;

typedef struct PgCall
{
	char *sql;
	int count;
	Oid *types;
	char **values;
	int *lengths;
	int *formats;
	PgAnswerCallback callback;
	void *arg;
	STAILQ_ENTRY(PgCall) link;
} PgCall;

STAILQ_HEAD(PgCallList, PgCall);

struct PgConn
{
	Loop *loop;
	PgState state;
	PgHosts hosts;
	PgTry *tries;
	PgConnEvents events;
	void *arg;
	PGconn *pg;
	LoopWatch *watch;
	uint32_t watched;
	Timer timer; /* WAITING: back-off; CONNECTING: time-out; READY: of the present call */
	int64_t backoff_us;
	struct PgCallList calls; /* the first is with the server when sent */
	bool sent;
	bool unreplicated; /* the warning came with the present call */
	PGresult *result;  /* of the present call, until the server is done with it */
	char last_error[512];
	int depth; /* callbacks on the stack that use this object */
	bool freed;
};

static void begin_connecting(void *arg);
static void send_next(PgConn *conn);

static void
free_call(PgCall *call)
{
	for (int i = 0; i < call->count; i++)
		free(call->values[i]);
	free(call->types);
	free(call->values);
	free(call->lengths);
	free(call->formats);
	free(call->sql);
	free(call);
}

/*
 * The backend waits for a synchronous standby after its local commit; when that
 * wait is cancelled it only warns.  The text is translated, the source file is not.
 */
static bool
is_unreplicated_warning(const PGresult *notice)
{
	const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
	const char *file = PQresultErrorField(notice, PG_DIAG_SOURCE_FILE);
	const char *detail = PQresultErrorField(notice, PG_DIAG_MESSAGE_DETAIL);

	if (sqlstate == NULL || (strcmp(sqlstate, "01000") != 0 && strcmp(sqlstate, "57P01") != 0))
		return false;
	if (file != NULL && strcmp(file, "syncrep.c") == 0)
		return true;
	return detail != NULL && strstr(detail, "already committed locally") != NULL;
}

static void
receive_notice(void *arg, const PGresult *notice)
{
	PgConn *conn = arg;
	const char *text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	if (is_unreplicated_warning(notice))
		conn->unreplicated = true;
	log_debug("server says: %s", text != NULL ? text : PQresultErrorMessage(notice));
}

static void
remember_error(PgConn *conn, const char *where, const PGconn *pg)
{
	snprintf(conn->last_error, sizeof(conn->last_error), "%s%s%s", where != NULL ? where : "",
			 where != NULL ? ": " : "", PQerrorMessage(pg));
}

static void
drop_try(PgTry *attempt)
{
	loop_unwatch(attempt->watch);
	attempt->watch = NULL;
	if (attempt->pg != NULL)
		PQfinish(attempt->pg);
	attempt->pg = NULL;
}

static void
drop_tries(PgConn *conn)
{
	for (size_t i = 0; i < conn->hosts.count; i++)
		drop_try(&conn->tries[i]);
}

/* Half of the time is fixed, half is chance: nodes that lost one server must not come back together. */
static int64_t
next_backoff(PgConn *conn)
{
	uint32_t chance = 0;
	int64_t base = conn->backoff_us;

	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
		chance = (uint32_t) clock_now_us();
	conn->backoff_us = base * 2 < BACKOFF_MAX_US ? base * 2 : BACKOFF_MAX_US;
	return base / 2 + (int64_t) (chance % (uint32_t) (base / 2 + 1));
}

static void
wait_and_retry(PgConn *conn)
{
	drop_tries(conn);
	conn->state = PG_WAITING;
	loop_timer_in(conn->loop, &conn->timer, next_backoff(conn), begin_connecting, conn);
}

static void
connect_timed_out(void *arg)
{
	PgConn *conn = arg;

	log_warnx("could not connect to the database: no answer in %lld s",
			  (long long) (conn->hosts.connect_timeout_us / 1000000));
	wait_and_retry(conn);
}

static bool
any_try_left(const PgConn *conn)
{
	for (size_t i = 0; i < conn->hosts.count; i++)
	{
		if (conn->tries[i].pg != NULL)
			return true;
	}
	return false;
}

static void
try_failed(PgTry *attempt)
{
	PgConn *conn = attempt->owner;

	remember_error(conn, attempt->host->name, attempt->pg);
	drop_try(attempt);
	if (any_try_left(conn))
		return;
	log_warnx("could not connect to the database: %s", conn->last_error);
	wait_and_retry(conn);
}

static void
answer_first(PgConn *conn, const PgAnswer *answer)
{
	PgCall *call = STAILQ_FIRST(&conn->calls);

	STAILQ_REMOVE_HEAD(&conn->calls, link);
	if (conn->sent)
		loop_timer_cancel(conn->loop, &conn->timer);
	conn->sent = false;
	if (call->callback != NULL)
		call->callback(answer, call->arg);
	free_call(call);
}

static void
lose_connection(PgConn *conn, const char *reason)
{
	char text[sizeof(conn->last_error)];
	PgAnswer lost = {.error = text, .lost = true};

	snprintf(text, sizeof(text), "%s", reason);
	loop_unwatch(conn->watch);
	conn->watch = NULL;
	PQfinish(conn->pg);
	conn->pg = NULL;
	PQclear(conn->result);
	conn->result = NULL;
	conn->state = PG_STOPPED;
	conn->depth++;
	while (!STAILQ_EMPTY(&conn->calls))
		answer_first(conn, &lost);
	if (!conn->freed)
		conn->events.disconnected(text, conn->arg);
	conn->depth--;
	if (conn->freed)
		free(conn);
	else
		wait_and_retry(conn);
}

/* One full result of the present call. Of several results only the last counts; there is one a call. */
static void
take_result(PgConn *conn, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (conn->result != NULL && PQresultStatus(conn->result) == PGRES_FATAL_ERROR)
	{
		PQclear(result);
		return;
	}
	PQclear(conn->result);
	conn->result = result;
	if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
		log_warnx("COPY is not for this connection");
}

/* What a server says, on one line and without the place in a statement that nobody has typed. */
static const char *
describe_error(const PGresult *result, char *text, size_t size)
{
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);

	if (message == NULL)
		return PQresultErrorMessage(result);
	snprintf(text, size, "%s%s%s%s%s", message, detail != NULL ? "; " : "", detail != NULL ? detail : "",
			 hint != NULL ? "; hint: " : "", hint != NULL ? hint : "");
	return text;
}

static void
finish_call(PgConn *conn)
{
	PGresult *result = conn->result;
	ExecStatusType status = PQresultStatus(result);
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	PgAnswer answer = {0};
	char text[1024];

	conn->result = NULL;
	if (conn->unreplicated)
	{
		answer.error = "the transaction may not have been replicated";
		answer.lost = true;
	}
	else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		answer.rows = result;
	else
	{
		answer.error = describe_error(result, text, sizeof(text));
		answer.lost = sqlstate == NULL;
		snprintf(answer.sqlstate, sizeof(answer.sqlstate), "%s", sqlstate != NULL ? sqlstate : "");
	}
	answer_first(conn, &answer);
	PQclear(result);
}

static void
dispatch_notifies(PgConn *conn)
{
	PGnotify *notify;

	while (conn->pg != NULL && (notify = PQnotifies(conn->pg)) != NULL)
	{
		if (conn->events.notified != NULL)
			conn->events.notified(notify->relname, notify->extra, conn->arg);
		PQfreemem(notify);
	}
}

/* Everything that has arrived. Returns < 0 when the connection is gone. */
static int
receive(PgConn *conn)
{
	if (PQconsumeInput(conn->pg) == 0)
		return -1;
	while (conn->pg != NULL && conn->sent && !PQisBusy(conn->pg))
	{
		PGresult *result = PQgetResult(conn->pg);

		if (result != NULL)
			take_result(conn, result);
		else if (conn->result != NULL && PQstatus(conn->pg) == CONNECTION_OK)
		{
			finish_call(conn);
			send_next(conn);
		}
		else
			return -1;
	}
	dispatch_notifies(conn);
	return 0;
}

/* Sends what libpq still holds, and waits for writing only while something is left. */
static int
flush(PgConn *conn)
{
	int left = PQflush(conn->pg);
	uint32_t wanted = left > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;
	Err e;

	if (left < 0)
		return -1;
	if (wanted != conn->watched && loop_watch_events(conn->watch, wanted, &e) < 0)
		return -1;
	conn->watched = wanted;
	return 0;
}

static void
leave_callback(PgConn *conn)
{
	conn->depth--;
	if (conn->depth == 0 && conn->freed)
		free(conn);
}

static void
socket_ready(uint32_t events, void *arg)
{
	PgConn *conn = arg;
	bool broken;

	conn->depth++;
	broken = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && receive(conn) < 0;
	if (!broken && conn->pg != NULL)
		broken = flush(conn) < 0;
	if (broken && conn->pg != NULL)
	{
		remember_error(conn, NULL, conn->pg);
		lose_connection(conn, conn->last_error);
	}
	leave_callback(conn);
}

static void
become_ready(PgTry *winner)
{
	PgConn *conn = winner->owner;
	Err e;

	conn->pg = winner->pg;
	winner->pg = NULL;
	log_debug("connected to %s", winner->host->name);
	drop_tries(conn);
	loop_timer_cancel(conn->loop, &conn->timer);
	conn->state = PG_READY;
	conn->sent = false;
	conn->watched = EPOLLIN;
	conn->watch = loop_watch(conn->loop, PQsocket(conn->pg), EPOLLIN, socket_ready, conn, &e);
	if (conn->watch == NULL || PQsetnonblocking(conn->pg, 1) < 0)
	{
		lose_connection(conn, conn->watch == NULL ? e.message : "could not make the connection non-blocking");
		return;
	}
	conn->depth++;
	conn->events.connected(conn->arg);
	leave_callback(conn);
}

static void
try_ready(uint32_t events, void *arg)
{
	PgTry *attempt = arg;
	PostgresPollingStatusType status = PQconnectPoll(attempt->pg);
	Err e;

	(void) events;
	loop_unwatch(attempt->watch);
	attempt->watch = NULL;
	if (status == PGRES_POLLING_OK)
	{
		become_ready(attempt);
		return;
	}
	if (status != PGRES_POLLING_FAILED)
		attempt->watch = loop_watch(attempt->owner->loop, PQsocket(attempt->pg),
									status == PGRES_POLLING_READING ? EPOLLIN : EPOLLOUT, try_ready, attempt, &e);
	if (attempt->watch == NULL)
		try_failed(attempt);
}

static void
begin_try(PgTry *attempt)
{
	Err e;

	attempt->pg = PQconnectStartParams(attempt->host->keywords, attempt->host->values, 0);
	if (attempt->pg == NULL)
		fatalx("out of memory");
	if (PQstatus(attempt->pg) != CONNECTION_BAD)
	{
		PQsetNoticeReceiver(attempt->pg, receive_notice, attempt->owner);
		/* libpq: behave as if PQconnectPoll() had last said WRITING */
		attempt->watch = loop_watch(attempt->owner->loop, PQsocket(attempt->pg), EPOLLOUT, try_ready, attempt, &e);
	}
}

static void
begin_connecting(void *arg)
{
	PgConn *conn = arg;

	conn->state = PG_CONNECTING;
	loop_timer_in(conn->loop, &conn->timer, conn->hosts.connect_timeout_us, connect_timed_out, conn);
	for (size_t i = 0; i < conn->hosts.count; i++)
		begin_try(&conn->tries[i]);
	for (size_t i = 0; i < conn->hosts.count && conn->state == PG_CONNECTING; i++)
	{
		if (conn->tries[i].watch == NULL && conn->tries[i].pg != NULL)
			try_failed(&conn->tries[i]);
	}
}

PgConn *
pgconn_new(Loop *loop, const char *conninfo, const char *application_name, const PgConnEvents *events, void *arg,
		   Err *e)
{
	PgConn *conn = mem_zalloc(sizeof(*conn));

	if (pghosts_parse(&conn->hosts, conninfo, application_name, e) < 0)
	{
		pghosts_free(&conn->hosts);
		free(conn);
		return NULL;
	}
	conn->loop = loop;
	conn->events = *events;
	conn->arg = arg;
	conn->backoff_us = BACKOFF_MIN_US;
	conn->tries = mem_zalloc(conn->hosts.count * sizeof(PgTry));
	for (size_t i = 0; i < conn->hosts.count; i++)
		conn->tries[i] = (PgTry){.owner = conn, .host = &conn->hosts.hosts[i]};
	STAILQ_INIT(&conn->calls);
	return conn;
}

void
pgconn_free(PgConn *conn)
{
	if (conn == NULL)
		return;
	loop_timer_cancel(conn->loop, &conn->timer);
	loop_unwatch(conn->watch);
	drop_tries(conn);
	if (conn->pg != NULL)
		PQfinish(conn->pg);
	conn->pg = NULL;
	PQclear(conn->result);
	while (!STAILQ_EMPTY(&conn->calls))
	{
		PgCall *call = STAILQ_FIRST(&conn->calls);

		STAILQ_REMOVE_HEAD(&conn->calls, link);
		free_call(call);
	}
	free(conn->tries);
	pghosts_free(&conn->hosts);
	conn->freed = true;
	if (conn->depth == 0)
		free(conn);
}

void
pgconn_start(PgConn *conn)
{
	if (conn->state == PG_STOPPED)
		begin_connecting(conn);
}

void
pgconn_reset(PgConn *conn, const char *reason)
{
	if (conn->state == PG_READY)
		lose_connection(conn, reason);
}

void
pgconn_settled(PgConn *conn)
{
	conn->backoff_us = BACKOFF_MIN_US;
}

bool
pgconn_ready(const PgConn *conn)
{
	return conn->state == PG_READY;
}

PGconn *
pgconn_handle(PgConn *conn)
{
	return conn->pg;
}

static void
call_timed_out(void *arg)
{
	lose_connection(arg, "no answer from the database");
}

static void
send_next(PgConn *conn)
{
	PgCall *call = STAILQ_FIRST(&conn->calls);

	if (call == NULL || conn->sent || conn->pg == NULL)
		return;
	conn->sent = true;
	conn->unreplicated = false;
	loop_timer_in(conn->loop, &conn->timer, CALL_TIMEOUT_US, call_timed_out, conn);
	/* A failure here shows as a broken socket or by the time-out; then the call is answered as lost. */
	if (PQsendQueryParams(conn->pg, call->sql, call->count, call->types, (const char *const *) call->values,
						  call->lengths, call->formats, 0) == 0)
		log_warnx("could not send a query: %s", PQerrorMessage(conn->pg));
}

void
pgconn_call(PgConn *conn, const char *sql, int count, const PgParameter *parameters, PgAnswerCallback callback,
			void *arg)
{
	PgCall *call = mem_zalloc(sizeof(*call));
	size_t n = (size_t) count;

	call->sql = mem_strdup(sql);
	call->count = count;
	call->types = mem_zalloc(n * sizeof(Oid));
	call->values = mem_zalloc(n * sizeof(char *));
	call->lengths = mem_zalloc(n * sizeof(int));
	call->formats = mem_zalloc(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
	{
		call->types[i] = parameters[i].type;
		call->lengths[i] = parameters[i].length;
		call->formats[i] = parameters[i].format;
		if (parameters[i].value != NULL)
			call->values[i] = parameters[i].format == 0
								  ? mem_strdup(parameters[i].value)
								  : mem_strndup(parameters[i].value, (size_t) parameters[i].length);
	}
	call->callback = callback;
	call->arg = arg;
	STAILQ_INSERT_TAIL(&conn->calls, call, link);
	send_next(conn);
	/* The loop finishes what the socket does not take now. */
	if (conn->pg != NULL && flush(conn) < 0)
		log_debug("could not flush: %s", PQerrorMessage(conn->pg));
}
