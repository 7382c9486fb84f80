/*
 * jobgrid release: undoes hold.
 */
#include "act.h"
#include "command.h"

static const Option options[] = {ACT_OPTIONS, {0}};

static const Query query = ACT_QUERY("release");

static int
release(Cli *cli, const Args *args, Failure *failure)
{
	return act_on(cli, &query, args, failure);
}

const Command command_release = {.name = "release",
								 .summary = "Let runs, or a job, that are held start again",
								 .usage = ACT_USAGE,
								 .options = options,
								 .most = INT_MAX,
								 .check = act_check,
								 .run = release};
