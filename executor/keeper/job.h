/*
 * job.h - the jobs of this keeper: starts them, watches them, ends them.
 */
#ifndef JOBGRID_KEEPER_JOB_H
#define JOBGRID_KEEPER_JOB_H

#include <stddef.h>

#include "loop.h"
#include "message.h"

typedef struct JobContext
{
	Loop *loop;
	size_t slots;
	void (*changed)(void *arg); /* a job has ended or was forgotten */
	void *arg;
} JobContext;

void job_init(const JobContext *context);

/* Messages from the agent. job_start() takes the specification's descriptor only to read it. */
void job_start(const MsgStart *start, const char *name, int specification);
void job_refuse(const MsgStart *start); /* no process: give it back */
void job_order(const MsgOrder *order);
void job_output(const MsgOutput *output);
void job_reported(const MsgReported *reported);

/* Tells a new agent about every job. */
void job_recite(void);
void job_cancel_all(const char *why);
void job_reap(void); /* after SIGCHLD */

size_t job_running_count(void); /* processes */
size_t job_count(void);         /* with those ended and not reported */

#endif
