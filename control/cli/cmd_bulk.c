/*
 * jobgrid bulk: a verb for many jobs or runs.
 */
#include <string.h>

#include "bulk.h"
#include "command.h"
#include "mem.h"

static const Option options[] = {{"job", 'j', "JOB", "this job"},
								 BULK_FILTERS,
								 {"state", 's', "STATE", "runs in this state"},
								 {"run-reason", 0, "REASON", "runs whose state has this reason"},
								 {"since", 0, "MOMENT", "runs that are in their state since then, or later"},
								 {"runs", 0, NULL, "hold and release: runs and not jobs"},
								 {"reason", 'r', "TEXT", "why, for the history"},
								 {"until", 0, "MOMENT", "take a flag of jobs back at this moment"},
								 {"outcome", 0, "OUTCOME", "of set-outcome: succeeded, failed, cancelled or skipped"},
								 {"tenant", 0, "NAME", "tenant of the jobs"},
								 BULK_OPTIONS,
								 {0}};

static const char *const explained[] = {
	"VERB is hold, release, take-out or bypass, for jobs; or for runs cancel, hold, release, retry, rerun or set-outcome.",
	"Without --expect it says which these are, and does nothing.", NULL};

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	return bulk_check(args, failure);
}

static int
bulk(Cli *cli, const Args *args, Failure *failure)
{
	cleanup_free char *verb = mem_strdup(args->operands[0]);

	for (char *c = verb; *c; c++)
		if (*c == '-')
			*c = '_';
	return bulk_act(cli, verb, args, failure);
}

const Command command_bulk = {.name = "bulk",
							  .summary = "Act on many jobs or runs at once",
							  .usage = "VERB FILTER... [--expect N] [OPTION]...",
							  .explained = explained,
							  .options = options,
							  .least = 1,
							  .most = 1,
							  .check = check,
							  .run = bulk};
