/*
 * jobgrid eta: when a run is expected to be over, and for people which steps decide that.
 */
#include <string.h>

#include "about.h"
#include "command.h"
#include "mem.h"
#include "query.h"
#include "text.h"
#include "value.h"

static const Option options[] = {ABOUT_OPTIONS, {0}};

#define ANSWER " from jobgrid.eta(run_id => $1::bigint, job => $2, tenant => $3)"

static const Query for_programs = {
	.sql = "select run_id, job, state, expected_start, p50, p90, runs, day_type, note" ANSWER,
	.one = true};
static const Query for_people = {
	.sql =
		"select run_id, job, state, greatest(p50 - now(), interval '0') as \"in\", to_char(p50 at time zone $4, 'HH24:MI:SS') as p50,"
		" to_char(p90 at time zone $4, 'HH24:MI:SS') as p90, runs, day_type, note" ANSWER};
static const char path_sql[] = "select step, ends_after - starts_after as takes"
							   " from jobgrid.critical_path(run_id => $1::bigint, job => $2, tenant => $3) limit 50";

/* One line: the steps of the path and how long each takes. */
static int
print_path(Cli *cli, const char *const *values, Failure *failure)
{
	CLEAR_RESULT PGresult *rows = NULL;

	if (db_query(cli->db, path_sql, 3, values, &rows, failure) < 0)
		return -1;
	if (PQntuples(rows) < 2)
		return 0;
	fputs("critical path: ", stdout);
	for (int row = 0; row < PQntuples(rows); row++)
	{
		cleanup_free char *takes = value_for_people(rows, row, 1, &cli->out, db_now(cli->db));
		const char *step = PQgetvalue(rows, row, 0);

		fputs(row == 0 ? "" : cli->out.utf8 ? " \xe2\x86\x92 " : " -> ", stdout);
		text_put(stdout, step, strlen(step), terminal_text_flags(&cli->out));
		printf(" %s", takes);
	}
	fputc('\n', stdout);
	return 0;
}

static int
eta(Cli *cli, const Args *args, Failure *failure)
{
	bool people = cli_talks_to_people(cli);
	const char *values[4] = {[3] = db_zone(cli->db)};

	about_values(args, values);
	if (query_answer(cli, people ? &for_people : &for_programs, people ? 4 : 3, values, failure) < 0 ||
		(people && print_path(cli, values, failure) < 0))
		return -1;
	return EXIT_CODE_OK;
}

static const char *const explained[] = {
	"p50: as likely before as after; p90: nine of ten are over before. By how the last 40 runs on such days went.",
	NULL};

const Command command_eta = {.name = "eta",
							 .summary = "Say when a run, or the next run of a job, is expected to be over",
							 .usage = "RUN | JOB",
							 .explained = explained,
							 .options = options,
							 .most = 1,
							 .check = about_check,
							 .run = eta};
