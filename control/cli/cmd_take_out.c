/*
 * jobgrid take-out: jobs that are as if they were not there (AutoSys: ON_ICE).
 */
#include "command.h"
#include "flag.h"

static const Option options[] = {{"reason", 'r', "TEXT", "why, for the history"},
								 {"until", 0, "MOMENT", "take it back at this moment; a time of day is the next one"},
								 {"tenant", 0, "NAME", "tenant of the job"},
								 BULK_FILTERS,
								 BULK_OPTIONS,
								 {0}};

static const Query query = {
	.sql = "select " ACT_COLUMNS
		   " from jobgrid.take_out(job => coalesce($2, $1), reason => $3, tenant => $4, until => " BULK_MOMENT(
			   "$5", "$6") ")"};

static int
take_out(Cli *cli, const Args *args, Failure *failure)
{
	return flag_act(cli, "take_out", &query, 6, args, failure);
}

const Command command_take_out = {.name = "take-out",
								  .summary = "Take jobs out: their runs are skipped, what waits for them goes on",
								  .usage = "JOB... [OPTION]...",
								  .explained = flag_explained,
								  .options = options,
								  .most = INT_MAX,
								  .check = flag_check_jobs,
								  .run = take_out};
