/*
 * jobgrid status: the whole grid on one screen. It counts live runs only and names their states, so that
 * the database need not touch finished ones; what has failed is counted by the attention list.
 */
#include "command.h"
#include "query.h"

static const Query query = {
	.sql =
		"select area, name, state, number, detail from ("
		"select 1 as place, 'runs' as area, state as name, state, count(*) as number, null as detail "
		"from jobgrid.run where state in ('waiting', 'held', 'queued', 'starting', 'running', 'blocked', 'unknown') "
		"group by state "
		"union all select 2, 'attention', state, state, count(*), 'jobgrid attention' from jobgrid.attention group by state "
		"union all select 3, 'executor', executor, state, running, "
		"concat(free_slots || ' of ', slots, ' slots', case when free_slots is not null then ' free' end, ' in pool ', "
		"pool, '; ' || problem) from jobgrid.executor "
		"union all select 4, 'queue', queue, case when bool_and(open) then 'open' else 'closed' end, sum(queued), "
		"string_agg(distinct closed_reason, ', ') from jobgrid.lane group by queue "
		"union all select 5, 'worker', worker, state, null, concat_ws(', ', 'pid ' || pid, last_error) from jobgrid.stat_scheduler "
		"union all select 6, 'check', check_name, 'not ok', null, concat_ws('; fix: ', detail, fix) "
		"from jobgrid.check_install() where not ok"
		") s order by place, name"};

static int
status(Cli *cli, const Args *args, Failure *failure)
{
	(void) args;
	return query_answer(cli, &query, 0, NULL, failure) < 0 ? -1 : EXIT_CODE_OK;
}

static const char *const explained[] = {
	"Column number: runs in that state, runs on an executor, runs waiting in a queue.",
	"An area \"check\" is shown only for what jobgrid doctor finds not ok, a held database among it.", NULL};

const Command command_status = {.name = "status",
								.summary = "Show live runs, executors, queues and workers on one screen",
								.usage = "",
								.explained = explained,
								.run = status};
