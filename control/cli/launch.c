/*
 * A new run from the options to its end. Everything is decided by submit(), rerun() and status(); here is only what a
 * person or a script wants to see of it.
 */
#include "launch.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "parameters.h"
#include "wait.h"

#define SUBMITTED_COLUMNS "run_id, job, state, reason, queue, priority, business_date, deduplicated, note"

/* A time without zone is meant in the user's zone, while the session itself is in UTC. */
#define MOMENT_SQL(moment, zone)                                                                           \
	"case when " moment " is not null and set_config('TimeZone', " zone ", true) is not null then " moment \
	"::timestamptz end"

static const Query submit_query = {
	.sql = "select " SUBMITTED_COLUMNS " from jobgrid.submit(job => $5, parameters => " PARAMETER_SQL ", "
		   "priority => $6, not_before => " MOMENT_SQL(
			   "$7", "$8") ", delay => $9::interval, business_date => $10::date, "
						   "idempotency_key => $11, executor => $12, reason => $13, tenant => $14)",
	.style = {"run_id job state reason queue priority business_date note", false},
	.one = true};

static const Query rerun_query = {.sql = "select " SUBMITTED_COLUMNS
										 " from jobgrid.rerun(run_id => $5::bigint, reason => $6, "
										 "parameters => " PARAMETER_SQL ", definition => $7)",
								  .style = {"run_id job state reason queue priority business_date note", false},
								  .one = true};

static const Query status_query = {.sql = "select * from jobgrid.status(run_id => $1::bigint)",
								   .style = {NULL, true},
								   .one = true};

static int
read_timeout(Cli *cli, const char *given, long *timeout_ms, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;

	if (!given)
		return 0;
	if (db_query(cli->db, "select (extract(epoch from $1::interval) * 1000)::bigint as ms", 1, &given, &result,
				 failure) < 0)
		return -1;
	*timeout_ms = db_number(result, 0, "ms", 0);
	return *timeout_ms > 0 ? 0 : fail(failure, EXIT_CODE_USAGE, "timeout \"%s\" is not longer than 0", given);
}

int
launch_check(const Cli *cli, const Args *args, Failure *failure)
{
	__attribute__((cleanup(parameters_free))) Parameters parameters = {0};

	if (args_has(args, "follow") && (cli->json || args_has(args, "quiet")))
		return fail(failure, EXIT_CODE_USAGE, "--follow prints output and cannot be had with %s",
					cli->json ? "--json" : "--quiet");
	return parameters_collect(&parameters, args, failure);
}

int
launch_read(Cli *cli, const Args *args, Launch *launch, Failure *failure)
{
	launch->quiet = args_has(args, "quiet");
	launch->follow = args_has(args, "follow");
	launch->propagate = args_has(args, "propagate-exit");
	launch->wait = launch->follow || launch->propagate || args_has(args, "wait") || args_has(args, "timeout");
	return read_timeout(cli, args_get(args, "timeout"), &launch->timeout_ms, failure);
}

/* The server names the type of what it cannot read; a person knows it by the option. */
static void
name_option(const Args *args, Failure *failure)
{
	static const struct
	{
		const char *option;
		const char *type;
		const char *hint;
	} table[] = {{"delay", " interval: ", "--delay takes a length of time, such as 90s or '1 h 30 min'."},
				 {"business-date", " date: ", "--business-date takes a date, such as 2026-02-03."},
				 {"at", " timestamp with time zone: ", "--at takes a moment, such as '2026-02-03 18:30'."}};

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (args_get(args, table[i].option) && strstr(failure->err.message, table[i].type))
			fail_hint(failure, "%s", table[i].hint);
}

