/*
 * Fires of one job made runs of its usual length: overlaps by each policy, and waiting for what is not done. Whatever the
 * policy, no more run side by side than may, and each fire is a run or left out.
 */
#include <stdio.h>
#include <string.h>

#include "../../extension/src/time/expect.h"
#include "tap.h"

#define MOST 400

static JgExpectedRun runs[MOST];
static int64_t ends[MOST];
static JgExpect expect;

static void
begin(int64_t duration)
{
	expect = (JgExpect){.duration = duration, .runs = runs, .ends = ends};
}

/* Fires at multiples of the step; runs as text: start-end, or - for one that is left out. */
static const char *
expected(int64_t duration, int64_t step, int n, JgExpectedFire fire)
{
	static char text[1000];
	int length = 0;

	begin(duration);
	text[0] = '\0';
	for (int i = 0; i < n; i++)
	{
		fire.at = i * step;
		jg_expect(&expect, &fire);
	}
	for (int i = 0; i < n; i++)
		length += runs[i].skipped ? snprintf(text + length, sizeof(text) - (size_t) length, "- ")
								  : snprintf(text + length, sizeof(text) - (size_t) length, "%lld-%lld ",
											 (long long) runs[i].start, (long long) runs[i].end);
	return text;
}

static void
check(const char *name, const char *got, const char *wanted)
{
	ok(strcmp(got, wanted) == 0, "%s: %s", name, got);
}

static void
check_policies(void)
{
	JgExpectedFire wait = {.on_overlap = JG_OVERLAP_WAIT, .most = 1};
	JgExpectedFire skip = {.on_overlap = JG_OVERLAP_SKIP, .most = 1};
	JgExpectedFire replace = {.on_overlap = JG_OVERLAP_REPLACE, .most = 1};
	JgExpectedFire all = {.on_overlap = JG_OVERLAP_PARALLEL};
	JgExpectedFire two = {.on_overlap = JG_OVERLAP_PARALLEL, .most = 2};
	JgExpectedFire each = {.on_overlap = JG_OVERLAP_WAIT, .most = 1, .all_count = true};

	check("nothing overlaps", expected(10, 10, 3, wait), "0-10 10-20 20-30 ");
	check("nothing takes no time", expected(0, 10, 3, wait), "0-0 10-10 20-20 ");
	check("wait: one waits, the others are left out", expected(25, 10, 5, wait), "0-25 25-50 - 50-75 - ");
	check("wait, when each fire counts", expected(25, 10, 4, each), "0-25 25-50 50-75 75-100 ");
	check("skip", expected(25, 10, 5, skip), "0-25 - - 30-55 - ");
	check("replace: what is there ends", expected(25, 10, 3, replace), "0-10 10-20 20-45 ");
	check("parallel", expected(25, 10, 3, all), "0-25 10-35 20-45 ");
	check("at most two side by side", expected(45, 10, 5, two), "0-45 10-55 45-90 - - ");
}

/* A run that waits for other jobs is one that is not finished. */
static void
check_conditions(void)
{
	JgExpectedFire fire = {.on_overlap = JG_OVERLAP_WAIT, .most = 1, .earliest = 15};

	check("not before what it waits for", expected(5, 10, 4, fire), "15-20 20-25 25-30 30-35 ");
	fire.on_overlap = JG_OVERLAP_REPLACE;
	check("replaced before its start it never was", expected(5, 10, 3, fire), "- 15-20 20-25 ");
	fire.on_overlap = JG_OVERLAP_PARALLEL;
	fire.most = 0;
	check("together", expected(5, 10, 3, fire), "15-20 15-20 20-25 ");
}

/* Any fires: side by side are never more than may, by a count that knows nothing of how it was done. */
static void
check_limit(void)
{
	unsigned seed = tap_seed();
	bool kept = true;

	srand(seed);
	for (int round = 0; round < 200 && kept; round++)
	{
		int most = 1 + rand() % 4;
		int64_t at = 0;

		begin(1 + rand() % 50);
		for (int i = 0; i < MOST; i++)
		{
			JgExpectedFire fire = {.most = most, .on_overlap = (JgOnOverlap) (rand() % 4), .all_count = rand() % 2};

			at += rand() % 30;
			fire.at = at;
			fire.earliest = rand() % 5 == 0 ? at + rand() % 60 : 0;
			jg_expect(&expect, &fire);
		}
		for (int i = 0; i < MOST; i++)
		{
			int beside = 0;

			for (int j = 0; j < MOST; j++)
				beside += !runs[j].skipped && runs[j].start <= runs[i].start && runs[i].start < runs[j].end;
			kept = kept && (runs[i].skipped || (beside <= most && runs[i].end - runs[i].start <= expect.duration));
		}
	}
	ok(kept, "no more side by side than may, seed %u", seed);
}

int
main(void)
{
	check_policies();
	check_conditions();
	check_limit();
	return done_testing();
}
