/*
 * journal_record.h - what stands in a journal file, as bytes.
 *
 * Pure: no file, no clock.  A file is a header and records behind each other; what
 * follows the last good record is the end, whatever it is.
 */
#ifndef JOBGRID_KEEPER_JOURNAL_RECORD_H
#define JOBGRID_KEEPER_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "message.h"

#define JOURNAL_VERSION 1
#define JOURNAL_MAX_TEXT MSG_MAX_TEXT
#define JOURNAL_RECORDS 4096 /* where they begin: a page of its own for the header */

typedef struct JournalHeader
{
	uint8_t journal[16]; /* its uuid */
	uint8_t boot_id[16]; /* of the boot in which this generation was written */
	uint64_t generation;
} JournalHeader;

typedef enum JournalHeaderState
{
	JOURNAL_HEADER_GOOD,
	JOURNAL_HEADER_NONE,    /* zeros: nothing was ever written, or it was laid down */
	JOURNAL_HEADER_FOREIGN, /* ours, of a version that is not known here */
	JOURNAL_HEADER_DAMAGED
} JournalHeaderState;

typedef enum JournalType
{
	JOURNAL_START = 1, /* about to be started: it may have run */
	JOURNAL_SPAWNED,   /* its process; not before this does it become the job's program */
	JOURNAL_END,
	JOURNAL_FORGOTTEN, /* the database has its end */
	JOURNAL_TYPE_END
} JournalType;

#define JOURNAL_FENCED 1u        /* START_FENCED */
#define JOURNAL_LEAVE_RUNNING 2u /* SPEC_LEAVE_RUNNING */

typedef struct JournalStart
{
	AttemptKey key;
	int64_t started_at;
	int64_t timeout_ms; /* 0: none */
	int64_t grace_ms;
	uint32_t flags;
	uint32_t reserved; /* 0 */
} JournalStart;        /* text: the attempt's name */

typedef struct JournalSpawned
{
	AttemptKey key;
	int64_t start_ticks; /* with the number it names a process for the time of a boot */
	int32_t pid;
	int32_t reserved; /* 0 */
} JournalSpawned;     /* text: its control group, "" = none */

typedef struct JournalForgotten
{
	AttemptKey key;
} JournalForgotten;

typedef struct JournalRecord
{
	JournalType type;
	union
	{
		AttemptKey key; /* every payload begins with it */
		JournalStart start;
		JournalSpawned spawned;
		MsgEnded ended; /* text: its message */
		JournalForgotten forgotten;
	} u;
	const char *text; /* NULL is "" */
} JournalRecord;

/* What a scan has found. */
typedef struct JournalScan
{
	size_t end;   /* offset behind the last good record */
	size_t count; /* of records */
	bool damaged; /* good records stand behind a bad one: it is not a torn end */
} JournalScan;

typedef void (*JournalVisit)(const JournalRecord *record, void *arg);

/* Appends. The seed binds records to their header, so that what an earlier generation left behind them is none. */
void journal_encode_header(const JournalHeader *header, Buf *out);
JournalHeaderState journal_decode_header(const char *bytes, size_t len, JournalHeader *header);
uint32_t journal_seed(const JournalHeader *header);

void journal_encode(const JournalRecord *record, uint32_t seed, Buf *out);
size_t journal_encoded_size(JournalType type, size_t text_len);

/* Reads one record; text_space gets its text. Returns its size, 0 where there is no good record. */
size_t journal_decode(const char *bytes, size_t len, uint32_t seed, JournalRecord *record,
					  char text_space[JOURNAL_MAX_TEXT + 1]);

/* Reads the records of a file's image, header included. visit may be NULL. */
void journal_scan(const char *image, size_t len, uint32_t seed, JournalVisit visit, void *arg, JournalScan *found);

#endif
