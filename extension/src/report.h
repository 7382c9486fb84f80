/* Ends of attempts: from what happened to what it means. */
#ifndef JG_REPORT_H
#define JG_REPORT_H

#include "postgres.h"

#include "definition.h"
#include "lease.h"

/* What happened to an attempt, in the words of docs/protocol.md. */
typedef enum JgEvent
{
	JG_EVENT_STARTED,
	JG_EVENT_EXITED,
	JG_EVENT_SIGNALLED,
	JG_EVENT_TIMED_OUT,
	JG_EVENT_CANCELLED,
	JG_EVENT_SETUP_FAILED,
	JG_EVENT_RETURNED,
	JG_EVENT_OOM_KILLED,
	JG_EVENT_FENCED,
	JG_EVENT_LOST,
	JG_EVENT_UNKILLABLE,
	JG_NEVENTS
} JgEvent;

typedef struct JgReport
{
	int64 run_id;
	int64 fence;
	int32 attempt;
	JgEvent event;
	bool has_exit;
	int32 exit_code;
	int32 signal;
	int64 run_us;
	int64 age_us;
	int64 cpu_us;
	int64 max_rss_kb;
	const char *message;
	const char *result; /* JSON text as the job gave it, NULL = none */
} JgReport;

extern JgAttemptKey jg_report_key(const JgReport *report);

/*
 * What reports mean for attempts that have just been taken out of their table: reports[i] is about leases[i]. Decides
 * about the runs and writes everything.
 */
extern void jg_report_ends(const JgReport *const *reports, const JgLease *leases, int n);

/* Names of attempts. */
typedef struct JgAttemptList
{
	int n;
	JgAttemptKey *keys;
} JgAttemptList;

/* What was not taken. */
typedef struct JgRefused
{
	JgAttemptList stale; /* the fence was not the current one */
	JgAttemptList later; /* somebody's open transaction has locked the run: to be reported again */
} JgRefused;

/* Takes an executor's reports. SPI must be connected. */
extern JgRefused jg_reports(int32 executor_id, const JgReport *reports, int n);

/*
 * Ends the lease that report names as decided by the server itself (sql workers, external runs, lost executors);
 * may_retry: the job's attempts apply. False: the fence is not the current one, nothing was changed. reason etc. may be
 * NULL.
 */
extern bool jg_end_lease(const JgReport *report, JgState outcome, const char *reason, const char *decided_by,
						 Datum result, bool has_result, bool may_retry);

/* The same for an end without exit code. */
extern bool jg_end_lease_as(int64 run_id, int32 attempt, int64 fence, JgState outcome, const char *reason,
							const char *decided_by, const char *message, Datum result, bool has_result, bool may_retry);

#endif
