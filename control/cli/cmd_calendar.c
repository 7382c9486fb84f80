/*
 * jobgrid calendar: the days of a calendar, or the calendars there are.
 */
#include "buf.h"
#include "command.h"
#include "file.h"
#include "query.h"

#define LARGEST_FILE (16 * 1024 * 1024)

static const Option options[] = {{"since", 0, "DATE", "first day (today)"},
								 {"until", 0, "DATE", "last day (a year after the first)"},
								 {"all", 'a', NULL, "every day, not only those that are different"},
								 {"import", 0, "FILE", "write the days of an iCalendar file into it"},
								 {"dry-run", 0, NULL, "say what would be written"},
								 {0}};

static const Query days = {
	.sql = "select day, to_char(day, 'Dy') as weekday, kind, working, label from jobgrid.calendar_days($1,"
		   " coalesce($2::date, current_date),"
		   " coalesce($3::date, (coalesce($2::date, current_date) + interval '1 year')::date))"
		   " where $4::boolean or kind not in ('working', 'free') or label is not null"};
static const Query calendars = {
	.sql = "select name, tenant, workdays, based_on, combine, time_zone, known_until, description from jobgrid.calendar"
		   " order by name"};

static const Query holidays = {.sql = "select day, label, change from jobgrid.import_holidays($1, $2,"
									  " coalesce($3::date, '1970-01-01'), $4::date, dry_run => $5::boolean)"};

static int
import(Cli *cli, const Args *args, Failure *failure)
{
	cleanup_buf Buf file = {0};
	Err e = {.message = ""};

	if (args->count == 0)
		return fail(failure, EXIT_CODE_USAGE, "--import needs the name of the calendar");
	if (file_read(args_get(args, "import"), LARGEST_FILE, &file, &e) < 0)
		return fail(failure, EXIT_CODE_USAGE, "%s", e.message);
	return query_answer(cli, &holidays, 5,
						(const char *const[]){args->operands[0], buf_text(&file), args_get(args, "since"),
											  args_get(args, "until"), args_has(args, "dry-run") ? "true" : "false"},
						failure);
}

static int
calendar(Cli *cli, const Args *args, Failure *failure)
{
	int rows;

	if (args_has(args, "import"))
		rows = import(cli, args, failure);
	else if (args->count == 0)
		rows = query_answer(cli, &calendars, 0, NULL, failure);
	else
		rows = query_answer(cli, &days, 4,
							(const char *const[]){args->operands[0], args_get(args, "since"), args_get(args, "until"),
												  args_has(args, "all") ? "true" : "false"},
							failure);
	return rows < 0 ? -1 : EXIT_CODE_OK;
}

const Command command_calendar = {
	.name = "calendar",
	.summary = "List the days of a calendar that are different, or all calendars; import holidays",
	.usage = "[CALENDAR]",
	.options = options,
	.most = 1,
	.run = calendar};
