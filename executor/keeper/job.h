/*
 * job.h - the jobs of this keeper: starts them, watches them, ends them, and has them in the journal.
 */
#ifndef JOBGRID_KEEPER_JOB_H
#define JOBGRID_KEEPER_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "loop.h"
#include "message.h"
#include "state.h"

typedef struct JobContext
{
	Loop *loop;
	size_t slots;
	void (*changed)(void *arg);      /* a job has ended or was forgotten */
	void (*journal_died)(void *arg); /* nothing may be started here any more */
	void *arg;
} JobContext;

void job_init(const JobContext *context);

/* Opens the journal in the open work directory, and takes over what it knows of. */
int job_recover(int directory, Err *e);

/* For the program that takes this one's place: everything; and what of it must not be closed when that is executed. */
void job_save(Buf *out);
int job_resume(State state, Err *e);
int job_state_check(State state, Err *e); /* can it be resumed? */
void job_keep_open(bool keep);
bool job_can_be_saved(void); /* not while the journal does not work */
bool job_fenced_runs(void);  /* one that must not outlive its lease */

const uint8_t *job_journal_uuid(void);

/* To be called at the end of each turn of the loop: what waits for the journal goes on. */
void job_turn(void *arg);

/* Messages from the agent. job_start() takes the specification's descriptor only to read it. */
void job_start(const MsgStart *start, const char *name, int specification);
void job_refuse(const MsgStart *start, const char *name); /* no process: give it back */
void job_order(const MsgOrder *order);
void job_output(const MsgOutput *output);
void job_reported(const MsgReported *reported);
void job_word(const MsgWord *word, const char *text, int *fd); /* takes the descriptor, if it keeps it */

/* Tells a new agent about every job. */
void job_recite(void);
void job_cancel_all(const char *why);
void job_fence_all(void); /* those that must not outlive their lease */
void job_reap(void);      /* after SIGCHLD */

size_t job_running_count(void); /* those whose end can be waited for */
size_t job_count(void);         /* with those ended and not reported */
bool job_has_directory(const char *name);

#endif
