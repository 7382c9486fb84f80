/*
 * When an exchange is held back for more ends, and that it never is for long.
 */
#include "agent/gather.h"

#include "tap.h"

#define NOW INT64_C(1000000)

static void
check_idle(void)
{
	Gather gather = {0};

	ok(gather_look(&gather, NOW, 1, 64) == 0, "nothing more waits: a single end is told at once");
	gather_begin(&gather, NOW);
	gather_end(&gather);
	ok(gather_look(&gather, NOW, 1, 64) == 0, "nor when what waited has been handed out");
}

static void
check_flow(void)
{
	Gather gather = {0};
	int64_t now = NOW;
	int64_t room = 0;

	gather_begin(&gather, now);
	while (room < 64 && gather_look(&gather, now, room, 64) != 0)
	{
		now += 300;
		room++;
	}
	ok(room == 32, "ends keep coming: half of the slots are gathered (%d)", (int) room);
	gather_begin(&gather, now);
	for (room = 1; gather_look(&gather, now, room, 1000) != 0; room++)
		now += 1000;
	ok(room == 1 + GATHER_US / 1000, "and no longer than %d ms", (int) (GATHER_US / 1000));
}

static void
check_quiet(void)
{
	Gather gather = {0};

	gather_begin(&gather, NOW);
	ok(gather_look(&gather, NOW + 100, 1, 64) == NOW + 100 + GATHER_QUIET_US, "one end: others may follow");
	ok(gather_look(&gather, NOW + 1000, 1, 64) == NOW + 100 + GATHER_QUIET_US, "asked again, it waits no longer");
	ok(gather_look(&gather, NOW + 1500, 2, 64) == NOW + 1500 + GATHER_QUIET_US, "another one: others may follow that");
	ok(gather_look(&gather, NOW + 1500 + GATHER_QUIET_US, 2, 64) == 0, "none follows: now");
	gather_begin(&gather, NOW);
	ok(gather_look(&gather, NOW + GATHER_US - 1, 3, 64) == NOW + GATHER_US, "the last end cannot put off the limit");
}

static void
check_few_slots(void)
{
	Gather gather = {0};

	for (int64_t slots = 1; slots <= 2; slots++)
	{
		gather_begin(&gather, NOW);
		ok(gather_look(&gather, NOW, 1, slots) == 0, "of %d slots one is half", (int) slots);
	}
	gather_begin(&gather, NOW);
	ok(gather_look(&gather, NOW, 1, 3) != 0 && gather_look(&gather, NOW, 2, 3) == 0, "of 3 two are");
}

int
main(void)
{
	check_idle();
	check_flow();
	check_quiet();
	check_few_slots();
	return done_testing();
}
