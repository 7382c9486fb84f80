/*
 * jobgrid logs: the output of a run.
 */
#include "command.h"
#include "message.h"
#include "query.h"
#include "wait.h"

#define MOST_TAIL 1000000

static const Option options[] = {{"follow", 'f', NULL, "go on until the run has ended"},
								 {"attempt", 'a', "N", "of this attempt, not the last one"},
								 {"tail", 'n', "N", "begin with the last N lines"},
								 {"raw", 0, NULL, "do not make control characters visible on a terminal"},
								 {0}};

static const char *const explained[] = {
	"In a pipe the output is passed through byte for byte; with --json each piece carries its data in base64.", NULL};

static const Query query = {
	.sql = "select attempt, chunk, at, stream, translate(encode(data, 'base64'), chr(10), '') as data_base64 "
		   "from jobgrid.logs(run_id => $1::bigint, attempt => $2::int, max_bytes => 2147483647)"};

static int
read_options(const Args *args, Output *output, Failure *failure)
{
	long attempt = 0;

	output->run = args->operands[0];
	output->raw = args_has(args, "raw");
	output->tail = -1;
	if (args_has(args, "attempt"))
	{
		if (args_read_number(args, "attempt", 100000, &attempt, failure) < 0)
			return -1;
		if (attempt == 0)
			return fail(failure, EXIT_CODE_USAGE, "attempts are counted from 1");
		output->attempt = (int) attempt;
		output->only_attempt = true;
	}
	return args_read_number(args, "tail", MOST_TAIL, &output->tail, failure);
}

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	Output output = {0};

	if (query_check_run(args->operands[0], failure) < 0 || read_options(args, &output, failure) < 0)
		return -1;
	if (cli->json && (args_has(args, "follow") || args_has(args, "tail")))
		return fail(failure, EXIT_CODE_USAGE, "--json cannot be had with --follow or --tail");
	return 0;
}

/* No output is also what an attempt has that there is not. */
static int
check_attempt(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;
	const char *values[] = {args->operands[0], args_get(args, "attempt")};
	const char *known;

	if (!values[1])
		return 0;
	if (db_query(cli->db,
				 "select bool_or(attempt = $2::int) as found, case when count(*) > 20 then min(attempt) || ' to ' || "
				 "max(attempt) else string_agg(attempt::text, ', ' order by attempt) end as known "
				 "from jobgrid.attempt where run_id = $1::bigint",
				 COUNT_OF(values), values, &result, failure) < 0)
		return -1;
	known = db_value(result, 0, "known");
	if (known && *db_value(result, 0, "found") == 't')
		return 0;
	fail(failure, EXIT_CODE_NOT_FOUND, "run %s has no attempt %s", values[0], values[1]);
	if (known)
		fail_hint(failure, "Its attempts: %s", known);
	else
		fail_hint(failure, "It has had none yet; jobgrid why %s", values[0]);
	return -1;
}

static int
print_as_json(Cli *cli, const Args *args, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;
	const char *values[] = {args->operands[0], args_get(args, "attempt")};

	if (query_ask(cli, &query, COUNT_OF(values), values, &result, failure) < 0 ||
		(PQntuples(result) == 0 && check_attempt(cli, args, failure) < 0))
		return -1;
	query_show(cli, &query, &result, 1);
	return EXIT_CODE_OK;
}

static int
logs(Cli *cli, const Args *args, Failure *failure)
{
	Output output = {0};
	Wait wait = {.run = args->operands[0], .output = &output};
	WaitEnd end = {0};
	int code;

	if (read_options(args, &output, failure) < 0)
		return -1;
	if (cli->json)
		return print_as_json(cli, args, failure);
	if (args_has(args, "follow"))
		code = wait_for_end(cli, &wait, &end, failure);
	else
		code = output_drain(cli, &output, failure);
	output_end(cli, &output);
	if (code < 0 || (!output.any && check_attempt(cli, args, failure) < 0))
		return -1;
	if (!output.any && cli->out.present)
		message_info("run %s has printed nothing; jobgrid why %s says what it does", output.run, output.run);
	return EXIT_CODE_OK;
}

const Command command_logs = {.name = "logs",
							  .summary = "Print the output of a run",
							  .usage = "RUN [-f] [--attempt N] [--tail N]",
							  .explained = explained,
							  .options = options,
							  .least = 1,
							  .most = 1,
							  .check = check,
							  .run = logs};
