/*
 * What a question is about, by its operand or --job.
 */
#include "about.h"

#include <string.h>

int
about_check(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	if ((args->count > 0) == args_has(args, "job"))
		return fail(failure, EXIT_CODE_USAGE, "either a run or a job must be given");
	return 0;
}

void
about_values(const Args *args, const char *values[3])
{
	const char *operand = args->count > 0 ? args->operands[0] : NULL;
	bool is_run = operand && *operand && strspn(operand, "0123456789") == strlen(operand);

	values[0] = is_run ? operand : NULL;
	values[1] = is_run || !operand ? args_get(args, "job") : operand;
	values[2] = args_get(args, "tenant");
}
