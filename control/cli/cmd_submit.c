/*
 * jobgrid submit: hands in a run and does not wait.
 */
#include "command.h"
#include "launch.h"
#include "parameters.h"

static const Option options[] = {SUBMIT_OPTIONS, {0}};

static int
submit(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *submitted = NULL;
	Launch launch = {.quiet = args_has(args, "quiet")};

	if (launch_submit(cli, args, &submitted, failure) < 0)
		return -1;
	return launch_finish(cli, &launch, submitted, failure);
}

const Command command_submit = {.name = "submit",
								.summary = "Submit a run of a job",
								.usage = "JOB [-p NAME=VALUE]... [OPTION]...",
								.options = options,
								.least = 1,
								.most = 1,
								.check = launch_check,
								.run = submit};
