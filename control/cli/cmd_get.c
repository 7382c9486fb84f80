/*
 * jobgrid get: rows of the views. A new thing to list is a row of the table below.
 */
#include <limits.h>
#include <string.h>

#include "closest.h"
#include "command.h"
#include "query.h"

#define NEWEST "20"

typedef enum Filters
{
	BY_JOB = 1,
	BY_STATE = 2,
	BY_RUN = 4,  /* a run's number as second operand */
	OF_RUNS = 8, /* its states are those of runs */
	BY_NAME = 16 /* a job's name as second operand */
} Filters;

typedef struct Noun
{
	const char *name;
	int filters;
	const char *most; /* rows unless -n says otherwise; null: all */
	Query query;      /* $1 job, $2 states, $3 rows, $4 run */
} Noun;

#define MATCHES_JOB "($1::text is null or job = $1)"
#define MATCHES_STATE "($2::text is null or state = any (string_to_array($2, ',')))"
#define MATCHES_RUN "($4::text is null or run_id = $4::bigint)"
#define ROWS " limit $3::bigint"

static const Noun nouns[] = {
	{.name = "runs",
	 .filters = BY_JOB | BY_STATE | OF_RUNS,
	 .most = NEWEST,
	 .query.sql = "select run_id, job, state, reason, queue, priority, business_date, submitted_at, since, started_at, "
				  "finished_at, run_time, attempt, executor, exit_code, signal, message, due_at from jobgrid.run "
				  "where " MATCHES_JOB " and " MATCHES_STATE " order by run_id desc" ROWS,
	 .query.style.columns = "run_id job state reason since due_at run_time attempt executor exit_code message"},
	{.name = "run",
	 .filters = BY_RUN,
	 .query.sql = "select * from jobgrid.status(run_id => $4::bigint)",
	 .query.style.record = true,
	 .query.one = true},
	{.name = "attempts",
	 .filters = BY_JOB | BY_STATE | BY_RUN | OF_RUNS,
	 .most = NEWEST,
	 .query.sql =
		 "select run_id, job, attempt, state, reason, executor, exit_code, signal, decided_by, claimed_at, "
		 "started_at, finished_at, run_time, cpu_time, max_rss_kb, version, message from jobgrid.attempt "
		 "where " MATCHES_JOB " and " MATCHES_STATE " and " MATCHES_RUN " order by run_id desc, attempt desc" ROWS,
	 .query.style.columns =
		 "run_id job attempt state reason executor exit_code decided_by started_at run_time message"},
	{.name = "history",
	 .filters = BY_JOB | BY_RUN,
	 .most = NEWEST,
	 .query.sql = "select at, run_id, job, action, from_state, to_state, reason, by_role, actor, detail "
				  "from jobgrid.history where " MATCHES_JOB " and " MATCHES_RUN " order by at desc, run_id desc" ROWS},
	{.name = "executors",
	 .filters = BY_STATE,
	 .query.sql =
		 "select executor, state, pool, site, capabilities, kinds, slots, free_slots, running, version, host, "
		 "last_seen, connected_at, problem, queue, cpus, memory, tokens from jobgrid.executor where " MATCHES_STATE
		 " order by executor" ROWS,
	 .query.style.columns = "executor state pool queue site slots free_slots running version last_seen host problem"},
	{.name = "queues",
	 .query.sql = "select queue, case when bool_and(open) then 'open' else 'closed' end as state, "
				  "string_agg(distinct closed_reason, ', ') as closed_reason, min(closed_since) as closed_since, "
				  "sum(queued) as queued, count(*) as lanes from jobgrid.lane group by queue order by queue" ROWS},
	{.name = "lanes",
	 .query.sql = "select lane, queue, tenant, kind, pool, capabilities, site, executor, "
				  "case when open then 'open' else 'closed' end as state, closed_reason, closed_since, queued, "
				  "needs_cpus, needs_memory, needs_tokens from jobgrid.lane order by queue, lane" ROWS},
	{.name = "jobs",
	 .filters = BY_JOB,
	 .query.sql = "select full_name as job, kind, enabled, held, queue, priority, pool, after, parameters, title, "
				  "application, version, updated_at, updated_by, taken_out, bypassed from jobgrid.job "
				  "where ($1::text is null or full_name = $1) order by full_name" ROWS,
	 .query.style.columns = "job kind enabled held taken_out bypassed queue priority pool after title"},
	{.name = "job",
	 .filters = BY_NAME,
	 .query.sql = "select full_name as job, j.* from jobgrid.job j where full_name = $4",
	 .query.style.record = true,
	 .query.one = true},
};

static const Option options[] = {
	{"job", 'j', "JOB", "of this job only (runs, attempts, history, jobs)"},
	{"state", 's', "STATE", "in this state only, several with commas (runs, attempts, executors)"},
	{"number", 'n', "N", "at most N rows; the newest 20 of runs, attempts and history if not given"},
	{0}};

static const char *const explained[] = {"WHAT is one of",
										"  runs              runs, newest first",
										"  run RUN           everything about one run",
										"  attempts [RUN]    tries of runs, or of one",
										"  history [RUN]     state changes and actions, or those of one run",
										"  executors         executors and their slots",
										"  queues, lanes     what is queued where, and whether it is handed out",
										"  jobs              definitions",
										"  job NAME          everything about one definition",
										NULL};

