/*
 * jobgrid retry: tries a live run again; one that has ended takes rerun.
 */
#include "act.h"
#include "command.h"

static const Option options[] = {ACT_OPTIONS, {0}};

static const Query query = ACT_QUERY("retry");

static int
retry(Cli *cli, const Args *args, Failure *failure)
{
	return act_on(cli, &query, args, failure);
}

const Command command_retry = {.name = "retry",
							   .summary =
								   "Try a live run again now that waits for its retry, is held, blocked or unknown",
							   .usage = ACT_USAGE,
							   .options = options,
							   .most = INT_MAX,
							   .check = act_check,
							   .run = retry};
