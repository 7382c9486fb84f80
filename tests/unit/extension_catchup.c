/*
 * What becomes of fires whose moment has come: on time, missed and made up, missed and told. Whatever the policy, each
 * fire is accounted for once.
 */
#include <stdlib.h>

#include "../../extension/src/time/catchup.h"
#include "tap.h"

/* Fires at each multiple of the step, up to an end. */
typedef struct Steps
{
	int64_t step;
	int64_t end;
} Steps;

static bool
next_step(const void *arg, int64_t after, int64_t *at)
{
	const Steps *steps = arg;
	int64_t next = (after / steps->step + 1) * steps->step;

	if (next > steps->end)
		return false;
	*at = next;
	return true;
}

static JgCaughtUp result; /* too large for a stack */

static const JgCaughtUp *
catch_up(JgWhenMissed when_missed, int limit, int64_t step, int64_t due, int64_t now)
{
	Steps steps = {step, INT64_MAX / 2};
	JgCatchup catchup = {when_missed, limit, next_step, &steps};

	jg_catch_up(&catchup, due, now, &result);
	return &result;
}

static void
check_on_time(void)
{
	const JgCaughtUp *r;

	for (int policy = JG_MISSED_NONE; policy <= JG_MISSED_ASK; policy++)
	{
		r = catch_up((JgWhenMissed) policy, 10, 600, 6000, 6000);
		ok(r->nruns == 1 && r->runs[0] == 6000 && r->missed == 0 && !r->held && r->next == 6600, "on time, policy %d",
		   policy);
		r = catch_up((JgWhenMissed) policy, 10, 600, 6000, 6060);
		ok(r->nruns == 1 && r->missed == 0 && !r->held, "a minute late is on time, policy %d", policy);
		r = catch_up((JgWhenMissed) policy, 10, 1, 6000, 6004);
		ok(r->nruns == 5 && r->runs[4] == 6004 && r->missed == 0 && r->next == 6005, "each of some seconds, policy %d",
		   policy);
	}
}

static void
check_missed(void)
{
	const JgCaughtUp *r;

	r = catch_up(JG_MISSED_NONE, 0, 600, 6000, 9100);
	ok(r->nruns == 0 && r->missed == 6 && r->missed_first == 6000 && r->missed_last == 9000 && r->next == 9600,
	   "none is made up");
	r = catch_up(JG_MISSED_NONE, 0, 600, 6000, 9030);
	ok(r->nruns == 1 && r->runs[0] == 9000 && r->missed == 5 && r->missed_last == 8400, "but one on time is run");
	r = catch_up(JG_MISSED_LATEST, 0, 600, 6000, 9100);
	ok(r->nruns == 1 && r->runs[0] == 9000 && r->missed == 5 && r->missed_last == 8400 && !r->held,
	   "the latest is made up");
	r = catch_up(JG_MISSED_LATEST, 0, 600, 6000, 9030);
	ok(r->nruns == 1 && r->runs[0] == 9000 && r->missed == 5 && r->missed_first == 6000 && r->missed_last == 8400,
	   "unless one is on time");
	r = catch_up(JG_MISSED_LATEST, 0, 600, 6000, 6100);
	ok(r->nruns == 1 && r->runs[0] == 6000 && r->missed == 0, "one alone is the latest");
	r = catch_up(JG_MISSED_ALL, 100, 600, 6000, 9100);
	ok(r->nruns == 6 && r->runs[0] == 6000 && r->runs[5] == 9000 && r->missed == 0, "all are made up");
	r = catch_up(JG_MISSED_ALL, 3, 600, 6000, 9100);
	ok(r->nruns == 3 && r->runs[0] == 7800 && r->runs[2] == 9000 && r->missed == 3 && r->missed_first == 6000 &&
		   r->missed_last == 7200,
	   "or the latest of them");
	r = catch_up(JG_MISSED_ALL, 3, 600, 6000, 9650);
	ok(r->nruns == 4 && r->runs[0] == 7800 && r->runs[3] == 9600 && r->missed == 3, "one on time comes on top");
	r = catch_up(JG_MISSED_ASK, 0, 600, 6000, 9100);
	ok(r->nruns == 1 && r->held && r->runs[0] == 9000 && r->missed == 5, "one held run stands for all");
	r = catch_up(JG_MISSED_ASK, 0, 600, 6000, 9650);
	ok(r->nruns == 2 && r->held && r->runs[0] == 9000 && r->runs[1] == 9600 && r->missed == 5,
	   "and the one on time runs beside it");
}

static void
check_end(void)
{
	Steps steps = {600, 9000};
	JgCatchup catchup = {JG_MISSED_ALL, 100, next_step, &steps};

	jg_catch_up(&catchup, 6000, 20000, &result);
	ok(result.ends && result.nruns == 6, "a schedule that has ended says so");
	jg_catch_up(&catchup, 9000, 9000, &result);
	ok(result.ends && result.nruns == 1, "also with its last fire on time");
}

/* A clock that was ten years behind. */
static void
check_leap(void)
{
	int64_t years = 10LL * 366 * 86400;
	const JgCaughtUp *r = catch_up(JG_MISSED_LATEST, 0, 60, 6000, 6000 + years + 30);

	ok(r->nruns == 1 && r->runs[0] == 6000 + years && r->missed_more && r->missed >= JG_COUNT_MOST &&
		   r->next == 6060 + years,
	   "what cannot be counted is passed over");
	r = catch_up(JG_MISSED_NONE, 0, 1000000, 1000000, 1000000 + years);
	ok(!r->missed_more && r->missed == years / 1000000 + 1, "what can be counted is");
}

/* Each fire is run or told, none twice. */
static void
check_sums(void)
{
	unsigned random = tap_seed();
	int wrong = 0;

	for (int i = 0; i < 20000; i++)
	{
		int64_t step;
		int64_t now;
		int64_t due;
		const JgCaughtUp *r;

		random = random * 1103515245u + 12345u;
		step = 1 + (random >> 8) % 300;
		due = step * (1 + (random >> 4) % 100);
		random = random * 1103515245u + 12345u;
		now = due + (random >> 8) % 3000;
		r = catch_up((JgWhenMissed) ((random >> 4) % 4), 1 + (int) (random >> 5) % 40, step, due, now);
		wrong += r->missed + r->nruns != (now - due) / step + 1 || r->next != (now / step + 1) * step;
		for (int k = 1; k < r->nruns; k++)
			wrong += r->runs[k] <= r->runs[k - 1];
		wrong += r->missed > 0 && (r->missed_first != due || (r->nruns > 0 && r->missed_last >= r->runs[0]));
	}
	ok(wrong == 0, "each fire is run or told, and none twice");
}

int
main(void)
{
	printf("# seed %u\n", tap_seed());
	check_on_time();
	check_missed();
	check_end();
	check_leap();
	check_sums();
	return done_testing();
}