int
launch_submit(Cli *cli, const Args *args, PGresult **submitted, Failure *failure)
{
	__attribute__((cleanup(parameters_free))) Parameters parameters = {0};

	if (parameters_collect(&parameters, args, failure) < 0)
		return -1;
	const char *values[] = {
		args_get(args, "params"),   buf_text(&parameters.names),
		buf_text(&parameters.text), buf_text(&parameters.json),
		args->operands[0],          args_get(args, "priority"),
		args_get(args, "at"),       db_zone(cli->db),
		args_get(args, "delay"),    args_get(args, "business-date"),
		args_get(args, "key"),      args_get(args, "executor"),
		args_get(args, "reason"),   args_get(args, "tenant"),
	};

	if (query_ask(cli, &submit_query, COUNT_OF(values), values, submitted, failure) == 0)
		return 0;
	if (db_is_lost(cli->db))
		fail_hint(
			failure,
			"Whether it was submitted is not known; jobgrid get runs shows it, and with --key it is safe to repeat.");
	else
		name_option(args, failure);
	return -1;
}

int
launch_rerun(Cli *cli, const Args *args, PGresult **submitted, Failure *failure)
{
	__attribute__((cleanup(parameters_free))) Parameters parameters = {0};

	if (parameters_collect(&parameters, args, failure) < 0)
		return -1;
	const char *values[] = {
		args_get(args, "params"),
		buf_text(&parameters.names),
		buf_text(&parameters.text),
		buf_text(&parameters.json),
		args->operands[0],
		args_get(args, "reason"),
		args_has(args, "original") ? "original" : "current",
	};

	return query_ask(cli, &rerun_query, COUNT_OF(values), values, submitted, failure);
}

/* The row of the run as it is now, for programs; people have read each change already. */
static int
show_status(Cli *cli, const Launch *launch, const char *run, Failure *failure)
{
	if (launch->quiet || launch->follow || cli_talks_to_people(cli))
		return 0;
	return query_answer(cli, &status_query, 1, &run, failure);
}

static int
end_of_run(const Launch *launch, const char *run, const WaitEnd *end, Failure *failure)
{
	int code = end->succeeded ? EXIT_CODE_OK : EXIT_CODE_FAILED;

	if (launch->propagate && end->signal)
		code = 128 + end->signal;
	else if (launch->propagate && end->exit_code >= 0)
		code = end->exit_code;
	if (end->succeeded)
		return code;
	fail(failure, EXIT_CODE_FAILED, "run %s has not succeeded", run);
	fail_hint(failure, "jobgrid why %s, jobgrid logs %s, then jobgrid rerun %s", run, run, run);
	message_failure(failure);
	return code;
}

static int
wait_for_launched(Cli *cli, const Launch *launch, const char *run, Failure *failure)
{
	Output output = {.run = run, .attempt = 1, .tail = -1};
	Wait wait = {.run = run,
				 .timeout_ms = launch->timeout_ms,
				 .output = launch->follow ? &output : NULL,
				 .changes = !launch->quiet};
	WaitEnd end = {0};
	int waited;

	if (launch->quiet)
		puts(run);
	fflush(stdout);
	waited = wait_for_end(cli, &wait, &end, failure);
	output_end(cli, &output);
	if (waited < 0)
	{
		Failure ignored = {0};

		if (failure->code == EXIT_CODE_TIMED_OUT)
			show_status(cli, launch, run, &ignored);
		failure_clear(&ignored);
		return -1;
	}
	if (show_status(cli, launch, run, failure) < 0)
		return -1;
	return end_of_run(launch, run, &end, failure);
}

int
launch_finish(Cli *cli, const Launch *launch, PGresult *submitted, Failure *failure)
{
	const char *run = db_value(submitted, 0, "run_id");
	const char *note = db_value(submitted, 0, "note");

	if (launch->wait && note)
		message_info("%s", note);
	if (launch->wait)
		return wait_for_launched(cli, launch, run, failure);
	if (launch->quiet)
	{
		puts(run);
		return EXIT_CODE_OK;
	}
	query_show(cli, &submit_query, &submitted, 1);
	if (cli_talks_to_people(cli))
		printf("next: jobgrid logs %s -f\n", run);
	return EXIT_CODE_OK;
}
