/*
 * journal.c - two files, of which one is in use.
 *
 * A change to the other file is in this order: records, sync, header, sync; then the
 * old header is wiped, so that a file that was left behind is never taken for the
 * journal.  Files are not trusted beyond their checksums, and a sync that has failed
 * is never repeated: the kernel reports an error once and forgets what it lost.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"

#define ZEROS 65536
#define MAX_PLACE 256

typedef struct JournalFile
{
	int fd;
	size_t size;
	JournalHeaderState state;
	JournalHeader header;
} JournalFile;

struct Journal
{
	JournalFile files[2];
	int current; /* which is in use; -1 before the first */
	JournalHeader header;
	uint32_t seed;
	JournalOwner owner;
	JournalState state;
	size_t end;     /* where the next record goes */
	size_t size;    /* of the smaller file */
	size_t claimed; /* of the half that may be */
	Buf pending;
	bool must_sync; /* START or END is pending */
};

JournalIo journal_io = {pwrite, fdatasync};

static const char *
name_of(int i)
{
	return i == 0 ? "journal.0" : "journal.1";
}

/* ---- files ---- */

static int
write_all(int fd, const char *bytes, size_t len, size_t at, Err *e)
{
	while (len > 0)
	{
		ssize_t n = journal_io.write(fd, bytes, len, (off_t) at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, n < 0 ? errno : ENOSPC, "could not write the journal");
		bytes += n;
		at += (size_t) n;
		len -= (size_t) n;
	}
	return 0;
}

static int
sync_file(int fd, Err *e)
{
	return journal_io.sync(fd) < 0 ? err_set(e, errno, "could not bring the journal to the disk") : 0;
}

/* A file that is too short, or new, is filled up with zeros: later writes must not need space. */
static int
fill_up(JournalFile *file, size_t size, Err *e)
{
	static const char zeros[ZEROS];

	if (file->size >= size)
		return 0;
	for (size_t at = file->size; at < size;)
	{
		size_t len = size - at < ZEROS ? size - at : ZEROS;

		if (write_all(file->fd, zeros, len, at, e) < 0)
			return -1;
		at += len;
	}
	file->size = size;
	return sync_file(file->fd, e);
}