static const Noun *
find_noun(const char *name, Failure *failure)
{
	Closest closest = {.wanted = name};

	for (int i = 0; i < COUNT_OF(nouns); i++)
		if (strcmp(nouns[i].name, name) == 0)
			return &nouns[i];
	for (int i = 0; i < COUNT_OF(nouns); i++)
		closest_consider(&closest, nouns[i].name);
	fail(failure, EXIT_CODE_USAGE, "\"%s\" cannot be listed", name);
	if (closest.word)
		fail_hint(failure, "Did you mean: jobgrid get %s", closest.word);
	else
		fail_hint(failure, "runs, run RUN, attempts, history, executors, queues, lanes, jobs or job NAME");
	return NULL;
}

static int
check_filters(const Noun *noun, const Args *args, Failure *failure)
{
	if (args->count > 1 && !(noun->filters & (BY_RUN | BY_NAME)))
		return fail(failure, EXIT_CODE_USAGE, "\"%s\" is one operand too many", args->operands[1]);
	if (args->count > 1 && (noun->filters & BY_RUN) && query_check_run(args->operands[1], failure) < 0)
		return -1;
	if (args->count == 1 && strcmp(noun->name, "run") == 0)
		return fail(failure, EXIT_CODE_USAGE, "\"get run\" needs the number of a run");
	if (args->count == 1 && (noun->filters & BY_NAME))
		return fail(failure, EXIT_CODE_USAGE, "\"get job\" needs the name of a job");
	if (args_has(args, "job") && !(noun->filters & BY_JOB))
		return fail(failure, EXIT_CODE_USAGE, "--job does not apply to %s", noun->name);
	if (args_has(args, "state") && !(noun->filters & BY_STATE))
		return fail(failure, EXIT_CODE_USAGE, "--state does not apply to %s", noun->name);
	return 0;
}

/* An empty answer to a misspelt state would say that all is well. */
static int
check_states(Cli *cli, const char *states, Failure *failure)
{
	CLEAR_RESULT PGresult *unknown = NULL;

	if (db_query(cli->db,
				 "with known as (select from_state as state from jobgrid.transitions "
				 "union select to_state from jobgrid.transitions) "
				 "select given, (select string_agg(state, ', ' order by state) from known) "
				 "from unnest(string_to_array($1, ',')) as given where given not in (select state from known)",
				 1, &states, &unknown, failure) < 0)
		return -1;
	if (PQntuples(unknown) == 0)
		return 0;
	fail(failure, EXIT_CODE_USAGE, "\"%s\" is not a state", PQgetvalue(unknown, 0, 0));
	fail_hint(failure, "%s", PQgetvalue(unknown, 0, 1));
	return -1;
}

/* Nor may an empty answer about something that is not there look like one about something that has nothing. */
static int
check_object(Cli *cli, const char *sql, const char *what, const char *name, const char *hint, Failure *failure)
{
	CLEAR_RESULT PGresult *found = NULL;

	if (!name)
		return 0;
	if (db_query(cli->db, sql, 1, &name, &found, failure) < 0)
		return -1;
	if (PQntuples(found) > 0)
		return 0;
	fail(failure, EXIT_CODE_NOT_FOUND, "%s \"%s\" does not exist", what, name);
	fail_hint(failure, "%s", hint);
	return -1;
}

static int
check_empty(Cli *cli, const Noun *noun, const char *job, const char *states, const char *operand, Failure *failure)
{
	const char *run = noun->filters & BY_RUN ? operand : NULL;

	if (states && (noun->filters & OF_RUNS) && check_states(cli, states, failure) < 0)
		return -1;
	if (check_object(cli, "select from jobgrid.run where run_id = $1::bigint", "run", run, "jobgrid get runs",
					 failure) < 0)
		return -1;
	return check_object(cli, "select from jobgrid.job where full_name = $1", "job",
						noun->filters & BY_NAME ? operand : job, "jobgrid get jobs", failure);
}

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	const Noun *noun = find_noun(args->operands[0], failure);
	long rows = 0;

	(void) cli;
	if (!noun || check_filters(noun, args, failure) < 0)
		return -1;
	return args_read_number(args, "number", LONG_MAX, &rows, failure);
}

static int
get(Cli *cli, const Args *args, Failure *failure)
{
	const Noun *noun = find_noun(args->operands[0], failure);
	const char *states = args_get(args, "state");
	const char *number = args_get(args, "number");
	const char *operand = args->count > 1 ? args->operands[1] : NULL;
	CLEAR_RESULT PGresult *result = NULL;

	if (!noun)
		return -1;
	const char *values[] = {args_get(args, "job"), states, number ? number : noun->most, operand};

	if (query_ask(cli, &noun->query, COUNT_OF(values), values, &result, failure) < 0)
		return -1;
	if (PQntuples(result) == 0 && check_empty(cli, noun, values[0], states, operand, failure) < 0)
		return -1;
	query_show(cli, &noun->query, &result, 1);
	return EXIT_CODE_OK;
}

const Command command_get = {.name = "get",
							 .summary = "List runs, attempts, history, executors, queues, lanes or jobs",
							 .usage = "WHAT [RUN | NAME] [--job JOB] [--state STATE] [-n N]",
							 .explained = explained,
							 .options = options,
							 .least = 1,
							 .most = 2,
							 .check = check,
							 .run = get};
