/* Jobs that are behind something closed, while runs of theirs may lie in lanes that are open. */
#ifndef JG_SHUT_JOBS_H
#define JG_SHUT_JOBS_H

#include "postgres.h"

typedef struct JgShutJobs
{
	int n;
	int32 *job_ids; /* ascending */
} JgShutJobs;

/* Nearly always none. Valid until the next call. SPI must be connected. */
extern const JgShutJobs *jg_shut_jobs(void);

extern bool jg_shut_jobs_have(const JgShutJobs *jobs, int32 job_id);

#endif
