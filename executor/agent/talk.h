/*
 * talk.h - what a job says over its socket: one packet, one message.
 *
 * Pure.  Whoever runs in the job may write what he likes, so nothing is believed.
 */
#ifndef JOBGRID_AGENT_TALK_H
#define JOBGRID_AGENT_TALK_H

#include <stddef.h>

#include "err.h"
#include "runners/jobsocket.h"

typedef enum TalkVerb
{
	TALK_PROGRESS,
	TALK_CHECKPOINT,
	TALK_RESULT,
	TALK_LOST,
	TALK_MESSAGE
} TalkVerb;

typedef struct Talk
{
	TalkVerb verb;
	float percent;    /* 0 to 100 */
	const char *text; /* the rest, in the packet; all of it is UTF-8 without NUL, but for a checkpoint */
	size_t len;
} Talk;

/* < 0: it is no message. */
int talk_parse(const char *packet, size_t len, Talk *talk, Err *e);

#endif
