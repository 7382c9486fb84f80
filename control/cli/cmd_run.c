/*
 * jobgrid run: submits a run and, if told so, stays with it to its end.
 */
#include "command.h"
#include "launch.h"
#include "parameters.h"

static const Option options[] = {SUBMIT_OPTIONS, WAIT_OPTIONS, {0}};

static const char *const explained[] = {"Without --wait, --timeout, --follow or --propagate-exit it does not wait.",
										"Ctrl-C ends the waiting, never the run.", NULL};

static int
run(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *submitted = NULL;
	Launch launch = {0};

	if (launch_read(cli, args, &launch, failure) < 0 || launch_submit(cli, args, &submitted, failure) < 0)
		return -1;
	return launch_finish(cli, &launch, submitted, failure);
}

const Command command_run = {.name = "run",
							 .summary = "Submit a run of a job; told so, wait for it or follow it",
							 .usage = "JOB [-p NAME=VALUE]... [--wait] [--follow] [OPTION]...",
							 .explained = explained,
							 .options = options,
							 .least = 1,
							 .most = 1,
							 .check = launch_check,
							 .run = run};
