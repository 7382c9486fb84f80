/*
 * Acts on one run after the other and shows what became of them as one answer.
 */
#include "act.h"

#include "mem.h"
#include "message.h"

typedef struct Done
{
	PGresult **results;
	int count;
	int refused;
	ExitCode first; /* why the first of them was refused */
} Done;

static void
act_on_one(Cli *cli, const Query *query, int count, const Args *args, const char *run, const char *job, Done *done,
		   Failure *failure)
{
	const char *values[] = {
		run, job, args_get(args, "reason"), args_get(args, "tenant"), args_get(args, "until"), db_zone(cli->db)};

	if (query_ask(cli, query, count, values, &done->results[done->count], failure) == 0)
	{
		done->count++;
		return;
	}
	if (done->refused++ == 0)
		done->first = failure->code;
	message_failure(failure);
}

int
act_check(const Cli *cli, const Args *args, Failure *failure)
{
	(void) cli;
	if ((args->count > 0) == args_has(args, "job"))
		return fail(failure, EXIT_CODE_USAGE, "either runs or --job must be given");
	for (int i = 0; i < args->count; i++)
		if (query_check_run(args->operands[i], failure) < 0)
			return -1;
	return 0;
}

static void
show_done(Cli *cli, const Query *query, const Done *done)
{
	int rows = 0;

	for (int i = 0; i < done->count; i++)
		rows += PQntuples(done->results[i]);
	if (rows == 0 && done->count > 0 && cli_talks_to_people(cli))
		puts("no run was there to change");
	else if (done->count > 0 || cli->json)
		query_show(cli, query, done->results, done->count);
}

static int
act_on_all(Cli *cli, const Query *query, int count, const Args *args, bool names, Failure *failure)
{
	Done done = {0};

	done.results = mem_zalloc(((size_t) args->count + 1) * sizeof *done.results);
	if (args->count == 0)
		act_on_one(cli, query, count, args, NULL, args_get(args, "job"), &done, failure);
	for (int i = 0; i < args->count && !db_is_lost(cli->db); i++)
	{
		const char *operand = args->operands[i];
		bool is_name = names && !query_is_run(operand);

		act_on_one(cli, query, count, args, is_name ? NULL : operand, is_name ? operand : NULL, &done, failure);
	}
	show_done(cli, query, &done);
	for (int i = 0; i < done.count; i++)
		PQclear(done.results[i]);
	free(done.results);
	if (done.refused == 0)
		return EXIT_CODE_OK;
	return done.count > 0 ? EXIT_CODE_PARTIAL : done.first;
}

int
act_on(Cli *cli, const Query *query, const Args *args, Failure *failure)
{
	return act_on_all(cli, query, 4, args, false, failure);
}

int
act_on_named(Cli *cli, const Query *query, int count, const Args *args, Failure *failure)
{
	return act_on_all(cli, query, count, args, true, failure);
}
