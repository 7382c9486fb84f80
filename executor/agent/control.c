/*
 * control.c - the control connection: hello, exchange, heartbeat, goodbye.
 *
 *	OFF ─connected─▶ GREETING ─welcome─▶ LISTENING ─▶ REPEATING ─▶ READY
 *	 ▲                                    (last_request ≠ 0)        │
 *	 └───────────────────────── lost, or an error ──────────────────┤
 *	                                     all given back, goodbye ▼
 *	                                                          LEAVING
 *
 * One exchange is under way at a time; what has gathered meanwhile goes with the next. A request whose answer did not
 * arrive is settled by the next hello: if the database has taken it, its answer is asked for again under its number.
 */
#include "control.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempts.h"
#include "clock.h"
#include "gather.h"
#include "handout.h"
#include "heartbeat.h"
#include "hello.h"
#include "lease.h"
#include "log.h"
#include "logship.h"
#include "mem.h"
#include "pgbinary.h"
#include "pgconn.h"
#include "utf8.h"

#define GOODBYE_US INT64_C(4000000)
#define BACKLOG_US INT64_C(5000)
#define MAX_SLOTS_ASKED 1000

typedef enum ControlState
{
	CONTROL_OFF,
	CONTROL_GREETING,
	CONTROL_LISTENING,
	CONTROL_REPEATING,
	CONTROL_READY,
	CONTROL_LEAVING
} ControlState;

static struct
{
	Loop *loop;
	const Settings *settings;
	PgConn *conn;
	ControlState state;
	char instance[37];
	char journal[37];
	char *problem; /* why this executor cannot work; NULL: it can */
	Oid report_type;
	int64_t request;      /* number of the last one sent */
	int64_t unsettled;    /* a request with reports whose answer did not arrive; 0: none */
	int64_t last_request; /* what the database said at hello */
	int64_t asked;        /* slots offered in the exchange under way */
	int64_t poll_us;
	int64_t heartbeat_us;
	int64_t hello_sent; /* when each kind of call that is under way went out */
	int64_t exchange_sent;
	int64_t beat_sent;
	Timer poll;
	Timer heartbeat;
	Timer goodbye;
	size_t (*backlog_of)(void); /* messages to the keeper that are still here */
	Timer backlog;
	Gather gather;
	Timer gathering;
	int64_t answers; /* counts answers, repeated ones too */
	bool under_way;
	bool wanted;     /* there may be work */
	bool forced;     /* there may be orders: ask even without a free slot */
	bool beating;    /* a heartbeat is under way */
	bool beat_again; /* and has been overtaken */
	bool draining;
	bool quitting;
	bool retiring; /* another agent will go on: begin nothing more */
	bool held;
	bool told_held; /* so in the log */
} control;

static void exchange(void);
static void beat(void *arg);
static void say_goodbye(void);

static int64_t
free_slots(void)
{
	int64_t room = control.settings->slots - attempts_in_slots();

	if (control.draining || control.problem != NULL || room <= 0)
		return 0;
	return room < MAX_SLOTS_ASKED ? room : MAX_SLOTS_ASKED;
}

static void
kick(void *arg)
{
	(void) arg;
	control_kick();
}

/*
 * The next request tells the database that the last answer has arrived. Has it? What is still on its way to the keeper
 * would die with this process.
 */
static bool
keeper_lags(void)
{
	if (control.backlog_of() == 0)
		return false;
	loop_timer_in(control.loop, &control.backlog, BACKLOG_US, kick, NULL);
	return true;
}

static bool
gathers(void)
{
	int64_t slots = control.settings->slots < MAX_SLOTS_ASKED ? control.settings->slots : MAX_SLOTS_ASKED;
	int64_t due = gather_look(&control.gather, clock_now_us(), free_slots(), slots);

	if (due == 0)
		return false;
	loop_timer(control.loop, &control.gathering, due, kick, NULL);
	return true;
}

void
control_kick(void)
{
	if (control.state != CONTROL_READY || control.under_way || control.retiring || keeper_lags())
		return;
	if (control.quitting && !attempts_any())
	{
		say_goodbye();
		return;
	}
	if (control.forced ||
		(((attempts_have_reports() && !control.held) || (control.wanted && free_slots() > 0)) && !gathers()))
		exchange();
}

static void
poll_now(void *arg)
{
	(void) arg;
	control.wanted = true;
	control.held = false;
	loop_timer_in(control.loop, &control.poll, control.poll_us, poll_now, NULL);
	control_kick();
}

/* ---- answers ---- */

static bool
is_held(const PgAnswer *answer)
{
	const char *why = handout_held(answer);

	if (why == NULL)
		return false;
	if (!control.told_held)
		log_warnx("the database hands out nothing: %s", why);
	control.held = control.told_held = true;
	return true;
}

static void
not_held(void)
{
	if (control.told_held)
		log_info("the database hands out work");
	control.held = control.told_held = false;
}

/* What an answer hands out, new or repeated. */
static void
take_answer(const PgAnswer *answer, int64_t request)
{
	int taken;

	control.answers++;
	taken = handout_take(answer, request, control.answers);
	gather_end(&control.gather);
	if (taken > 0 && taken == control.asked)
	{
		control.wanted = true;
		gather_begin(&control.gather, clock_now_us());
	}
}

