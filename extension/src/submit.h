/* New runs. */
#ifndef JG_SUBMIT_H
#define JG_SUBMIT_H

#include "postgres.h"

#include "narrow.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* What a submission asks for; texts may be NULL, moments and ids 0. */
typedef struct JgSubmission
{
	const char *job; /* full name, or … */
	int32 job_id;    /* … the job itself */
	const char *tenant;
	const char *priority;
	const char *pin;
	const char *source;
	const char *traceparent;
	TimestampTz now; /* one moment for all that the submission computes: a delay counts from submitted_at */
	TimestampTz not_before;
	bool has_business_date;
	DateADT business_date;
	bool has_labels;
	Datum labels;
	bool ignore_conditions;
	int32 version; /* bound already, 0 = at claim */
	int64 rerun_of;
	int32 original; /* version of the run that is repeated, 0 = none */
	int64 root_run;
	int64 parent_run; /* the workflow's run that it is a step of */
	bool by_engine;   /* for something that is there already: every tenant is seen, a disabled job is no obstacle */
} JgSubmission;

/* What became of it; the same for all runs of one call. */
typedef struct JgSubmitted
{
	int32 job_id;
	int32 tenant_id;
	char *job;
	const char *state;
	const char *reason;
	char *queue;
	char *priority;
	DateADT business_date;
	const char *note;
} JgSubmitted;

/* Looks the job up and says what its runs will be; writes nothing. SPI must be connected. */
typedef struct JgSubmitPlan JgSubmitPlan;
extern JgSubmitPlan *jg_submit_plan(const JgSubmission *submission, JgSubmitted *submitted);

/* Takes n new run ids, waiting for their partitions where they lack. */
extern void jg_submit_ids(int64 *run_ids, int n);

/* Writes the runs; parameters[i] (jsonb, or NULL for none) are merged over the job's, and judged by its rules. */
extern void jg_submit_runs(const JgSubmitPlan *plan, const int64 *run_ids, const Datum *parameters,
						   const bool *no_parameters, int n);

/* Writes only the wide row of one run, without parameters of its own; the caller writes the narrow one, from this. */
extern JgNarrow jg_submit_wide(const JgSubmitPlan *plan, int64 run_id);

#endif
