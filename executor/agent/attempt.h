/*
 * attempt.h - one attempt; for attempts.c and attempt_report.c alone.
 */
#ifndef JOBGRID_AGENT_ATTEMPT_H
#define JOBGRID_AGENT_ATTEMPT_H

#include <sys/queue.h>

#include "attempts.h"
#include "hearing.h"
#include "keymap.h"
#include "output.h"

typedef enum AttemptState
{
	ATTEMPT_HANDED,
	ATTEMPT_RUNNING,
	ATTEMPT_ENDED
} AttemptState;

typedef enum ReportState
{
	REPORT_NONE,
	REPORT_WAITING,
	REPORT_IN_FLIGHT
} ReportState;

typedef enum Told
{
	TOLD_STARTED,
	TOLD_UNKILLABLE,
	TOLD_END
} Told;

typedef struct Attempt
{
	KeyNode node;              /* first: the map's node is the attempt */
	TAILQ_ENTRY(Attempt) link; /* in `reports` while something is to be told */
	Output output;
	Hearing hearing;
	AttemptState state;
	ReportState report;
	bool has_output;
	bool local;      /* the keeper has never heard of it */
	Told told;       /* by what is in flight */
	bool unkillable; /* something of it cannot be killed, and the database is to be told */
	bool stale;
	bool later; /* what is in flight was not taken */
	int64_t started_at;
	int64_t order_answer; /* the last answer with an order for it, and how many it had */
	int32_t order_ordinal;
	int64_t told_request; /* of the last message to the job */
	int32_t told_ordinal;
	Timer tell; /* a start, or again what could not be taken */
	MsgEnded ended;
	char *message;
	char *notes; /* for its log, when it has started: where its output goes */
	char *name;  /* "TENANT\nJOB"; NULL where nobody knows */
} Attempt;

/* What is to be told of it now, as an element of the request's reports. */
void attempt_put_report(PgArray *array, const Attempt *attempt);

/* As an element of known_attempt. */
void attempt_put_known(PgArray *array, const Attempt *attempt);

#endif
