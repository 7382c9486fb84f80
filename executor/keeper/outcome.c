/*
 * outcome.c - how a job ended: from what the kernel and the job's group say to what the agent is told.
 */
#include "outcome.h"

#include <inttypes.h>
#include <signal.h>

#include "mem.h"

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static MsgEvent
event_of(const Outcome *outcome)
{
	if (outcome->lost && msg_yields_to_doubt(outcome->cause))
		return EVENT_LOST;
	if (outcome->cause != 0)
		return outcome->cause;
	if (!outcome->seen)
		return EVENT_LOST;
	/* Whatever the main process made of it: a job of which something was killed has not done its work. */
	if (outcome->account.oom_killed)
		return EVENT_OOM_KILLED;
	return outcome->exit_kind == CLD_EXITED ? EVENT_EXITED : EVENT_SIGNALLED;
}

void
outcome_fill(const Outcome *outcome, MsgEnded *ended)
{
	const struct timeval *user = &outcome->usage.ru_utime;
	const struct timeval *system = &outcome->usage.ru_stime;
	bool exited = outcome->seen && outcome->exit_kind == CLD_EXITED;
	int64_t waited_for = (user->tv_sec + system->tv_sec) * INT64_C(1000000) + user->tv_usec + system->tv_usec;

	ended->event = event_of(outcome);
	ended->exit_code = exited && outcome->cause != EVENT_SETUP_FAILED ? outcome->exit_status : -1;
	ended->signal = exited || !outcome->seen ? 0 : outcome->exit_status;
	ended->cpu_us = larger(outcome->account.cpu_us, waited_for);
	ended->max_rss_kb = larger(outcome->usage.ru_maxrss, outcome->account.rss_kb);
}

char *
outcome_describe_oom(int64_t limit)
{
	return limit > 0 ? mem_printf("killed for want of memory; its limit was %" PRId64 " bytes", limit)
					 : mem_strdup("killed for want of memory on the node");
}