/*
 * An answer that does not count, although the connection may stand (an unreplicated commit): only a new hello tells what
 * the database has.
 */
static void
start_over(const PgAnswer *answer)
{
	pgconn_reset(control.conn, answer->error);
}

static void
exchanged(const PgAnswer *answer, void *arg)
{
	(void) arg;
	if (answer->error != NULL)
	{
		control.under_way = false;
		/* Lost: the next hello tells whether it was taken. Refused: it was not. */
		if (!answer->lost)
		{
			control.unsettled = 0;
			attempts_answered(false);
		}
		start_over(answer);
		return;
	}
	control.unsettled = 0;
	/* Not by the hello: what is refused may be what there is to report, again and again. */
	pgconn_settled(control.conn);
	/* Before what it hands out goes to the keeper. */
	lease_renewed(control.exchange_sent);
	if (is_held(answer))
		attempts_answered(false);
	else
	{
		not_held();
		handout_refusals(answer);
		attempts_answered(true);
		take_answer(answer, control.request);
	}
	/* Not before all of it was taken: the next request tells of free slots, and that this answer has arrived. */
	control.under_way = false;
	control_kick();
}

static void
call_exchange(int64_t request, const PgArray *reports, int64_t slots, PgAnswerCallback callback)
{
	char number[24];
	char room[24];
	const PgParameter parameters[] = {{.type = PG_INT8, .value = number},
									  {.value = buf_text(&reports->buf), .length = (int) reports->buf.len, .format = 1},
									  {.type = PG_INT4, .value = room}};

	snprintf(number, sizeof(number), "%" PRId64, request);
	snprintf(room, sizeof(room), "%" PRId64, slots);
	pgconn_call(control.conn,
				"select what, run_id, attempt, fence, kind, detail from jobgrid_engine.exchange($1, $2, $3)", 3,
				parameters, callback, NULL);
}

static void
exchange(void)
{
	PgArray reports = {0};

	control.request++;
	pgarray_begin(&reports, control.report_type);
	if (!control.held && attempts_put_reports(&reports) > 0)
		control.unsettled = control.request;
	pgarray_end(&reports);
	control.asked = free_slots();
	control.wanted = control.forced = false;
	control.under_way = true;
	control.exchange_sent = clock_now_us();
	loop_timer_in(control.loop, &control.heartbeat, control.heartbeat_us, beat, NULL);
	call_exchange(control.request, &reports, control.asked, exchanged);
	pgarray_free(&reports);
}

/* ---- the way to READY ---- */

static void
ready(void)
{
	control.state = CONTROL_READY;
	control.request = control.last_request;
	log_info("executor \"%s\" is online", control.settings->name);
	poll_now(NULL);
}

static void
repeated(const PgAnswer *answer, void *arg)
{
	(void) arg;
	if (answer->error != NULL)
	{
		start_over(answer);
		return;
	}
	lease_renewed(control.exchange_sent);
	/* Our last request has been taken where its number is the database's last one. */
	if (!is_held(answer))
		handout_refusals(answer);
	attempts_answered(control.unsettled != 0 && control.unsettled == control.last_request);
	control.unsettled = 0;
	control.asked = 0;
	if (!is_held(answer))
		take_answer(answer, control.last_request);
	ready();
}

static void
listening(const PgAnswer *answer, void *arg)
{
	PgArray none = {0};

	(void) arg;
	if (answer->error != NULL)
	{
		start_over(answer);
		return;
	}
	if (control.last_request == 0)
	{
		attempts_answered(false);
		control.unsettled = 0;
		ready();
		return;
	}
	control.state = CONTROL_REPEATING;
	control.exchange_sent = clock_now_us();
	pgarray_begin(&none, control.report_type);
	pgarray_end(&none);
	call_exchange(control.last_request, &none, 0, repeated);
	pgarray_free(&none);
}

static void
listen_on(const char *channel)
{
	char *quoted = PQescapeIdentifier(pgconn_handle(control.conn), channel, strlen(channel));
	cleanup_free char *sql = NULL;

	if (quoted == NULL)
	{
		pgconn_reset(control.conn, "the name of the channel cannot be quoted");
		return;
	}
	sql = mem_printf("listen %s", quoted);
	PQfreemem(quoted);
	control.state = CONTROL_LISTENING;
	pgconn_call(control.conn, sql, 0, NULL, listening, NULL);
}

static void
beaten(const PgAnswer *answer, void *arg)
{
	bool orders;
	Err e;

	(void) arg;
	control.beating = false;
	if (answer->error != NULL)
	{
		start_over(answer);
		return;
	}
	lease_renewed(control.beat_sent);
	/* What it said is no longer so: say it anew. */
	if (control.beat_again)
	{
		control.beat_again = false;
		beat(NULL);
	}
	if (pgrow_bool(answer->rows, 0, "orders", &orders, &e) == 0 && orders)
	{
		control.forced = true;
		control_kick();
	}
}

