/*
 * jobgrid rerun: a new run in place of one that has ended.
 */
#include "command.h"
#include "launch.h"
#include "parameters.h"

static const Option options[] = {PARAMETER_OPTIONS,
								 {"reason", 'r', "TEXT", "why, for the history"},
								 {"original", 0, NULL, "with the definition the run had, not the present one"},
								 {"quiet", 'q', NULL, "print the number of the new run and nothing else"},
								 WAIT_OPTIONS,
								 {0}};

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	return query_check_run(args->operands[0], failure) < 0 ? -1 : launch_check(cli, args, failure);
}

static int
rerun(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *submitted = NULL;
	Launch launch = {0};

	if (launch_read(cli, args, &launch, failure) < 0 || launch_rerun(cli, args, &submitted, failure) < 0)
		return -1;
	return launch_finish(cli, &launch, submitted, failure);
}

const Command command_rerun = {.name = "rerun",
							   .summary = "Run again what has ended; the new run supersedes the old one",
							   .usage = "RUN [-p NAME=VALUE]... [--wait] [--follow] [OPTION]...",
							   .options = options,
							   .least = 1,
							   .most = 1,
							   .check = check,
							   .run = rerun};
