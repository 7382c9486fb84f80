/*
 * jobgrid hold: keeps runs from starting.
 */
#include "act.h"
#include "command.h"

static const Option options[] = {ACT_OPTIONS, {0}};

static const Query query = ACT_QUERY("hold");

static int
hold(Cli *cli, const Args *args, Failure *failure)
{
	return act_on(cli, &query, args, failure);
}

const Command command_hold = {.name = "hold",
							  .summary = "Keep runs, or a job's runs, from starting",
							  .usage = ACT_USAGE,
							  .options = options,
							  .most = INT_MAX,
							  .check = act_check,
							  .run = hold};
