/*
 * account.h - what a job has used, by the counters of its control group.
 */
#ifndef JOBGRID_KEEPER_ACCOUNT_H
#define JOBGRID_KEEPER_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* -1: not known */
typedef struct Account
{
	int64_t cpu_us;
	int64_t rss_kb;  /* now */
	bool oom_killed; /* the kernel has killed of it for want of memory */
} Account;

struct Group;

/* Notes what the counters of a group say before a job uses it. */
void account_begin(struct Group *group);
Account account_read(const struct Group *group);

/* The last time for this job: nothing of it is left, so there is no memory to be seen. */
Account account_end(struct Group *group);

#endif
