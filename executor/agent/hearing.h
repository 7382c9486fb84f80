/*
 * hearing.h - what attempts say over their sockets, on its way to the database; and what they are told.
 *
 * Of progress, of what is used and of checkpoints the newest counts, and waits for the next call; a result or a doubt
 * goes to the keeper first and is only then taken out of the socket, so that it outlives this agent.
 */
#ifndef JOBGRID_AGENT_HEARING_H
#define JOBGRID_AGENT_HEARING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "buf.h"
#include "loop.h"
#include "message.h"
#include "pgbinary.h"

struct Attempt;

typedef enum NewsState
{
	NEWS_NONE,
	NEWS_WAITING,
	NEWS_IN_FLIGHT,
	NEWS_BOTH /* in flight, and more has come meanwhile */
} NewsState;

/* Embedded in the attempt. */
typedef struct Hearing
{
	struct Attempt *attempt;
	AttemptKey key;
	int fd; /* -1: none */
	LoopWatch *watch;
	Timer again;
	int64_t word_at;           /* when the keeper was last told */
	TAILQ_ENTRY(Hearing) link; /* of those with news */
	NewsState news;
	bool complained;
	bool has_percent;
	bool has_usage;
	bool has_checkpoint;
	float percent;
	char *step; /* NULL: as before */
	MsgUsage usage;
	Buf checkpoint;
	int result; /* its text, as the keeper has it; -1: none */
	char *lost; /* nobody can know what became of it, and why */
} Hearing;

typedef struct HearingContext
{
	Loop *loop;
	void (*send)(MsgType type, const void *payload, const char *text, int fd); /* to the keeper */
	size_t (*backlog)(void);                                                   /* of that */
	bool (*busy)(void);                                                 /* what was said before is not taken: wait */
	void (*say)(struct Attempt *attempt, const char *text, size_t len); /* a line for its log */
	void (*ship)(void *arg);                                            /* news is to be written */
	void (*written)(struct Attempt *attempt);                           /* no news of it waits any more */
	void *arg;
} HearingContext;

void hearing_init(const HearingContext *context);

void hearing_begin(Hearing *hearing, struct Attempt *attempt, const AttemptKey *key);
void hearing_open(Hearing *hearing, int fd); /* takes it */
void hearing_usage(Hearing *hearing, const MsgUsage *usage);
void hearing_word(Hearing *hearing, const MsgWord *word, const char *text, int *fd); /* what an earlier agent heard */
void hearing_tell(Hearing *hearing, const char *text);
void hearing_finish(Hearing *hearing);  /* the job has ended: what it has said is all */
void hearing_discard(Hearing *hearing); /* nobody wants it */
bool hearing_complete(const Hearing *hearing);
void hearing_close(Hearing *hearing);

/* Nothing is heard any more, and the news is to be written at once; whether it is. */
void hearing_retire(void);
bool hearing_shipped(void);

/* Its result, read anew each time; NULL where it has none. The caller frees it. */
char *hearing_result(const Hearing *hearing);

/* For the log connection: is a call due, what it says, and its fate. */
bool hearing_due(void);
void hearing_put(PgArray *array); /* elements of progress_report */
void hearing_written(bool taken); /* false: to be said again */

#endif
