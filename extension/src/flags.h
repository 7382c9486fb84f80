/* Jobs that are taken out or bypassed: what becomes of their runs. */
#ifndef JG_FLAGS_H
#define JG_FLAGS_H

#include "postgres.h"

#include "narrow.h"

/* By whom and why job j is taken out or bypassed, as the message of its runs. */
#define JG_FLAG_WORDS(j)                                                              \
	"case when " j ".taken_out or " j ".bypassed then case when " j ".taken_out"      \
	" then 'taken out' else 'bypassed' end || ' by ' || coalesce(" j ".flag_by, '?')" \
	" || coalesce(': ' || " j ".flag_reason, '') end"

/*
 * After a flag of the job was set or cleared: its runs that have not started go to where the flag wants them. False: not all
 * of them, somebody else has locked some. Runs that wait for their moment go on doing so. Only the scheduler calls this.
 */
extern bool jg_flag_follow(int32 job_id);

/* Runs that a claim has taken, of jobs that have got a flag meanwhile: to the scheduler. */
extern void jg_flag_put_back(const JgNarrow *rows, int n);

#endif
