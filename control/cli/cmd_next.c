/*
 * jobgrid next: when a job fires next, when the text of a schedule would, or what comes next of all.
 */
#include "command.h"
#include "query.h"

static const Option options[] = {{"schedule", 's', "TEXT", "a schedule, without any job"},
								 {"time-zone", 0, "ZONE", "zone of the schedule"},
								 {"calendar", 0, "NAME", "calendar of the schedule"},
								 {"after", 0, "MOMENT", "later than that, instead of now"},
								 {"number", 'n', "N", "so many (5; of all schedules 20)"},
								 {"tenant", 0, "NAME", "tenant of the job"},
								 {0}};

static const Query of_job = {.sql = "select run_at, local_time, time_zone, schedule, in_words, note"
									" from jobgrid.next_runs($1, coalesce($2::integer, 5), $3::timestamptz, $4)"};
static const Query of_text = {
	.sql = "select run_at, local_time, time_zone, jobgrid.describe_schedule($1) as in_words, note"
		   " from jobgrid.schedule_times($1, $4, $3::timestamptz, coalesce($2::integer, 5), $5)"};
static const Query of_all = {.sql = "select run_at, job, schedule, schedule_text, time_zone, happens, note"
									" from jobgrid.upcoming where $2::timestamptz is null or run_at > $2::timestamptz"
									" order by run_at nulls last, job, schedule limit coalesce($1::bigint, 20)"};

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	long number = 1;

	(void) cli;
	if (args->count > 0 && args_has(args, "schedule"))
		return fail(failure, EXIT_CODE_USAGE, "either a job or a schedule must be given, not both");
	if (!args_has(args, "schedule") && (args_has(args, "time-zone") || args_has(args, "calendar")))
		return fail(failure, EXIT_CODE_USAGE, "--time-zone and --calendar go with --schedule");
	return args_read_number(args, "number", 100000, &number, failure);
}

static int
next(Cli *cli, const Args *args, Failure *failure)
{
	const char *number = args_get(args, "number");
	const char *after = args_get(args, "after");
	int rows;

	if (args_has(args, "schedule"))
		rows = query_answer(cli, &of_text, 5,
							(const char *const[]){args_get(args, "schedule"), number, after,
												  args_get(args, "time-zone"), args_get(args, "calendar")},
							failure);
	else if (args->count > 0)
		rows = query_answer(cli, &of_job, 4,
							(const char *const[]){args->operands[0], number, after, args_get(args, "tenant")}, failure);
	else
		rows = query_answer(cli, &of_all, 2, (const char *const[]){number, after}, failure);
	if (rows < 0)
		return -1;
	if (rows == 0 && cli_talks_to_people(cli))
		puts("nothing fires");
	return EXIT_CODE_OK;
}

const Command command_next = {.name = "next",
							  .summary = "Say when a job fires next, or a schedule would, or what comes next of all",
							  .usage = "[JOB]",
							  .options = options,
							  .most = 1,
							  .check = check,
							  .run = next};
