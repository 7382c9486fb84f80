/*
 * The one place where an SQLSTATE becomes an exit code. A row may be a whole code, a class or anything between; the
 * longest match decides. docs/errors.md shows the same table and a test compares the two.
 */
#include "exit_code.h"

#include <stddef.h>
#include <string.h>

static const struct
{
	const char *prefix;
	ExitCode code;
} codes[] = {
	{"JG001", EXIT_CODE_NOT_FOUND},   {"JG002", EXIT_CODE_CONFLICT},    {"JG003", EXIT_CODE_USAGE},
	{"JG004", EXIT_CODE_NOT_ALLOWED}, {"JG005", EXIT_CODE_CONFLICT},    {"JG006", EXIT_CODE_CONFLICT},
	{"JG007", EXIT_CODE_NOT_ALLOWED}, {"JG008", EXIT_CODE_USAGE},       {"JG009", EXIT_CODE_FAILED},
	{"JG010", EXIT_CODE_FAILED},      {"JG011", EXIT_CODE_NOT_ALLOWED}, {"JG012", EXIT_CODE_CONFLICT},
	{"JG013", EXIT_CODE_NOT_ALLOWED}, {"JG014", EXIT_CODE_UNREACHABLE}, {"JG015", EXIT_CODE_UNREACHABLE},
	{"JG016", EXIT_CODE_USAGE},       {"08", EXIT_CODE_UNREACHABLE},    {"22", EXIT_CODE_USAGE},
	{"23", EXIT_CODE_CONFLICT},       {"23502", EXIT_CODE_USAGE},       {"23514", EXIT_CODE_USAGE},
	{"28", EXIT_CODE_NOT_ALLOWED},    {"40", EXIT_CODE_CONFLICT},       {"42501", EXIT_CODE_NOT_ALLOWED},
	{"53", EXIT_CODE_UNREACHABLE},    {"55P03", EXIT_CODE_CONFLICT},    {"57P0", EXIT_CODE_UNREACHABLE},
};

ExitCode
exit_code_of(const char *sqlstate)
{
	ExitCode code = EXIT_CODE_FAILED;
	size_t longest = 0;

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
	{
		size_t length = strlen(codes[i].prefix);

		if (length > longest && strncmp(codes[i].prefix, sqlstate, length) == 0)
		{
			longest = length;
			code = codes[i].code;
		}
	}
	return code;
}
