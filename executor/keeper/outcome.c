/*
 * outcome.c - how a job ended: from what the kernel and the job's group say to what the agent is told.
 */
#include "outcome.h"

#include <inttypes.h>
#include <stdio.h>

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static MsgEvent
event_of(const Outcome *outcome)
{
	if (outcome->cause != 0)
		return outcome->cause;
	/* Whatever the main process made of it: a job of which something was killed has not done its work. */
	if (outcome->account.oom_killed)
		return EVENT_OOM_KILLED;
	return outcome->status.si_code == CLD_EXITED ? EVENT_EXITED : EVENT_SIGNALLED;
}

void
outcome_fill(const Outcome *outcome, MsgEnded *ended)
{
	const struct timeval *user = &outcome->usage.ru_utime;
	const struct timeval *system = &outcome->usage.ru_stime;
	bool exited = outcome->status.si_code == CLD_EXITED;
	int64_t waited_for = (user->tv_sec + system->tv_sec) * INT64_C(1000000) + user->tv_usec + system->tv_usec;

	ended->event = event_of(outcome);
	ended->exit_code = exited && outcome->cause != EVENT_SETUP_FAILED ? outcome->status.si_status : -1;
	ended->signal = exited ? 0 : outcome->status.si_status;
	ended->cpu_us = larger(outcome->account.cpu_us, waited_for);
	ended->max_rss_kb = larger(outcome->usage.ru_maxrss, larger(outcome->account.peak_kb, outcome->account.rss_kb));
}

void
outcome_describe_oom(int64_t limit, char *text, size_t size)
{
	if (limit > 0)
		snprintf(text, size, "killed for want of memory; its limit was %" PRId64 " bytes", limit);
	else
		snprintf(text, size, "killed for want of memory on the node");
}
