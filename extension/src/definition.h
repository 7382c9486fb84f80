/* Definitions of jobs as the hot path needs them, at the version a run is bound to. */
#ifndef JG_DEFINITION_H
#define JG_DEFINITION_H

#include "postgres.h"

#include "time/workdays.h"

typedef struct JgDefinition
{
	int32 job_id;
	int32 asked;   /* version asked for, 0 = current */
	int32 version; /* 0: the job or the version does not exist any more */
	char *kind;
	bool left_out; /* the job is taken out or bypassed: nothing of it is to start */
	int32 attempts;
	int64 retry_delay_ms;
	char *success_codes;
	char *fail_codes;
	char *on_lost;
	char *specification;             /* JSON object for the executor, where asked for */
	const JgWorkdays *business_days; /* NULL = every day; with the specification */
} JgDefinition;

typedef struct JgDefinitions
{
	int n;
	JgDefinition *items;
} JgDefinitions;

/* Loads what the n pairs of job and version (0 = current) name, each distinct pair once. SPI must be connected. */
extern JgDefinitions jg_definitions(const int32 *job_ids, const int32 *versions, int n, bool specifications);

/* Never NULL for a pair that was loaded. */
extern const JgDefinition *jg_definition(const JgDefinitions *all, int32 job_id, int32 version);

#endif
