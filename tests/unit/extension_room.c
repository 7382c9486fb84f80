/*
 * Room for jobs with needs: what fits, what is left, and that what was taken never exceeds what there was.
 */
#include "../../extension/src/room.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define RESOURCES 5

static bool
fits(const int64_t *free, const int64_t *needs)
{
	int64_t copy[RESOURCES];
	JgRoom room = {RESOURCES, copy};

	memcpy(copy, free, sizeof(copy));
	return jg_room_fits(&room, needs);
}

static void
check_fits(void)
{
	static const int64_t free[RESOURCES] = {1500, INT64_C(4) << 30, 2, 0, -1};
	static const int64_t nothing[RESOURCES] = {0, 0, 0, 0, 0};
	static const int64_t all[RESOURCES] = {1500, INT64_C(4) << 30, 2, 0, 0};
	static const int64_t cpu[RESOURCES] = {1501, 0, 0, 0, 0};
	static const int64_t memory[RESOURCES] = {0, (INT64_C(4) << 30) + 1, 0, 0, 0};
	static const int64_t token[RESOURCES] = {0, 0, 3, 0, 0};
	static const int64_t used_up[RESOURCES] = {0, 0, 0, 1, 0};
	static const int64_t over[RESOURCES] = {0, 0, 0, 0, 1};

	ok(fits(free, NULL), "who needs nothing fits");
	ok(fits(free, nothing), "and who says so, although one resource is over");
	ok(fits(free, all), "all there is");
	ok(!fits(free, cpu), "a thousandth of a core too many");
	ok(!fits(free, memory), "a byte too many");
	ok(!fits(free, token), "a token too many");
	ok(!fits(free, used_up), "a token that is used up");
	ok(!fits(free, over), "a token of which more is taken than there is");
}

/* Takes whatever fits: nothing goes below zero, and what is left is what there was less what was taken. */
static int
wrong_rounds(unsigned seed)
{
	int wrong = 0;

	srand(seed);
	for (int round = 0; round < 20000; round++)
	{
		int64_t free[RESOURCES];
		int64_t before[RESOURCES];
		int64_t taken[RESOURCES] = {0};
		JgRoom room = {RESOURCES, free};

		for (int r = 0; r < RESOURCES; r++)
			before[r] = free[r] = rand() % 20;
		for (int run = 0; run < 20; run++)
		{
			int64_t needs[RESOURCES];
			bool enough = true;

			for (int r = 0; r < RESOURCES; r++)
			{
				needs[r] = rand() % 3 == 0 ? rand() % 8 : 0;
				enough = enough && needs[r] <= before[r] - taken[r];
			}
			wrong += jg_room_fits(&room, needs) != enough;
			if (!enough)
				continue;
			jg_room_take(&room, needs, 1);
			for (int r = 0; r < RESOURCES; r++)
				taken[r] += needs[r];
		}
		for (int r = 0; r < RESOURCES; r++)
			wrong += free[r] < 0 || free[r] != before[r] - taken[r];
	}
	return wrong;
}

static void
check_times(void)
{
	int64_t free[RESOURCES] = {100, 100, 1, 1, 1};
	static const int64_t needs[RESOURCES] = {30, 10, 0, 1, 0};
	JgRoom room = {RESOURCES, free};

	jg_room_take(&room, needs, 3);
	ok(free[0] == 10 && free[1] == 70 && free[2] == 1 && free[3] == -2 && free[4] == 1,
	   "several at once, and more than there is");
	jg_room_take(&room, NULL, 3);
	ok(free[0] == 10, "no needs take nothing");
}

int
main(void)
{
	unsigned seed = tap_seed();

	check_fits();
	check_times();
	ok(wrong_rounds(seed) == 0, "20,000 random rooms, seed %u", seed);
	return done_testing();
}
