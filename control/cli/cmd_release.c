/*
 * jobgrid release: undoes hold, take-out and bypass.
 */
#include "command.h"
#include "flag.h"

static const Option options[] = {{"job", 'j', "JOB", "the job instead of single runs; also one whose name is a number"},
								 {"reason", 'r', "TEXT", "why, for the history"},
								 {"tenant", 0, "NAME", "tenant of the job"},
								 BULK_FILTERS,
								 BULK_OPTIONS,
								 {0}};

static const Query query = {
	.sql = "select " ACT_COLUMNS " from jobgrid.release(run_id => $1::bigint, job => $2, reason => $3, tenant => $4)"};

static int
release(Cli *cli, const Args *args, Failure *failure)
{
	return flag_act(cli, "release", &query, 4, args, failure);
}

const Command command_release = {.name = "release",
								 .summary =
									 "Let runs start again that are held, or jobs that are held, taken out or bypassed",
								 .usage = "RUN... | JOB... [OPTION]...",
								 .explained = flag_explained,
								 .options = options,
								 .most = INT_MAX,
								 .check = flag_check,
								 .run = release};
