/*
 * shortage.c - no process, descriptor, memory or space for another job.
 *
 * That is no fault of the job's: it is given back, and may run elsewhere.  What would
 * be claimed at once could not be started either, so the executor waits, longer each
 * time, until a start works.
 */
#include "shortage.h"

#include <errno.h>

#include "log.h"
#include "mem.h"
#include "problem.h"

#define FIRST_WAIT_US INT64_C(1000000)
#define LONGEST_WAIT_US INT64_C(30000000)

static Loop *shortage_loop;
static Timer timer;
static int64_t wait_us = FIRST_WAIT_US;

static bool
is_shortage(int errnum)
{
	switch (errnum)
	{
		case EAGAIN:
		case ENOMEM:
		case EMFILE:
		case ENFILE:
		case ENOSPC:
		case EDQUOT:
			return true;
		default:
			return false;
	}
}

static void
try_again(void *arg)
{
	(void) arg;
	problem_set(PROBLEM_SHORTAGE, "");
}

void
shortage_init(Loop *loop)
{
	shortage_loop = loop;
}

void
shortage_declare(const Err *e)
{
	cleanup_free char *text = NULL;

	/* Several starts that fail together are one shortage. */
	if (timer_is_set(&timer))
		return;
	text = mem_printf("no job is started: %s", e->message);
	log_warnx("%s", text);
	problem_set(PROBLEM_SHORTAGE, text);
	loop_timer_in(shortage_loop, &timer, wait_us, try_again, NULL);
	wait_us = wait_us * 2 < LONGEST_WAIT_US ? wait_us * 2 : LONGEST_WAIT_US;
}

bool
shortage_met(const Err *e)
{
	if (!is_shortage(e->errnum))
		return false;
	shortage_declare(e);
	return true;
}

void
shortage_over(void)
{
	if (!timer_is_set(&timer))
		wait_us = FIRST_WAIT_US;
}
