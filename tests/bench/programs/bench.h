/*
 * bench.h - what the measuring programs share: one clock, one way to stop, one way to pause.
 *
 * All of them read CLOCK_MONOTONIC, so that moments taken in different processes of one machine can be subtracted.
 */
#ifndef JOBGRID_BENCH_H
#define JOBGRID_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline void
sleep_ns(int64_t ns)
{
	struct timespec ts = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	nanosleep(&ts, NULL);
}

/* A program that cannot measure must not print a number. */
static inline _Noreturn void
stop_with(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static inline int
count_from(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end != '\0' || end == text || value < 1 || value > 100000000)
		stop_with("not a count", text);
	return (int) value;
}

/*
 * Samples of a latency are taken at irregular moments, else they could fall into step with a timer of what is
 * measured. The sequence is the same in every run.
 */
static inline void
sleep_between_samples(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	sleep_ns(15000000 + (int64_t) (*seed >> 8) % 10000000);
}

#endif
