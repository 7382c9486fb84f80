/*
 * The timer heap against a plain list, on a clock that the test moves; and the loop's use of it.
 */
#include "timer.h"

#include "clock.h"
#include "tap.h"

#define TIMERS 500

static int64_t now;
static Timer timers[TIMERS];
static int64_t expected[TIMERS]; /* -1: not set */
static int fired;
static int wrong;
static TimerHeap heap;

static int64_t
test_clock(void)
{
	return now;
}

static void
fire(void *arg)
{
	int i = (int) ((Timer *) arg - timers);

	fired++;
	wrong += expected[i] < 0 || expected[i] > now || timer_is_set(&timers[i]);
	for (int k = 0; k < TIMERS; k++)
		wrong += expected[k] >= 0 && expected[k] < expected[i]; /* an earlier one was passed over */
	expected[i] = -1;
}

static int64_t
earliest(void)
{
	int64_t first = INT64_MAX;

	for (int i = 0; i < TIMERS; i++)
	{
		if (expected[i] >= 0 && expected[i] < first)
			first = expected[i];
	}
	return first;
}

static void
again(void *arg)
{
	fired++;
	timer_set(&heap, arg, now, again, arg);
}

static Timer other;

static void
cancel_other(void *arg)
{
	(void) arg;
	fired++;
	timer_cancel(&heap, &other);
}

int
main(void)
{
	unsigned seed = tap_seed();

	clock_set_source(test_clock);
	now = 42;
	ok(clock_now_us() == 42, "the clock can be set");
	ok(timer_next(&heap) == INT64_MAX, "nothing is due in an empty heap");
	for (int i = 0; i < TIMERS; i++)
		expected[i] = -1;
	srand(seed);
	for (int round = 0; round < 20000; round++)
	{
		int i = rand() % TIMERS;

		if (rand() % 4 == 0)
		{
			timer_cancel(&heap, &timers[i]);
			expected[i] = -1;
		}
		else
		{
			expected[i] = now + rand() % 1000;
			timer_set(&heap, &timers[i], expected[i], fire, &timers[i]);
		}
		wrong += timer_next(&heap) != earliest();
		if (rand() % 10 == 0)
		{
			now += rand() % 50;
			timer_run_due(&heap, now);
			wrong += earliest() <= now;
		}
	}
	ok(wrong == 0 && fired > 1000, "20,000 steps, %d timers have fired in order, seed %u", fired, seed);
	now += 10000;
	timer_run_due(&heap, now);
	ok(wrong == 0 && heap.count == 0, "at last all have");

	fired = 0;
	timer_set(&heap, &timers[0], now, again, &timers[0]);
	timer_run_due(&heap, now);
	ok(fired == 1 && timer_is_set(&timers[0]), "a timer that sets itself again at once does not keep the round going");
	timer_cancel(&heap, &timers[0]);
	timer_cancel(&heap, &timers[0]);
	ok(heap.count == 0, "cancelling twice is no harm");

	fired = 0;
	timer_set(&heap, &timers[1], now, cancel_other, NULL);
	timer_set(&heap, &other, now + 1, cancel_other, NULL);
	timer_run_due(&heap, now + 1);
	ok(fired == 1 && heap.count == 0, "a timer may cancel another that is due too");
	timer_free(&heap);
	return done_testing();
}
