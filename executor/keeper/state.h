/*
 * state.h - what a keeper knows, as tagged fields, for the program that takes its place in the same process.
 *
 * That may be another version: it passes over tags it does not know and does without
 * those that are not there.  So a tag is never given another meaning.
 */
#ifndef JOBGRID_KEEPER_STATE_H
#define JOBGRID_KEEPER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

typedef enum StateTag
{
	/* of the keeper */
	STATE_SETTING = 1, /* "key=value" */
	STATE_INSTANCE = 2,
	STATE_FENCE_UNTIL = 3,
	STATE_WORK_FD = 4,
	STATE_LOCK_FD = 5,
	STATE_JOURNAL = 6, /* fields below */
	STATE_JOB = 7,     /* one each, fields below */
	STATE_JOB_OOM_SCORE = 8,
	STATE_JOB_FILES = 9,
	STATE_GROUP_FD = 10, /* one each */

	/* of the journal */
	STATE_JOURNAL_VERSION = 100,
	STATE_JOURNAL_FD_0 = 101,
	STATE_JOURNAL_FD_1 = 102,
	STATE_JOURNAL_UUID = 103,
	STATE_JOURNAL_BOOT_ID = 104,
	STATE_JOURNAL_GENERATION = 105,
	STATE_JOURNAL_CURRENT = 106,
	STATE_JOURNAL_END = 107,
	STATE_JOURNAL_SIZE = 108,

	/* of a job */
	STATE_RUN_ID = 200,
	STATE_FENCE = 201,
	STATE_ATTEMPT = 202,
	STATE_NAME = 203,
	STATE_LIFE = 204, /* name of the LifeState */
	STATE_FLAGS = 205,
	STATE_ADOPTED = 206,
	STATE_ON_RECORD = 207,
	STATE_TIMEOUT_US = 208,
	STATE_GRACE_US = 209,
	STATE_STARTED_AT = 210,
	STATE_KILL_SINCE = 211,
	STATE_SWEEP_SINCE = 212,
	STATE_LEFT = 213,
	STATE_CAUSE = 214,
	STATE_EXIT_KIND = 215,
	STATE_EXIT_STATUS = 216,
	STATE_LAST_REQUEST = 217,
	STATE_LAST_ORDINAL = 218,
	STATE_CHUNK = 219,
	STATE_BYTES = 220,
	STATE_LEADER = 221,
	STATE_START_TICKS = 222,
	STATE_PLACE = 223,
	STATE_PID_FD = 224,
	STATE_SETUP_FD = 225,
	STATE_OUT_FD = 226,
	STATE_ERR_FD = 227,
	STATE_LIVE = 228, /* 1: its main process has not been seen to end */
	STATE_DEADLINE = 229,
	STATE_PHASE = 230,
	STATE_MESSAGE = 231,
	STATE_SPECIFICATION = 232,
	STATE_END_RUN_US = 233,
	STATE_END_AT = 234,
	STATE_END_CPU_US = 235,
	STATE_END_MAX_RSS_KB = 236,
	STATE_END_EVENT = 237,
	STATE_END_EXIT_CODE = 238,
	STATE_END_SIGNAL = 239,
	STATE_END_FORCED = 240,
	STATE_OUTPUT_LIMIT = 241,
	STATE_MEMORY_LIMIT = 242,
	STATE_LARGEST_KB = 243,
	STATE_SOCKET_FD = 244,
	STATE_RESULT_FD = 245,
	STATE_LOST = 246
} StateTag;

void state_put(Buf *out, StateTag tag, const void *bytes, size_t len);
void state_put_text(Buf *out, StateTag tag, const char *text);
void state_put_int(Buf *out, StateTag tag, int64_t value);

/* A field, or where to look for fields. */
typedef struct State
{
	const char *bytes;
	size_t len;
} State;

/* The fields in turn: 1, or 0 at the end. < 0: it is no state. */
int state_next(State *rest, uint32_t *tag, State *field, Err *e);
int state_check(State state, Err *e);

/* The first field of this tag, in a checked state; where there is none, false or the default. */
bool state_find(State state, StateTag tag, State *field);
int64_t state_int(State state, StateTag tag, int64_t otherwise);
int64_t state_value(State field);
char *state_text(State state, StateTag tag);                          /* never NULL; the caller frees */
bool state_bytes(State state, StateTag tag, void *bytes, size_t len); /* exactly so many */

#endif
