/*
 * unmet.c - what a job asks for and this executor cannot give.
 *
 * A limit that nobody enforces, or a network that is there after all, is worse than a job that does not start.
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
	} table[] = {{"cpus", n->cpu_milli != 0},
				 {"cpu_weight", n->cpu_weight != 0},
				 {"io_weight", n->io_weight != 0},
				 {"memory", n->memory != 0},
				 {"processes", n->processes != 0},
				 {"open_files", n->open_files != 0},
				 {"file_size", n->file_size != 0},
				 {"network", (n->flags & SPEC_NO_NETWORK) != 0},
				 {"output", (n->flags & SPEC_MERGED) != 0},
				 {"output_append", (n->flags & SPEC_APPEND) != 0},
				 {"output_file", spec->output_file[0] != '\0'},
				 {"error_file", spec->error_file[0] != '\0'},
				 {"leave_running", (n->flags & SPEC_LEAVE_RUNNING) != 0}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].asked)
			return err_set(e, 0, "this executor cannot give a job \"%s\" yet", table[i].column);
	return 0;
}