static int
open_file(int directory, int i, JournalFile *file, Err *e)
{
	char bytes[JOURNAL_RECORDS];
	struct stat st;
	ssize_t n;

	file->fd = openat(directory, name_of(i), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return err_set(e, errno, "could not open \"%s\"", name_of(i));
	if (fstat(file->fd, &st) < 0)
		return err_set(e, errno, "could not look at \"%s\"", name_of(i));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return err_set(e, 0, "\"%s\" is not a file of the executor's user", name_of(i));
	n = pread(file->fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return err_set(e, errno, "could not read \"%s\"", name_of(i));
	file->size = (size_t) st.st_size;
	file->state = journal_decode_header(bytes, (size_t) n, &file->header);
	if (file->state == JOURNAL_HEADER_FOREIGN)
		return err_set(e, 0, "\"%s\" was written by another version of this program, which alone can read it",
					   name_of(i));
	if (file->state == JOURNAL_HEADER_DAMAGED)
		log_warnx("\"%s\" is damaged and is not used", name_of(i));
	return 0;
}

/* Both count only after a crash between the new header and the end of the old one; then the later does. */
static int
choose(const Journal *journal)
{
	const JournalFile *a = &journal->files[0];
	const JournalFile *b = &journal->files[1];
	bool a_good = a->state == JOURNAL_HEADER_GOOD;
	bool b_good = b->state == JOURNAL_HEADER_GOOD;

	if (a_good && b_good && memcmp(a->header.journal, b->header.journal, 16) != 0)
	{
		log_warnx("journal.0 and journal.1 are of different journals, neither is used");
		return -1;
	}
	if (a_good && b_good)
		return a->header.generation > b->header.generation ? 0 : 1;
	return a_good ? 0 : b_good ? 1 : -1;
}

/* ---- reading what is there ---- */

typedef struct Reading
{
	const Journal *journal;
	bool same_boot;
} Reading;

static void
found_record(const JournalRecord *record, void *arg)
{
	const Reading *reading = arg;

	reading->journal->owner.found(record, reading->same_boot, reading->journal->owner.arg);
}

/* *whole becomes false where records behind a damaged one were not read. */
static int
read_records(const Journal *journal, const uint8_t boot_id[16], bool *whole, Err *e)
{
	const JournalFile *file = &journal->files[journal->current];
	Reading reading = {.journal = journal, .same_boot = memcmp(file->header.boot_id, boot_id, 16) == 0};
	JournalScan found;
	void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);

	if (map == MAP_FAILED)
		return err_set(e, errno, "could not map \"%s\"", name_of(journal->current));
	journal_scan(map, file->size, journal_seed(&file->header), found_record, &reading, &found);
	munmap(map, file->size);
	*whole = !found.damaged;
	log_debug("\"%s\" has %zu records", name_of(journal->current), found.count);
	if (found.damaged)
		log_warnx("\"%s\" is damaged at byte %zu, and what stands behind that is lost", name_of(journal->current),
				  found.end);
	return 0;
}

/* Whoever trusts this uuid trusts that nothing was started that is not in the journal. */
static int
new_uuid(Journal *journal, Err *e)
{
	uint8_t *uuid = journal->header.journal;

	if (getrandom(uuid, 16, 0) != 16)
		return err_set(e, errno, "could not get random bytes");
	uuid[6] = (uint8_t) ((uuid[6] & 0x0f) | 0x40); /* version 4 */
	uuid[8] = (uint8_t) ((uuid[8] & 0x3f) | 0x80);
	return 0;
}

static int
open_both(Journal *journal, int directory, size_t size, Err *e)
{
	for (int i = 0; i < 2; i++)
	{
		if (open_file(directory, i, &journal->files[i], e) < 0)
			return -1;
		if (journal->files[i].size > size)
			size = journal->files[i].size;
	}
	for (int i = 0; i < 2; i++)
	{
		if (fill_up(&journal->files[i], size, e) < 0)
			return err_wrap(e, "\"%s\"", name_of(i));
	}
	if (sync_file(directory, e) < 0)
		return -1;
	journal->size = size;
	return 0;
}

Journal *
journal_open(int directory, size_t size, const uint8_t boot_id[16], const JournalOwner *owner, Err *e)
{
	Journal *journal = mem_zalloc(sizeof(*journal));
	bool whole = true;
	int result;

	journal->files[0].fd = journal->files[1].fd = -1;
	journal->owner = *owner;
	result = open_both(journal, directory, size, e);
	if (result == 0)
	{
		journal->current = choose(journal);
		if (journal->current >= 0)
		{
			journal->header = journal->files[journal->current].header;
			result = read_records(journal, boot_id, &whole, e);
		}
		if (result == 0 && (journal->current < 0 || !whole))
			result = new_uuid(journal, e);
		memcpy(journal->header.boot_id, boot_id, 16);
	}
	if (result == 0)
		return journal;
	journal_free(journal);
	return NULL;
}

void
journal_free(Journal *journal)
{
	if (journal == NULL)
		return;
	cleanup_close_fd(&journal->files[0].fd);
	cleanup_close_fd(&journal->files[1].fd);
	buf_free(&journal->pending);
	free(journal);
}

const uint8_t *
journal_uuid(const Journal *journal)
{
	return journal->header.journal;
}

JournalState
journal_state(const Journal *journal)
{
	return journal->state;
}

/* ---- room ---- */

/* Twice of what can live fits, so that half of each file is free again after a change to the other. */
static size_t
limit_of(const Journal *journal)
{
	return (journal->size - JOURNAL_RECORDS) / 2;
}

size_t
journal_claim(Journal *journal, size_t name_len, bool standing)
{
	size_t claim = journal_encoded_size(JOURNAL_START, name_len) + journal_encoded_size(JOURNAL_SPAWNED, MAX_PLACE) +
				   journal_encoded_size(JOURNAL_END, JOURNAL_MAX_TEXT);

	if (!standing && (journal->state != JOURNAL_WORKS || journal->claimed + claim > limit_of(journal)))
		return 0;
	journal->claimed += claim;
	return claim;
}

void
journal_release(Journal *journal, size_t claim)
{
	journal->claimed -= claim;
}

size_t
journal_claimed(const Journal *journal, size_t *limit)
{
	*limit = limit_of(journal);
	return journal->claimed;
}

/* ---- writing ---- */

void
journal_put(Journal *journal, const JournalRecord *record)
{
	if (journal->state != JOURNAL_WORKS)
		return;
	journal_encode(record, journal->seed, &journal->pending);
	journal->must_sync |= record->type == JOURNAL_START || record->type == JOURNAL_END;
}

static int
failed(Journal *journal, const Err *e, bool synced)
{
	bool dead = synced && e->errnum != ENOSPC && e->errnum != EDQUOT;

	journal->state = dead ? JOURNAL_DEAD : JOURNAL_FAILS;
	buf_reset(&journal->pending);
	journal->must_sync = false;
	return -1;
}

static void
wipe_header(const JournalFile *file)
{
	static const char zeros[512]; /* a header and more */
	Err e;

	if (write_all(file->fd, zeros, sizeof(zeros), 0, &e) < 0 || sync_file(file->fd, &e) < 0)
		log_warnx("the header of a journal that is not in use any more stays: %s", e.message);
}

/* Everything that lives into the other file. What was pending is part of it. */
static int
change_file(Journal *journal, Err *e)
{
	int target = journal->current == 0 ? 1 : 0;
	const JournalFile *file = &journal->files[target];
	cleanup_buf Buf header = {0};
	bool syncing = false;

	buf_reset(&journal->pending);
	journal->header.generation++;
	journal->seed = journal_seed(&journal->header);
	journal->owner.rewrite(journal, journal->owner.arg);
	journal_encode_header(&journal->header, &header);
	if (journal->pending.len > journal->size - JOURNAL_RECORDS)
	{
		err_set(e, ENOSPC, "the journal is too small");
		return failed(journal, e, false);
	}
	if (write_all(file->fd, buf_text(&journal->pending), journal->pending.len, JOURNAL_RECORDS, e) < 0 ||
		(syncing = true, sync_file(file->fd, e)) < 0 ||
		(syncing = false, write_all(file->fd, header.data, header.len, 0, e)) < 0 ||
		(syncing = true, sync_file(file->fd, e)) < 0)
		return failed(journal, e, syncing);
	wipe_header(&journal->files[1 - target]);
	log_debug("journal: %zu bytes live in generation %" PRIu64, journal->pending.len, journal->header.generation);
	journal->current = target;
	journal->end = JOURNAL_RECORDS + journal->pending.len;
	buf_reset(&journal->pending);
	journal->must_sync = false;
	return 0;
}

int
journal_begin(Journal *journal, Err *e)
{
	if (journal->state == JOURNAL_DEAD)
		return err_set(e, EIO, "the journal cannot be believed");
	journal->state = JOURNAL_WORKS;
	return change_file(journal, e);
}

int
journal_flush(Journal *journal, Err *e)
{
	const JournalFile *file;

	if (journal->state != JOURNAL_WORKS)
		return err_set(e, 0, "the journal does not work");
	if (journal->pending.len == 0)
		return 0;
	if (journal->end + journal->pending.len > journal->size)
		return change_file(journal, e);
	file = &journal->files[journal->current];
	if (write_all(file->fd, journal->pending.data, journal->pending.len, journal->end, e) < 0)
		return failed(journal, e, false);
	if (journal->must_sync && sync_file(file->fd, e) < 0)
		return failed(journal, e, true);
	journal->end += journal->pending.len;
	buf_reset(&journal->pending);
	journal->must_sync = false;
	return 0;
}

/* ---- from program to program ---- */

void
journal_save(const Journal *journal, Buf *out)
{
	const JournalHeader *header = &journal->header;

	state_put_int(out, STATE_JOURNAL_VERSION, JOURNAL_VERSION);
	state_put_int(out, STATE_JOURNAL_FD_0, journal->files[0].fd);
	state_put_int(out, STATE_JOURNAL_FD_1, journal->files[1].fd);
	state_put(out, STATE_JOURNAL_UUID, header->journal, sizeof(header->journal));
	state_put(out, STATE_JOURNAL_BOOT_ID, header->boot_id, sizeof(header->boot_id));
	state_put_int(out, STATE_JOURNAL_GENERATION, (int64_t) header->generation);
	state_put_int(out, STATE_JOURNAL_CURRENT, journal->current);
	state_put_int(out, STATE_JOURNAL_END, (int64_t) journal->end);
	state_put_int(out, STATE_JOURNAL_SIZE, (int64_t) journal->size);
}

int
journal_state_check(State state, Err *e)
{
	JournalHeader header;
	int64_t current = state_int(state, STATE_JOURNAL_CURRENT, -1);

	if (state_int(state, STATE_JOURNAL_VERSION, 0) != JOURNAL_VERSION)
		return err_set(e, 0, "the journal is of another version");
	if (!state_bytes(state, STATE_JOURNAL_UUID, header.journal, sizeof(header.journal)) ||
		!state_bytes(state, STATE_JOURNAL_BOOT_ID, header.boot_id, sizeof(header.boot_id)) || current < 0 ||
		current > 1 || state_int(state, STATE_JOURNAL_GENERATION, 0) < 1 ||
		state_int(state, STATE_JOURNAL_END, 0) < JOURNAL_RECORDS ||
		state_int(state, STATE_JOURNAL_SIZE, 0) < state_int(state, STATE_JOURNAL_END, 0) ||
		state_int(state, STATE_JOURNAL_FD_0, -1) < 0 || state_int(state, STATE_JOURNAL_FD_1, -1) < 0)
		return err_set(e, 0, "the state of the journal is incomplete");
	return 0;
}

Journal *
journal_resume(State state, const JournalOwner *owner, Err *e)
{
	Journal *journal;

	if (journal_state_check(state, e) < 0)
		return NULL;
	journal = mem_zalloc(sizeof(*journal));
	journal->owner = *owner;
	journal->files[0].fd = (int) state_int(state, STATE_JOURNAL_FD_0, -1);
	journal->files[1].fd = (int) state_int(state, STATE_JOURNAL_FD_1, -1);
	state_bytes(state, STATE_JOURNAL_UUID, journal->header.journal, sizeof(journal->header.journal));
	state_bytes(state, STATE_JOURNAL_BOOT_ID, journal->header.boot_id, sizeof(journal->header.boot_id));
	journal->header.generation = (uint64_t) state_int(state, STATE_JOURNAL_GENERATION, 0);
	journal->current = (int) state_int(state, STATE_JOURNAL_CURRENT, 0);
	journal->end = (size_t) state_int(state, STATE_JOURNAL_END, 0);
	journal->size = (size_t) state_int(state, STATE_JOURNAL_SIZE, 0);
	journal->seed = journal_seed(&journal->header);
	return journal;
}

void
journal_keep_open(const Journal *journal, bool keep)
{
	fcntl(journal->files[0].fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
	fcntl(journal->files[1].fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}
