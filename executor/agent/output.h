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
	Tail tail; /* what came after the head was full */
	char name; /* o, e */
} Stream;

/* The output of one attempt; embedded in it. */
typedef struct Output
{
	struct Attempt *attempt;
	AttemptKey key;
	Stream streams[2];
	Timer flush;
	int64_t limit;   /* bytes kept: a head of all streams, and of each the end */
	int64_t bytes;   /* of the head */
	int64_t dropped; /* between head and tail */
	int64_t followed_until;
	int32_t chunk;
	int32_t unshipped; /* chunks that the database has not accepted yet */
	bool discard;      /* its fence is gone: nobody wants it */
	bool finishing;    /* an empty pipe is the end */
} Output;

typedef struct OutputContext
{
	Loop *loop;
	int64_t limit;
	void (*queued)(void *arg);                            /* a chunk waits */
	void (*complete)(struct Attempt *attempt, void *arg); /* all read and accepted */
	void (*counted)(struct Attempt *attempt, void *arg);  /* chunk numbers and bytes were used */
	void *arg;
} OutputContext;

void output_init(const OutputContext *context);

/*
 * Takes the descriptors; -1: there is none. chunk and bytes continue an earlier agent's. limit 0: the executor's own,
 * which is also the most.
 */
void output_open(Output *output, struct Attempt *attempt, const AttemptKey *key, int fds[2], int64_t limit,
				 int32_t chunk, int64_t bytes);
void output_follow(Output *output, int64_t until); /* somebody looks on: nothing is gathered */
bool output_complete(const Output *output);
void output_finish(Output *output);  /* what is in the pipes now is all: somebody else holds them open */
void output_discard(Output *output); /* nothing of it is kept or shipped any more */
void output_close(Output *output);

/* The queue, for shipping. A chunk that was taken is given back as accepted or to be sent again. */
ChunkQueue *output_queue(void);
void output_accepted(Chunk *chunk);

#endif
