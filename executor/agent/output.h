/*
 * output.h - what attempts print: read from their pipes, cut into chunks, kept until the database has it.
 */
#ifndef JOBGRID_AGENT_OUTPUT_H
#define JOBGRID_AGENT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "loop.h"
#include "message.h"
#include "tail.h"

struct Attempt;

/* A piece on its way to the database. Owned by the queue until it is accepted or dropped. */
typedef struct Chunk
{
	STAILQ_ENTRY(Chunk) link;
	struct Output *output;
	int64_t read_at;
	int32_t number;
	char stream;
	size_t len;
	char data[];
} Chunk;

typedef STAILQ_HEAD(ChunkQueue, Chunk) ChunkQueue;

typedef struct Stream
{
	struct Output *output;
	int fd; /* -1: closed */
	LoopWatch *watch;
	char *pending;
	size_t pending_len;
	Tail tail; /* what came when the head was full */
	char name; /* o, e, j */
} Stream;

/* The output of one attempt; embedded in it. */
typedef struct Output
{
	struct Attempt *attempt;
	AttemptKey key;
	Stream streams[2];
	Stream said; /* lines that are not the job's own */
	Timer flush;
	int64_t limit;
	int64_t bytes;
	int64_t dropped;
	int64_t followed_until; /* somebody looks on */
	int32_t chunk;
	int32_t unshipped; /* chunks that the database has not accepted yet */
	bool resumed;      /* when the head was full: an earlier agent has dropped who knows how much */
	bool discard;      /* its fence is gone: nobody wants it */
	bool finishing;    /* an empty pipe is the end */
} Output;

typedef struct OutputContext
{
	Loop *loop;
	void (*queued)(void *arg);                            /* a chunk waits */
	void (*complete)(struct Attempt *attempt, void *arg); /* all read and accepted */
	void (*counted)(struct Attempt *attempt, void *arg);  /* chunk numbers and bytes were used */
	void *arg;
} OutputContext;

void output_init(const OutputContext *context);

/* Takes the descriptors, non-blocking ones, of which -1 is none, and goes on where an earlier agent was. */
void output_open(Output *output, struct Attempt *attempt, const MsgStarted *started, int fds[2]);
bool output_complete(const Output *output);
void output_say(Output *output, const char *text,
				size_t len);                       /* a line for people, in the place it has among the rest */
bool output_is_paused(void);                       /* the database does not take what is queued */
void output_follow(Output *output, int64_t until); /* until then it is shipped at once */
void output_flush(Output *output);                 /* what has been read and said is queued */
void output_finish(Output *output);                /* what is in the pipes now is all: somebody else holds them open */
void output_discard(Output *output);               /* nothing of it is kept or shipped any more */
void output_close(Output *output);

/* Nothing is read any more, and what was read is queued; true when all that was queued has been accepted. */
void output_retire(void);
bool output_shipped(void);

/* The queue, for shipping. A chunk that was taken is given back as accepted or to be sent again. */
ChunkQueue *output_queue(void);
void output_accepted(Chunk *chunk);

#endif
