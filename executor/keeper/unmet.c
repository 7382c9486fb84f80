/*
 * unmet.c - what a job asks for and this executor cannot give.
 *
 * Output that is not where its owner looks for it is worse than a job that does not start.
 */
#include "unmet.h"

#include <stdbool.h>
#include <stddef.h>

int
unmet_check(const SpecBlock *spec, Err *e)
{
	const SpecNumbers *n = &spec->numbers;
	const struct
	{
		const char *column;
		bool asked;
	} table[] = {{"output", (n->flags & SPEC_MERGED) != 0},
				 {"output_append", (n->flags & SPEC_APPEND) != 0},
				 {"output_file", spec->output_file[0] != '\0'},
				 {"error_file", spec->error_file[0] != '\0'}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].asked)
			return err_set(e, 0, "this executor cannot give a job \"%s\" yet", table[i].column);
	return 0;
}
