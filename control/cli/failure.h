/*
 * The error object of this program: common/err.h's message, and with it what a person and a script need to go on.
 */
#ifndef JOBGRID_CLI_FAILURE_H
#define JOBGRID_CLI_FAILURE_H

#include "err.h"
#include "exit_code.h"

typedef struct Failure
{
	ExitCode code;
	Err err;
	char *detail; /* null: none */
	char *hint;
} Failure;

/* All return -1, so that "return fail(...)" reads well. fail() starts anew; the others add to it. */
extern int fail(Failure *failure, ExitCode code, const char *format, ...) __attribute__((format(printf, 3, 4)));
extern int fail_detail(Failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern int fail_hint(Failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

extern void failure_clear(Failure *failure);

#endif
