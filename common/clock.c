/*
 * clock.c - CLOCK_BOOTTIME behind a seam.  Wall-clock time is the database's.
 */
#include "clock.h"

#include <stddef.h>
#include <time.h>

#include "log.h"

static ClockSource clock_source = NULL;

int64_t
clock_now_us(void)
{
	struct timespec ts;

	if (clock_source != NULL)
		return clock_source();
	if (clock_gettime(CLOCK_BOOTTIME, &ts) < 0)
		fatal("cannot read the clock");
	return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
clock_set_source(ClockSource source)
{
	clock_source = source;
}
