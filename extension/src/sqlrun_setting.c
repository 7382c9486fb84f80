/*
 * Settings that tell the SQL of a job about its run; empty in other sessions. Nobody but the SQL worker can set them,
 * superusers included, so that a function may trust them. They are not internal ones, though: those are not passed to
 * parallel workers, and a parallel query would see them empty.
 */
#include "sqlrun.h"

#include "access/parallel.h"
#include "utils/guc.h"

enum
{
	RUN_ID,
	ATTEMPT,
	BUSINESS_DATE,
	PREVIOUS_BUSINESS_DATE,
	IS_MONTH_END,
	IS_QUARTER_END,
	PARAMETERS,
	NSETTINGS
};

static const char *const settings[NSETTINGS][2] = {
	[RUN_ID] = {"jobgrid.run_id", "Run of a SQL job this session executes."},
	[ATTEMPT] = {"jobgrid.attempt", "Attempt of the run this session executes."},
	[BUSINESS_DATE] = {"jobgrid.business_date", "Business date of the run this session executes."},
	[PREVIOUS_BUSINESS_DATE] = {"jobgrid.previous_business_date", "Business day before that."},
	[IS_MONTH_END] = {"jobgrid.is_month_end", "Whether the business date is the last one of its month."},
	[IS_QUARTER_END] = {"jobgrid.is_quarter_end", "Whether the business date is the last one of its quarter."},
	[PARAMETERS] = {"jobgrid.parameters", "Parameters of the run this session executes, as JSON."}};

static char *values[NSETTINGS];
static bool setting;

static bool
check(char **value, void **extra, GucSource source)
{
	if (setting || **value == '\0' || InitializingParallelWorker)
		return true;
	GUC_check_errdetail("Only jobgrid sets it, in the sessions that run SQL jobs.");
	return false;
}

void
jg_sqlrun_guc_init(void)
{
	for (int i = 0; i < NSETTINGS; i++)
		DefineCustomStringVariable(settings[i][0], settings[i][1], NULL, &values[i], "", PGC_SUSET,
								   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_RESET_ALL, check, NULL, NULL);
}

void
jg_sqlrun_set(const JgSqlRun *run)
{
	char run_id[32];
	char attempt[32];
	const char *new_values[NSETTINGS] = {[RUN_ID] = run_id,
										 [ATTEMPT] = attempt,
										 [BUSINESS_DATE] = run->business_date,
										 [PREVIOUS_BUSINESS_DATE] = run->previous_business_date,
										 [IS_MONTH_END] = run->month_end ? "true" : "false",
										 [IS_QUARTER_END] = run->quarter_end ? "true" : "false",
										 [PARAMETERS] = run->parameters};

	snprintf(run_id, sizeof(run_id), INT64_FORMAT, run->run_id);
	snprintf(attempt, sizeof(attempt), "%d", run->attempt);
	setting = true;
	for (int i = 0; i < NSETTINGS; i++)
		SetConfigOption(settings[i][0], new_values[i], PGC_SUSET, PGC_S_OVERRIDE);
	setting = false;
}
