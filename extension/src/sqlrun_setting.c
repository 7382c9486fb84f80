/*
 * Settings that tell the SQL of a job about its run; empty in other sessions. Nobody but the SQL worker can set them,
 * superusers included, so that a function may trust them. They are not internal ones, though: those are not passed to
 * parallel workers, and a parallel query would see them empty.
 */
#include "sqlrun.h"

#include "access/parallel.h"
#include "utils/guc.h"

static const char *const names[] = {"jobgrid.run_id", "jobgrid.attempt", "jobgrid.business_date", "jobgrid.parameters"};
static const char *const texts[] = {
	"Run of a SQL job this session executes.", "Attempt of the run this session executes.",
	"Business date of the run this session executes.", "Parameters of the run this session executes, as JSON."};

static char *values[lengthof(names)];
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
	for (int i = 0; i < (int) lengthof(names); i++)
		DefineCustomStringVariable(names[i], texts[i], NULL, &values[i], "", PGC_SUSET,
								   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_RESET_ALL, check, NULL, NULL);
}

void
jg_sqlrun_set(int64 run_id, int32 attempt, const char *business_date, const char *parameters)
{
	char numbers[2][32];
	const char *new_values[lengthof(names)] = {numbers[0], numbers[1], business_date, parameters};

	snprintf(numbers[0], sizeof(numbers[0]), INT64_FORMAT, run_id);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", attempt);
	setting = true;
	for (int i = 0; i < (int) lengthof(names); i++)
		SetConfigOption(names[i], new_values[i], PGC_SUSET, PGC_S_OVERRIDE);
	setting = false;
}
