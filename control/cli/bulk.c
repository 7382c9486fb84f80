/*
 * Jobs or runs by what they have in common.
 */
#include "bulk.h"

#include "act.h"
#include "message.h"

#define SINCE BULK_MOMENT("$8", "$9")
#define UNTIL BULK_MOMENT("$12", "$9")

static const Query query = {
	.sql =
		"select " ACT_COLUMNS " from jobgrid.bulk(verb => $1, job => $2, application => $3, tag => $4, workflow => $5, "
		"state => $6, run_reason => $7, what => $10, reason => $11, outcome => $13, tenant => $14, "
		"dry_run => $15::boolean, expect => $16::integer, since => " SINCE ", until => " UNTIL ")"};

bool
bulk_is_meant(const Args *args)
{
	return args_has(args, "application") || args_has(args, "tag") || args_has(args, "workflow");
}

int
bulk_check(const Args *args, Failure *failure)
{
	long expect = 0;

	if (args_read_number(args, "expect", 1000000000, &expect, failure) < 0)
		return -1;
	if (args_has(args, "dry-run") && args_has(args, "expect"))
		return fail(failure, EXIT_CODE_USAGE, "--dry-run and --expect cannot be had together");
	return 0;
}

int
bulk_act(Cli *cli, const char *verb, const Args *args, Failure *failure)
{
	const char *expect = args_get(args, "expect");
	const char *values[] = {verb,
							args_get(args, "job"),
							args_get(args, "application"),
							args_get(args, "tag"),
							args_get(args, "workflow"),
							args_get(args, "state"),
							args_get(args, "run-reason"),
							args_get(args, "since"),
							db_zone(cli->db),
							args_has(args, "runs") ? "runs" : NULL,
							args_get(args, "reason"),
							args_get(args, "until"),
							args_get(args, "outcome"),
							args_get(args, "tenant"),
							expect ? "false" : "true",
							expect};
	int rows = query_answer(cli, &query, COUNT_OF(values), values, failure);

	if (rows < 0)
		return -1;
	if (!expect && rows > 0)
		message_hint("Nothing was done. The same with --expect %d does it.", rows);
	return EXIT_CODE_OK;
}
