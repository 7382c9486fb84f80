/*
 * jobgrid unfreeze: lets a restored or cloned database work.
 */
#include "command.h"
#include "query.h"

static const Option options[] = {{"reason", 'r', "TEXT", "why, for the history; required"}, {0}};

static const char *const explained[] = {
	"Make sure first that the database it was copied from does not run the same jobs.", NULL};

static const Query query = {.sql = "select jobgrid.unfreeze(reason => $1) as result", .one = true};

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	return args_has(args, "reason") ? 0 : fail(failure, EXIT_CODE_USAGE, "option \"--reason\" is required");
}

static int
unfreeze(Cli *cli, const Args *args, Failure *failure)
{
	const char *reason = args_get(args, "reason");

	return query_answer(cli, &query, 1, &reason, failure) < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_unfreeze = {.name = "unfreeze",
								  .summary = "Let a restored or cloned database start work",
								  .usage = "-r REASON",
								  .explained = explained,
								  .options = options,
								  .check = check,
								  .run = unfreeze};
