/*
 * journal.h - what must survive the keeper: which attempts were started, and how they ended.
 *
 * Two files of fixed size that are full of zeros before anything counts on them, so
 * that writing needs no space of the disk.  One is in use; when it is full, what is
 * alive is written into the other by its owner, who keeps no second copy for that.
 */
#ifndef JOBGRID_KEEPER_JOURNAL_H
#define JOBGRID_KEEPER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "journal_record.h"
#include "state.h"

typedef struct Journal Journal;

/* How it writes; tests put what fails in its place. */
typedef struct JournalIo
{
	ssize_t (*write)(int fd, const void *bytes, size_t len, off_t at);
	int (*sync)(int fd);
} JournalIo;

extern JournalIo journal_io;

typedef enum JournalState
{
	JOURNAL_WORKS,
	JOURNAL_FAILS, /* a write failed; journal_mend() may help */
	JOURNAL_DEAD   /* the disk lost what it had accepted: nothing it says is believed any more */
} JournalState;

typedef struct JournalOwner
{
	/* While opening: what stands in the journal, in order. same_boot: written since this machine was started. */
	void (*found)(const JournalRecord *record, bool same_boot, void *arg);
	/* Put every record that is still needed, with journal_put(). */
	void (*rewrite)(Journal *journal, void *arg);
	void *arg;
} JournalOwner;

/* directory: open, this user's. size: of each file, at least. boot_id: of the machine's present run. */
Journal *journal_open(int directory, size_t size, const uint8_t boot_id[16], const JournalOwner *owner, Err *e);

/* Makes what the owner has now the whole content; before the first record is put, and to come back from JOURNAL_FAILS. */
int journal_begin(Journal *journal, Err *e);
void journal_free(Journal *journal);

const uint8_t *journal_uuid(const Journal *journal);
JournalState journal_state(const Journal *journal);

/*
 * Room for everything that can be written about an attempt, so that its end always finds some. 0: there is none, and it
 * must not be started. standing: it is in the journal already, so there is.
 */
size_t journal_claim(Journal *journal, size_t name_len, bool standing);
void journal_release(Journal *journal, size_t claim);
size_t journal_claimed(const Journal *journal, size_t *limit);

/* Into memory only. */
void journal_put(Journal *journal, const JournalRecord *record);

/* Brings what was put to the file, and where a START or END is among it also to the disk. 0 when all of it is there. */
int journal_flush(Journal *journal, Err *e);

/* For the program that takes this one's place: everything flushed, in a state, with both files open. */
void journal_save(const Journal *journal, Buf *out);
Journal *journal_resume(State state, const JournalOwner *owner, Err *e);
int journal_state_check(State state, Err *e);
void journal_keep_open(const Journal *journal, bool keep);

#endif
