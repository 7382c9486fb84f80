/*
 * Runs that a job's fires are expected to make.
 *
 * It is the scheduler's rule of overlaps (scheduler_fire.c) with ends that are computed instead of told: whoever changes
 * one changes the other. Each run takes the job's usual time; that an executor has no slot free is not known here.
 */
#include "expect.h"

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Runs have one duration, so that a new end is nearly always the last one. */
static void
add_end(JgExpect *expect, int64_t end)
{
	int place = expect->nends++;

	for (; place > expect->ended && expect->ends[place - 1] > end; place--)
		expect->ends[place] = expect->ends[place - 1];
	expect->ends[place] = end;
}

/* What is not finished ends now, or never starts. */
static void
cancel_unfinished(JgExpect *expect, int64_t now)
{
	int left = expect->nends - expect->ended;

	for (int i = expect->nruns - 1; i >= 0 && left > 0; i--)
	{
		JgExpectedRun *run = &expect->runs[i];

		if (run->skipped || run->end <= now)
			continue;
		run->skipped = run->start >= now;
		run->end = run->skipped ? run->start : now;
		left--;
	}
	expect->ended = expect->nends;
	expect->waits_until = now;
}

void
jg_expect(JgExpect *expect, const JgExpectedFire *fire)
{
	JgExpectedRun *run = &expect->runs[expect->nruns];
	int64_t start = fire->at;
	int unfinished;
	bool busy;

	while (expect->ended < expect->nends && expect->ends[expect->ended] <= fire->at)
		expect->ended++;
	unfinished = expect->nends - expect->ended;
	busy = fire->most > 0 && unfinished >= fire->most;
	if (busy && (fire->on_overlap == JG_OVERLAP_SKIP || (expect->waits_until > fire->at && !fire->all_count)))
	{
		*run = (JgExpectedRun){.start = fire->at, .end = fire->at, .skipped = true};
		expect->nruns++;
		return;
	}
	if (busy && fire->on_overlap == JG_OVERLAP_REPLACE)
		cancel_unfinished(expect, fire->at);
	else if (busy)
	{
		/* As many have to end as make room for one. */
		start = expect->ends[expect->ended + unfinished - fire->most];
		expect->waits_until = later(expect->waits_until, start);
	}
	start = later(start, fire->earliest);
	*run = (JgExpectedRun){.start = start, .end = start + expect->duration};
	expect->nruns++;
	add_end(expect, run->end);
}
