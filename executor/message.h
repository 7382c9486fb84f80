/*
 * message.h - what keeper and agent say to each other.
 *
 * A packet is MsgHeader, the payload struct of its type, and for some types a
 * text.  Structs have no padding and no pointers.  README.md has the table.
 */
#ifndef JOBGRID_MESSAGE_H
#define JOBGRID_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define MSG_VERSION 4
#define MSG_MAX_PACKET 65536
#define MSG_MAX_TEXT 1000
#define MSG_MAX_FDS 3
#define MSG_MAX_DURATION_MS (INT64_C(10) * 366 * 86400000)

typedef enum MsgType
{
	MSG_WELCOME = 1,
	MSG_SYNCED,
	MSG_STARTED,
	MSG_ENDED,
	MSG_DRAIN,
	MSG_QUIT,
	MSG_START,
	MSG_ORDER,
	MSG_OUTPUT,
	MSG_REPORTED,
	MSG_KNOWN,   /* to the agent */
	MSG_PROBLEM, /* to the agent */
	MSG_LEASE,   /* to the keeper */
	MSG_USAGE,   /* to the agent */
	MSG_WORD,    /* to the keeper, and back to the next agent */
	MSG_TYPE_END
} MsgType;

typedef enum MsgWay
{
	MSG_TO_AGENT = 1,
	MSG_TO_KEEPER = 2,
	MSG_BOTH_WAYS = 3
} MsgWay;

typedef enum MsgEvent
{
	EVENT_EXITED = 1,
	EVENT_SIGNALLED,
	EVENT_TIMED_OUT,
	EVENT_CANCELLED,
	EVENT_SETUP_FAILED,
	EVENT_RETURNED, /* never started, and not its fault */
	EVENT_OOM_KILLED,
	EVENT_FENCED,     /* killed because its lease was over */
	EVENT_LOST,       /* nobody saw how it ended */
	EVENT_UNKILLABLE, /* no end: something of it cannot be killed; its end may follow */
	EVENT_END
} MsgEvent;

typedef enum MsgOrderKind
{
	ORDER_CANCEL = 1, /* SIGTERM, then after the grace SIGKILL */
	ORDER_SIGNAL,
	ORDER_KILL, /* at once: it belongs to somebody else now */
	ORDER_END
} MsgOrderKind;

typedef struct AttemptKey
{
	int64_t run_id;
	int64_t fence;
	int32_t attempt;
	int32_t reserved; /* 0 */
} AttemptKey;

typedef struct MsgHeader
{
	uint32_t version;
	uint32_t type;
	uint32_t length;   /* of payload and text */
	uint32_t reserved; /* 0 */
} MsgHeader;

typedef struct MsgWelcome
{
	uint8_t instance[16];
	uint8_t journal[16];
} MsgWelcome; /* text: "KINDS\nCAPABILITIES", comma-separated */

/* An attempt that this agent has not started itself. */
typedef struct MsgKnown
{
	AttemptKey key;
} MsgKnown; /* text: its name, "TENANT\nJOB" */

typedef struct MsgStarted
{
	AttemptKey key;
	int64_t started_at; /* clock_now_us(), the same in both processes */
	int64_t bytes;      /* output handed on by earlier agents */
	int64_t output_limit;
	int32_t chunk;   /* last chunk number used by them */
	int32_t streams; /* MSG_STREAM_*: the descriptors that come with it, in this order */
} MsgStarted;

#define MSG_STREAM_OUT 1
#define MSG_STREAM_ERR 2
#define MSG_STREAM_SOCKET 4 /* what the job tells and hears */
#define MSG_OUTPUTS (MSG_STREAM_OUT | MSG_STREAM_ERR)
#define MSG_STREAMS (MSG_OUTPUTS | MSG_STREAM_SOCKET)

typedef struct MsgEnded
{
	AttemptKey key;
	int64_t run_us;
	int64_t ended_at;
	int64_t cpu_us;
	int64_t max_rss_kb;
	int32_t event;     /* MsgEvent */
	int32_t exit_code; /* -1: none */
	int32_t signal;    /* 0: none */
	int32_t forced;    /* 1: somebody out of reach holds its output open; do not wait for the pipe's end */
} MsgEnded;            /* text: message */

typedef struct MsgQuit
{
	int32_t stays; /* 1: the jobs stay and another agent comes; no goodbye */
	int32_t reserved;
} MsgQuit;

#define START_FENCED 1u /* it must not outlive its lease: another node may run it */

typedef struct MsgStart
{
	AttemptKey key;
	int64_t timeout_ms; /* 0: none */
	int64_t grace_ms;
	int64_t output_limit; /* bytes kept of its output; comes back in STARTED, also to a later agent */
	uint32_t flags;       /* START_* */
	int32_t reserved;
} MsgStart; /* text: the attempt's name, "TENANT\nJOB" */

typedef struct MsgOrder
{
	AttemptKey key;
	int64_t request; /* with ordinal: carried out once */
	int64_t grace_ms;
	int32_t ordinal;
	int32_t order; /* MsgOrderKind */
	int32_t signal;
	int32_t reserved;
} MsgOrder;

typedef struct MsgOutput
{
	AttemptKey key;
	int64_t bytes;
	int32_t chunk;
	int32_t reserved;
} MsgOutput;

typedef struct MsgReported
{
	AttemptKey key;
} MsgReported;

/* Until then the database keeps this executor's leases. */
typedef struct MsgLease
{
	int64_t until; /* clock_now_us(), the same in both processes */
} MsgLease;

/* Of a running attempt, so far and now. */
typedef struct MsgUsage
{
	AttemptKey key;
	int64_t cpu_us;
	int64_t rss_kb;
} MsgUsage;

typedef enum WordKind
{
	WORD_RESULT = 1, /* with a descriptor: its text */
	WORD_LOST,       /* text: nobody can know what became of it, and why */
	WORD_END
} WordKind;

/* What a job has said of its outcome; the keeper keeps it for the next agent. */
typedef struct MsgWord
{
	AttemptKey key;
	int32_t what; /* WordKind */
	int32_t reserved;
} MsgWord;

/* A checked packet; everything in it is a copy. */
typedef struct Msg
{
	MsgType type;
	union
	{
		MsgWelcome welcome;
		MsgKnown known;
		MsgQuit quit;
		MsgLease lease;
		MsgUsage usage;
		MsgWord word;
		MsgStarted started;
		MsgEnded ended;
		MsgStart start;
		MsgOrder order;
		MsgOutput output;
		MsgReported reported;
	} u;
	char text[MSG_MAX_TEXT + 1];
} Msg;

/* Writes a packet of at most MSG_MAX_PACKET bytes; returns its length. Text is cut to the limit. */
size_t msg_encode(char *packet, MsgType type, const void *payload, const char *text);

/* Checks everything that can be checked without knowing the attempt. */
int msg_decode(const char *packet, size_t len, size_t fds, MsgWay way, Msg *msg, Err *e);

/* What a reader must hold against an attempt's end, wherever it comes from. */
int msg_check_ended(const MsgEnded *ended, Err *e);
/* An end that a job's doubt overrules: however it was ended; but not what never ran, nor what is being tried again. */
bool msg_yields_to_doubt(MsgEvent event);

int msg_check_key(const AttemptKey *key, Err *e);

bool attempt_key_equal(const AttemptKey *a, const AttemptKey *b);
const char *msg_event_name(MsgEvent event);

#endif
