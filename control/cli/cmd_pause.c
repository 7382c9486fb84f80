/*
 * jobgrid pause: closes a queue.
 */
#include "command.h"
#include "query.h"

static const Option options[] = {{"reason", 'r', "TEXT", "why, for the history"}, {0}};

static const Query query = {.sql = "select name as queue, paused, paused_reason, paused_at, paused_by "
								   "from jobgrid.pause_queue(queue => $1, reason => $2)",
							.one = true};

static int
pause_queue(Cli *cli, const Args *args, Failure *failure)
{
	const char *values[] = {args->operands[0], args_get(args, "reason")};

	return query_answer(cli, &query, COUNT_OF(values), values, failure) < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_pause = {.name = "pause",
							   .summary = "Stop handing out the runs of a queue",
							   .usage = "QUEUE [-r REASON]",
							   .options = options,
							   .least = 1,
							   .most = 1,
							   .run = pause_queue};
