/*
 * jobgrid forecast: how busy schedules will keep the pools, an hour a line. People see a bar, which is 100 % when it is full,
 * programs the numbers.
 */
#include "command.h"
#include "query.h"

static const Option options[] = {{"since", 0, "MOMENT", "from the hour of this moment on, instead of now"},
								 {"hours", 'n', "N", "so many hours (24; at most 168)"},
								 {0}};

#define FORECAST \
	" from jobgrid.load_forecast($1::timestamptz, coalesce($2::integer, 24)) where $3::text is null or pool = $3"
#define IN_ORDER " order by pool nulls last, hour"

static const Query for_programs = {
	.sql = "select hour, local_time, pool, runs, busy, slots, load, over, unknown, others, top_jobs" FORECAST IN_ORDER};
static const Query for_people = {
	.sql =
		"select coalesce(pool, 'SQL workers') as pool, to_char(local_time, 'Dy DD Mon HH24:MI') as time,"
		" rpad(repeat($4, least(round(coalesce(load, case when over then 100 else 0 end) / 5), 20)::integer), 20) as bar,"
		" lpad(round(load) || ' %', 6) as load, case when over then 'over' end as state, runs, busy, slots,"
		" nullif(unknown, 0) as unknown, nullif(others, '0') as others,"
		" array_to_string(top_jobs, ', ') as top_jobs" FORECAST " order by load_forecast.pool nulls last, hour"};

/* A name that nobody has is a slip, and no pool without work. An executor may stand in one that no job can name. */
static int
check_pool(const Cli *cli, const char *pool, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;

	if (db_query(cli->db,
				 "select from jobgrid.pool where name = $1 union all select from jobgrid.executor where pool = $1", 1,
				 &pool, &result, failure) < 0)
		return -1;
	if (PQntuples(result) > 0)
		return 0;
	fail(failure, EXIT_CODE_NOT_FOUND, "pool \"%s\" does not exist", pool);
	fail_hint(failure, "Pools that have slots or work: jobgrid forecast -n 1");
	return -1;
}

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	long hours = 1;

	(void) cli;
	return args_read_number(args, "hours", 168, &hours, failure);
}

static int
forecast(Cli *cli, const Args *args, Failure *failure)
{
	bool people = cli_talks_to_people(cli);
	const char *pool = args->count > 0 ? args->operands[0] : NULL;
	const char *values[] = {args_get(args, "since"), args_get(args, "hours"), pool,
							cli->out.utf8 ? "\xe2\x96\x88" : "#"};
	int rows;

	if (pool && check_pool(cli, pool, failure) < 0)
		return -1;
	rows = query_answer(cli, people ? &for_people : &for_programs, people ? 4 : 3, values, failure);
	if (rows < 0)
		return -1;
	if (rows == 0 && people)
		puts("no pool has slots, and nothing is expected");
	return EXIT_CODE_OK;
}

static const char *const explained[] = {
	"An hour a line: expected runs, for how long they are busy, and that against the slots of the executors that are there.",
	"Times of day are in the zone of the setting jobgrid.time_zone.",
	"Column unknown: runs of jobs that have never run, which take no time here; others: busy for tenants you do not see.",
	NULL};

const Command command_forecast = {.name = "forecast",
								  .summary = "Say how busy schedules will keep the pools, hour by hour",
								  .usage = "[POOL]",
								  .explained = explained,
								  .options = options,
								  .most = 1,
								  .check = check,
								  .run = forecast};
