/*
 * attempts.h - the attempts this agent knows, from the answer that handed them out to the answer that took their end.
 *
 *	                 START sent          STARTED                 ENDED
 *	  (answer) ──▶ HANDED ───────▶ RUNNING ────────────▶ ENDED ──▶ reported ──▶ gone
 *	     │ noop, or cannot be run                          ▲
 *	     └─────────────────────────────────────────────────┘
 *
 *	What cannot be killed is reported as such and stays RUNNING until its ENDED comes.
 */
#ifndef JOBGRID_AGENT_ATTEMPTS_H
#define JOBGRID_AGENT_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "channel.h"
#include "pgbinary.h"
#include "settings.h"

typedef struct AttemptsContext
{
	Loop *loop;
	const Settings *settings;
	void (*send)(MsgType type, const void *payload, const char *text, int fd); /* to the keeper; fd -1: none */
	size_t (*backlog)(void);                                                   /* of that */
	void (*ship)(void *arg);                                                   /* output or news waits */
	void (*changed)(void *arg); /* there is something to report, or a slot is free */
	void *arg;
} AttemptsContext;

void attempts_init(const AttemptsContext *context);

/* From the database. kind and detail as in an answer of what = attempt; one that is known already is passed over. */
void attempts_take(const AttemptKey *key, const char *kind, const char *detail);
/* answer: a number that no other answer has, repeated ones included */
void attempts_order(const AttemptKey *key, const char *detail, int64_t request, int64_t answer);
void attempts_stale(const AttemptKey *key); /* its fence is not the current one */
void attempts_later(const AttemptKey *key); /* what was reported of it could not be taken now */
/* So says the database at hello. It names no attempt number: a fence belongs to one attempt of a run. */
void attempts_unknown(int64_t run_id, int64_t fence);

/* From the keeper. */
void attempts_known(const AttemptKey *key, const char *name); /* one that an earlier agent has started */
void attempts_started(const MsgStarted *started, int *fds);
void attempts_ended(const MsgEnded *ended, const char *message);
void attempts_usage(const MsgUsage *usage);
void attempts_word(const MsgWord *word, const char *text, int *fd); /* takes the descriptor, if it keeps it */

/* Attempts that hold a slot: processes, and those about to be. */
int64_t attempts_in_slots(void);

bool attempts_any(void);

/* What there is to report: into a request, and its fate. One request at a time carries reports. */
bool attempts_have_reports(void);
int attempts_put_reports(PgArray *array); /* returns how many */
void attempts_answered(bool taken);

/* All attempts, for hello: elements of known_attempt. */
void attempts_put_known(PgArray *array);

#endif
