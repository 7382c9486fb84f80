/* Runs of steps, for those who make them: the scheduler, when a workflow begins or steps of it are run again. */
#ifndef JG_WORKFLOW_STEPS_H
#define JG_WORKFLOW_STEPS_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/timestamp.h"

typedef struct JgSteps
{
	int64 parent_run; /* of the workflow they are steps of */
	int64 root_run;
	TimestampTz now;
	DateADT business_date;
	int n;
	int32 *job_ids;
	const int64 *rerun_of; /* which run each repeats; NULL: none */

	/* From here on made by jg_steps_bind() and jg_steps_write(). */
	int64 *run_ids;
	Datum *parameters; /* jsonb, of steps whose schema has judged them, else 0 */
	char *wrong;       /* which step refuses what it would get, and why; NULL = none */
} JgSteps;

/* Judges the parameters of those that have a schema. SPI must be connected, here and below. */
extern void jg_steps_bind(JgSteps *steps);

/* Makes the runs, which wait for the scheduler to look at them; nothing may be wrong. */
extern void jg_steps_write(const JgSteps *steps);

#endif
