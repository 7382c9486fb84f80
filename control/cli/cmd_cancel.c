/*
 * jobgrid cancel: ends runs.
 */
#include "act.h"
#include "command.h"

static const Option options[] = {ACT_OPTIONS, {0}};

static const Query query = ACT_QUERY("cancel");

static int
cancel(Cli *cli, const Args *args, Failure *failure)
{
	return act_on(cli, &query, args, failure);
}

const Command command_cancel = {.name = "cancel",
								.summary = "End runs: those not started at once, others by asking their executor",
								.usage = ACT_USAGE,
								.options = options,
								.most = INT_MAX,
								.check = act_check,
								.run = cancel};
