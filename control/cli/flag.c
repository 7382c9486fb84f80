/*
 * The verbs about flags of jobs.
 */
#include "flag.h"

const char *const flag_explained[] = {
	"With --application, --tag or --workflow it is about all such jobs: --dry-run says which, --expect N does it.",
	NULL};

static int
check(const Args *args, const char *what, Failure *failure)
{
	bool named = args->count > 0 || args_has(args, "job");
	bool filtered = bulk_is_meant(args);

	if (bulk_check(args, failure) < 0)
		return -1;
	if (named == filtered || (args->count > 0 && args_has(args, "job")))
		return fail(failure, EXIT_CODE_USAGE, "either %s or --application, --tag or --workflow must be given", what);
	if (!filtered && (args_has(args, "dry-run") || args_has(args, "expect")))
		return fail(failure, EXIT_CODE_USAGE, "--dry-run and --expect go with --application, --tag or --workflow");
	if (filtered && !args_has(args, "dry-run") && !args_has(args, "expect"))
	{
		fail(failure, EXIT_CODE_USAGE, "either --dry-run or --expect must be given");
		fail_hint(failure, "--dry-run says which jobs these are; --expect N does it.");
		return -1;
	}
	return 0;
}

int
flag_check(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	return check(args, "runs, jobs, --job", failure);
}

int
flag_check_jobs(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	return check(args, "jobs", failure);
}

int
flag_act(Cli *cli, const char *verb, const Query *query, int count, const Args *args, Failure *failure)
{
	if (bulk_is_meant(args))
		return bulk_act(cli, verb, args, failure);
	return act_on_named(cli, query, count, args, failure);
}
