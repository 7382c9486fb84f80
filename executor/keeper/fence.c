/*
 * fence.c - until when jobs may run here that another node may start again.
 *
 * The agent hands the moment on with each call that the database has answered. When
 * it dies, stands still or is cut off, the moment passes by itself.
 */
#include "fence.h"

#include "clock.h"

static Loop *fence_loop;
static void (*fence_passed)(void);
static int64_t deadline;
static Timer timer;

static void
time_over(void *arg)
{
	(void) arg;
	fence_passed();
}

void
fence_init(Loop *loop, void (*passed)(void))
{
	fence_loop = loop;
	fence_passed = passed;
}

bool
fence_passes_within(int64_t us)
{
	return deadline > 0 && clock_now_us() + us >= deadline;
}

/* A machine that has slept may read a renewal before its timers: what has passed stays passed for the jobs of before. */
void
fence_set(int64_t until)
{
	if (fence_passes_within(0))
		fence_passed();
	deadline = until;
	if (until > 0)
		loop_timer(fence_loop, &timer, until, time_over, NULL);
}

int64_t
fence_until(void)
{
	return deadline;
}
