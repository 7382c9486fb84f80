/*
 * drain.c - how the keeper leaves.  One function for each step of drain.h's way.
 */
#include "drain.h"

#include "agent_process.h"
#include "job.h"
#include "log.h"

/* For reports while the database is away; what is not told by then is in the journal for the next instance. */
#define REPORT_PATIENCE_US INT64_C(15000000)
#define GOODBYE_PATIENCE_US INT64_C(5000000)

typedef enum DrainState
{
	DRAIN_SERVING,
	DRAIN_WAITING,
	DRAIN_CANCELLING,
	DRAIN_REPORTING,
	DRAIN_LEAVING
} DrainState;

static Loop *drain_loop;
static int64_t drain_timeout_us;
static DrainState state = DRAIN_SERVING;
static Timer timer;

void
drain_init(Loop *loop, int64_t timeout_us)
{
	drain_loop = loop;
	drain_timeout_us = timeout_us;
}

bool
drain_started(void)
{
	return state != DRAIN_SERVING;
}

static void
leave(void)
{
	state = DRAIN_LEAVING;
	loop_timer_cancel(drain_loop, &timer);
	agent_process_quit(GOODBYE_PATIENCE_US);
}

static void
stop_reporting(void *arg)
{
	(void) arg;
	log_warnx("leaving with %zu attempts in the journal that are not reported", job_count());
	leave();
}

static void
begin_reporting(void)
{
	state = DRAIN_REPORTING;
	loop_timer_in(drain_loop, &timer, REPORT_PATIENCE_US, stop_reporting, NULL);
}

static void
begin_cancelling(void *arg)
{
	(void) arg;
	if (state != DRAIN_WAITING)
		return;
	state = DRAIN_CANCELLING;
	loop_timer_cancel(drain_loop, &timer);
	log_info("cancelling %zu jobs", job_running_count());
	job_cancel_all("the executor was shut down");
}

void
drain_begin(void)
{
	if (state != DRAIN_SERVING)
	{
		begin_cancelling(NULL);
		return;
	}
	state = DRAIN_WAITING;
	log_info("draining, %zu jobs are running", job_running_count());
	agent_process_send(MSG_DRAIN, NULL, NULL, NULL, 0);
	loop_timer_in(drain_loop, &timer, drain_timeout_us, begin_cancelling, NULL);
	drain_advance();
}

void
drain_advance(void)
{
	if ((state == DRAIN_WAITING || state == DRAIN_CANCELLING) && job_running_count() == 0)
		begin_reporting();
	if (state == DRAIN_REPORTING && job_count() == 0)
		leave();
}
