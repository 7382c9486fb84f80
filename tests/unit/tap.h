/*
 * tap.h - TAP from C: ok(condition, "what, printf-like") and, at the end of main, return done_testing().
 */
#ifndef JOBGRID_TAP_H
#define JOBGRID_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* One of each, however many files of a program include this. */
__attribute__((weak)) int tap_count;
__attribute__((weak)) int tap_failed;

static inline bool __attribute__((format(printf, 4, 5)))
tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	tap_count++;
	tap_failed += !good;
	printf("%s %d - ", good ? "ok" : "not ok", tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	if (!good)
		printf("\n# at %s line %d", file, line);
	printf("\n");
	fflush(stdout);
	return good;
}

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)

/* The seed of a random test; what prints it can be repeated. */
static inline unsigned
tap_seed(void)
{
	const char *given = getenv("JOBGRID_TEST_SEED");

	return given != NULL && *given != '\0' ? (unsigned) strtoul(given, NULL, 10) : 20260101u;
}

/* The plan, and the program's exit status. */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed == 0 && tap_count > 0 ? 0 : 1;
}

#endif
