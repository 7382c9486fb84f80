/*
 * jobgrid hold: keeps runs from starting.
 */
#include "command.h"
#include "flag.h"

static const Option options[] = {{"job", 'j', "JOB", "the job instead of single runs; also one whose name is a number"},
								 {"reason", 'r', "TEXT", "why, for the history"},
								 {"until", 0, "MOMENT", "take it back at this moment; a time of day is the next one"},
								 {"tenant", 0, "NAME", "tenant of the job"},
								 BULK_FILTERS,
								 BULK_OPTIONS,
								 {0}};

static const Query query = {
	.sql = "select " ACT_COLUMNS
		   " from jobgrid.hold(run_id => $1::bigint, job => $2, reason => $3, tenant => $4, until => " BULK_MOMENT(
			   "$5", "$6") ")"};

static int
hold(Cli *cli, const Args *args, Failure *failure)
{
	return flag_act(cli, "hold", &query, 6, args, failure);
}

const Command command_hold = {.name = "hold",
							  .summary = "Keep runs, or a job's runs, from starting",
							  .usage = "RUN... | JOB... [OPTION]...",
							  .explained = flag_explained,
							  .options = options,
							  .most = INT_MAX,
							  .check = flag_check,
							  .run = hold};
