/*
 * jobgrid bypass: jobs that are not executed (AutoSys: ON_NOEXEC).
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
		   " from jobgrid.bypass(job => coalesce($2, $1), reason => $3, tenant => $4, until => " BULK_MOMENT("$5",
																											 "$6") ")"};

static int
bypass(Cli *cli, const Args *args, Failure *failure)
{
	return flag_act(cli, "bypass", &query, 6, args, failure);
}

const Command command_bypass = {.name = "bypass",
								.summary = "Bypass jobs: their runs succeed without being executed",
								.usage = "JOB... [OPTION]...",
								.explained = flag_explained,
								.options = options,
								.most = INT_MAX,
								.check = flag_check_jobs,
								.run = bypass};