static void
beat(void *arg)
{
	(void) arg;
	loop_timer_in(control.loop, &control.heartbeat, control.heartbeat_us, beat, NULL);
	if (control.state != CONTROL_READY || control.beating)
		return;
	control.beating = true;
	control.beat_sent = clock_now_us();
	heartbeat_send(control.conn, free_slots(), control.problem, beaten);
}

static void
welcomed(const PgAnswer *answer, void *arg)
{
	Welcome welcome;
	Err e;

	(void) arg;
	if (answer->error != NULL)
	{
		if (!answer->lost)
			log_warnx("the database does not take this executor: %s", answer->error);
		start_over(answer);
		return;
	}
	if (hello_read(answer, &welcome, &e) < 0)
	{
		pgconn_reset(control.conn, e.message);
		return;
	}
	control.poll_us = welcome.poll_ms * 1000;
	control.heartbeat_us = welcome.heartbeat_ms * 1000;
	control.last_request = welcome.last_request;
	lease_terms(welcome.lease_ms, welcome.grace_ms);
	lease_renewed(control.hello_sent);
	logship_bind(welcome.executor_id, control.instance);
	loop_timer_in(control.loop, &control.heartbeat, 0, beat, NULL);
	listen_on(welcome.channel);
}

static void
types_found(const PgAnswer *answer, void *arg)
{
	Oid known;
	Err e;

	(void) arg;
	if (answer->error != NULL)
	{
		if (!answer->lost)
			log_warnx("the database does not know this executor's protocol: %s", answer->error);
		start_over(answer);
		return;
	}
	if (hello_types(answer, &control.report_type, &known, &e) < 0)
	{
		log_warnx("the database does not take this executor: %s", e.message);
		pgconn_reset(control.conn, e.message);
		return;
	}
	control.hello_sent = clock_now_us();
	hello_send(control.conn, control.settings, control.instance, control.journal, known, welcomed);
}

static void
connected(void *arg)
{
	(void) arg;
	control.state = CONTROL_GREETING;
	control.under_way = control.beating = control.beat_again = false;
	hello_look(control.conn, types_found);
}

static void
leave(void *arg)
{
	(void) arg;
	loop_stop(control.loop);
}

static void
disconnected(const char *reason, void *arg)
{
	(void) arg;
	if (control.state == CONTROL_READY)
		log_warnx("lost the database: %s", reason);
	control.state = CONTROL_OFF;
	control.under_way = false;
	loop_timer_cancel(control.loop, &control.poll);
	loop_timer_cancel(control.loop, &control.heartbeat);
	if (control.quitting)
		leave(NULL);
}

static void
notified(const char *channel, const char *payload, void *arg)
{
	(void) channel;
	(void) payload;
	(void) arg;
	/* It may be work or an order. */
	control.wanted = control.forced = true;
	control_kick();
}

static void
format_uuid(char text[37], const uint8_t uuid[16])
{
	for (int i = 0; i < 16; i++)
		text += sprintf(text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
}

int
control_init(const ControlContext *context, Err *e)
{
	static const PgConnEvents events = {.connected = connected, .disconnected = disconnected, .notified = notified};

	control.loop = context->loop;
	control.settings = context->settings;
	control.backlog_of = context->backlog;
	format_uuid(control.instance, context->instance);
	format_uuid(control.journal, context->journal);
	control.conn = pgconn_new(control.loop, control.settings->database, "jobgrid-executor", &events, NULL, e);
	return control.conn == NULL ? -1 : 0;
}

void
control_start(void)
{
	pgconn_start(control.conn);
}

void
control_drain(void)
{
	control.draining = true;
}

void
control_problem(const char *problem)
{
	bool was = control.problem != NULL;
	cleanup_buf Buf text = {0};

	utf8_put_text(&text, problem, strlen(problem));
	free(control.problem);
	control.problem = problem[0] != '\0' ? mem_strdup(buf_text(&text)) : NULL;
	if (control.problem != NULL)
		log_warnx("nothing is claimed: %s", problem);
	else if (was)
		log_info("work is claimed again");
	if (control.state != CONTROL_READY)
		return;
	if (control.beating)
		control.beat_again = true;
	else
		beat(NULL);
	poll_now(NULL);
}

void
control_retire(void)
{
	control.retiring = true;
}

bool
control_retired(void)
{
	return !control.under_way && control.state != CONTROL_REPEATING;
}

static void
said_goodbye(const PgAnswer *answer, void *arg)
{
	(void) answer;
	leave(arg);
}

static void
say_goodbye(void)
{
	control.state = CONTROL_LEAVING;
	pgconn_call(control.conn, "select jobgrid_engine.goodbye('the executor was stopped')", 0, NULL, said_goodbye, NULL);
}

/* An answer that is under way may still hand out attempts; they are given back first. */
void
control_quit(void)
{
	control.quitting = control.draining = true;
	gather_end(&control.gather);
	if (control.state != CONTROL_READY)
	{
		leave(NULL);
		return;
	}
	loop_timer_in(control.loop, &control.goodbye, GOODBYE_US, leave, NULL);
	control_kick();
}
