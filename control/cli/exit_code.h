/*
 * Exit codes of the program; docs/errors.md is their published form.
 */
#ifndef JOBGRID_CLI_EXIT_CODE_H
#define JOBGRID_CLI_EXIT_CODE_H

typedef enum ExitCode
{
	EXIT_CODE_OK = 0,
	EXIT_CODE_FAILED = 1,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_UNREACHABLE = 3,
	EXIT_CODE_NOT_ALLOWED = 4,
	EXIT_CODE_NOT_FOUND = 5,
	EXIT_CODE_CONFLICT = 6,
	EXIT_CODE_TIMED_OUT = 7,
	EXIT_CODE_PARTIAL = 8,
	EXIT_CODE_INTERRUPTED = 130
} ExitCode;

extern ExitCode exit_code_of(const char *sqlstate);

#endif
