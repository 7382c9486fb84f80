/*
 * jobgrid calendar: the days of a calendar, or the calendars there are.
 */
#include "command.h"
#include "query.h"

static const Option options[] = {{"since", 0, "DATE", "first day (today)"},
								 {"until", 0, "DATE", "last day (a year after the first)"},
								 {"all", 'a', NULL, "every day, not only those that are different"},
								 {0}};

static const Query days = {
	.sql = "select day, to_char(day, 'Dy') as weekday, kind, working, label from jobgrid.calendar_days($1,"
		   " coalesce($2::date, current_date),"
		   " coalesce($3::date, (coalesce($2::date, current_date) + interval '1 year')::date))"
		   " where $4::boolean or kind not in ('working', 'free') or label is not null"};
static const Query calendars = {
	.sql = "select name, tenant, workdays, based_on, combine, time_zone, known_until, description from jobgrid.calendar"
		   " order by name"};

static int
calendar(Cli *cli, const Args *args, Failure *failure)
{
	int rows;

	if (args->count == 0)
		rows = query_answer(cli, &calendars, 0, NULL, failure);
	else
		rows = query_answer(cli, &days, 4,
							(const char *const[]){args->operands[0], args_get(args, "since"), args_get(args, "until"),
												  args_has(args, "all") ? "true" : "false"},
							failure);
	return rows < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_calendar = {.name = "calendar",
								  .summary = "List the days of a calendar that are different, or all calendars",
								  .usage = "[CALENDAR]",
								  .options = options,
								  .most = 1,
								  .run = calendar};
