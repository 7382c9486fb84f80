/*
 * The journal: what was flushed is read again, a full file changes to the other one and loses nothing, and a disk that is
 * full, short or broken is neither believed nor asked twice.
 */
#include "keeper/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"
#include "tap.h"

#define LIVE 400
#define SIZE 65536

static const uint8_t boot_one[16] = {1};
static const uint8_t boot_two[16] = {2};

static char folder[] = "/tmp/jobgrid-journal-XXXXXX";
static int directory;

/* ---- a disk that fails as told ---- */

static struct
{
	int writes;
	int syncs;
	int fail_write; /* errno; 0: works */
	int fail_sync;
	size_t at_most; /* bytes a write; 0: all */
	int die_after;  /* write so many bytes more, then nothing reaches the file; -1: all do */
} disk = {.die_after = -1};

static ssize_t
disk_write(int fd, const void *bytes, size_t len, off_t at)
{
	size_t real;

	disk.writes++;
	if (disk.fail_write != 0)
	{
		errno = disk.fail_write;
		return -1;
	}
	if (disk.at_most > 0 && len > disk.at_most)
		len = disk.at_most;
	real = len;
	if (disk.die_after >= 0)
	{
		if (real > (size_t) disk.die_after)
			real = (size_t) disk.die_after;
		disk.die_after -= (int) real;
	}
	if (real > 0 && pwrite(fd, bytes, real, at) != (ssize_t) real)
		abort();
	return (ssize_t) len;
}

static int
disk_sync(int fd)
{
	(void) fd;
	disk.syncs++;
	errno = disk.fail_sync;
	return disk.fail_sync != 0 ? -1 : 0;
}

/* ---- an owner: what lives, by number ---- */

typedef struct Live
{
	bool started;
	bool ended;
	int exit_code;
	char name[40];
	size_t claim;
} Live;

static Live alive[LIVE];
static int foreign_boot; /* records that were found of another boot */

static JournalRecord
start_of(int i)
{
	return (JournalRecord){.type = JOURNAL_START,
						   .u.start = {.key = {.run_id = i + 1, .attempt = 1}, .timeout_ms = i},
						   .text = alive[i].name};
}

static JournalRecord
end_of(int i)
{
	return (JournalRecord){
		.type = JOURNAL_END,
		.u.ended = {.key = {.run_id = i + 1, .attempt = 1}, .event = EVENT_EXITED, .exit_code = alive[i].exit_code}};
}

static void
found(const JournalRecord *record, bool same_boot, void *arg)
{
	Live *live = &alive[record->u.key.run_id - 1];

	(void) arg;
	foreign_boot += !same_boot;
	switch (record->type)
	{
		case JOURNAL_START:
			live->started = true;
			snprintf(live->name, sizeof(live->name), "%s", record->text);
			return;
		case JOURNAL_END:
			live->ended = true;
			live->exit_code = record->u.ended.exit_code;
			return;
		case JOURNAL_FORGOTTEN:
			*live = (Live){.started = false};
			return;
		default:
			return;
	}
}

static void
rewrite(Journal *journal, void *arg)
{
	(void) arg;
	for (int i = 0; i < LIVE; i++)
	{
		JournalRecord start = start_of(i);
		JournalRecord end = end_of(i);

		if (alive[i].started)
			journal_put(journal, &start);
		if (alive[i].ended)
			journal_put(journal, &end);
	}
}

static Journal *
open_with(const uint8_t *boot, bool begin)
{
	const JournalOwner owner = {.found = found, .rewrite = rewrite};
	Journal *journal;
	Err e;

	memset(alive, 0, sizeof(alive));
	foreign_boot = 0;
	journal = journal_open(directory, SIZE, boot, &owner, &e);
	if (journal == NULL || (begin && journal_begin(journal, &e) < 0))
		printf("# %s\n", e.message);
	return journal;
}

static Journal *
open_journal(void)
{
	return open_with(boot_one, true);
}

static void
remove_files(void)
{
	unlinkat(directory, "journal.0", 0);
	unlinkat(directory, "journal.1", 0);
}

static bool
start(Journal *journal, int i)
{
	JournalRecord record;

	snprintf(alive[i].name, sizeof(alive[i].name), "tenant\njob %d", i);
	alive[i].claim = journal_claim(journal, strlen(alive[i].name), false);
	if (alive[i].claim == 0)
		return false;
	alive[i].started = true;
	record = start_of(i);
	journal_put(journal, &record);
	return true;
}

static void
end(Journal *journal, int i, int exit_code)
{
	JournalRecord record;

	alive[i].ended = true;
	alive[i].exit_code = exit_code;
	record = end_of(i);
	journal_put(journal, &record);
}

static void
forget(Journal *journal, int i)
{
	const JournalRecord record = {.type = JOURNAL_FORGOTTEN, .u.forgotten = {.key = {.run_id = i + 1, .attempt = 1}}};

	journal_release(journal, alive[i].claim);
	alive[i] = (Live){.started = false};
	journal_put(journal, &record);
}

static int
flush(Journal *journal)
{
	Err e;

	return journal_flush(journal, &e);
}

/* What a new journal finds is what was alive in the old. */
static bool
survives(Journal **journal)
{
	static Live before[LIVE];
	bool same = true;

	memcpy(before, alive, sizeof(before));
	journal_free(*journal);
	*journal = open_journal();
	for (int i = 0; i < LIVE; i++)
		same = same && alive[i].started == before[i].started && alive[i].ended == before[i].ended &&
			   alive[i].exit_code == before[i].exit_code && strcmp(alive[i].name, before[i].name) == 0;
	return *journal != NULL && same;
}

/* ---- acts ---- */

static void
act_new(void)
{
	Journal *journal = open_journal();
	uint8_t uuid[16];
	struct stat st;

	ok(journal != NULL && fstatat(directory, "journal.0", &st, 0) == 0 && st.st_size == SIZE &&
		   st.st_blocks * 512 >= SIZE && (st.st_mode & 07777) == 0600,
	   "a new journal is full of zeros, of its whole size and nobody else's");
	memcpy(uuid, journal_uuid(journal), 16);
	ok((uuid[6] & 0xf0) == 0x40 && (uuid[8] & 0xc0) == 0x80, "with a uuid");
	start(journal, 0);
	start(journal, 1);
	end(journal, 1, 7);
	start(journal, 2);
	end(journal, 2, 0);
	flush(journal);
	forget(journal, 2);
	flush(journal);
	ok(survives(&journal) && alive[1].exit_code == 7 && !alive[2].started, "starts and ends are found again");
	ok(memcmp(uuid, journal_uuid(journal), 16) == 0 && foreign_boot == 0, "the uuid is the same");
	journal_free(journal);
	journal = open_with(boot_two, true);
	ok(foreign_boot > 0 && memcmp(uuid, journal_uuid(journal), 16) == 0, "after a reboot they are known as older");
	journal_free(journal);
	remove_files();
	journal = open_journal();
	ok(memcmp(uuid, journal_uuid(journal), 16) != 0, "a lost journal is another one");
	journal_free(journal);
	remove_files();
}

static void
act_grouping(void)
{
	Journal *journal = open_journal();

	disk.syncs = disk.writes = 0;
	for (int i = 0; i < 100 && start(journal, i); i++)
		;
	flush(journal);
	ok(disk.syncs == 1 && disk.writes == 1, "100 starts: %d write, %d sync", disk.writes, disk.syncs);
	/* Its file is full by now; what counts is the normal case. */
	journal_free(journal);
	journal = open_journal();
	disk.syncs = 0;
	end(journal, 0, 1);
	end(journal, 1, 1);
	flush(journal);
	ok(disk.syncs == 1, "two ends: one sync");
	forget(journal, 0);
	flush(journal);
	flush(journal);
	ok(disk.syncs == 1, "forgetting needs none");
	journal_free(journal);
	remove_files();
}

/* Many short lives: the files change again and again. */
static void
act_full(unsigned seed)
{
	Journal *journal = open_journal();
	int flushes = 0;
	int lost = 0;

	srand(seed);
	for (int round = 0; round < 20000; round++)
	{
		int i = rand() % 20;

		if (!alive[i].started)
			start(journal, i);
		else if (!alive[i].ended)
			end(journal, i, rand() % 256);
		else
			forget(journal, i);
		if (rand() % 3 == 0)
			flushes += flush(journal) == 0;
		if (rand() % 2000 == 0)
		{
			flush(journal);
			lost += !survives(&journal);
			/* A new one does not know the old one's claims. */
			for (int k = 0; k < LIVE; k++)
				alive[k].claim = alive[k].started ? journal_claim(journal, strlen(alive[k].name), true) : 0;
		}
	}
	flush(journal);
	ok(lost == 0 && survives(&journal), "20,000 changes through files of 64 kB, %d flushes, seed %u", flushes, seed);
	journal_free(journal);
	remove_files();
}

static void
act_no_room(void)
{
	Journal *journal = open_journal();
	int n = 0;
	int bad = 0;
	size_t limit;

	while (n < LIVE - 1 && start(journal, n))
		n++;
	ok(n > 10 && n < LIVE - 1 && journal_claimed(journal, &limit) <= limit, "there is room for %d attempts and no more",
	   n);
	for (int i = 0; i < n; i++)
	{
		/* The longest end there is. */
		JournalRecord record = end_of(i);
		char text[JOURNAL_MAX_TEXT + 1];

		memset(text, 'x', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		record.text = text;
		alive[i].ended = true;
		journal_put(journal, &record);
		bad += flush(journal) < 0;
	}
	ok(bad == 0, "and for each one's end, however long");
	forget(journal, 0);
	ok(start(journal, n), "one is forgotten: there is room for another");
	ok(flush(journal) == 0 && survives(&journal), "nothing is lost");
	journal_free(journal);
	remove_files();
}

/* The keeper, or the machine, dies after every byte of a write. */
static void
act_torn(void)
{
	int wrong = 0;
	int bytes = 0;

	for (;; bytes++)
	{
		Journal *journal = open_journal();
		int left;

		start(journal, 0);
		flush(journal);
		start(journal, 1);
		end(journal, 0, 5);
		disk.die_after = bytes;
		flush(journal);
		left = disk.die_after;
		disk.die_after = -1;
		journal_free(journal);
		journal = open_journal();
		wrong += !alive[0].started || (alive[0].ended && (alive[0].exit_code != 5 || !alive[1].started));
		/* And what is written from here on is found. */
		end(journal, 0, 6);
		flush(journal);
		wrong += !survives(&journal) || alive[0].exit_code != 6;
		journal_free(journal);
		remove_files();
		if (left > 0)
			break;
	}
	ok(wrong == 0, "torn at each of %d bytes: what was flushed before is there, and the journal goes on", bytes - 1);
}

/* The same while the files change. A torn header is said to be damaged: hundreds of lines that nobody needs. */
static void
act_torn_change(void)
{
	int loud = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY);
	int wrong = 0;
	int bytes = 0;

	dup2(null, STDERR_FILENO);

	for (;; bytes++)
	{
		Journal *journal = open_journal();
		int left;
		Err e;

		start(journal, 0);
		start(journal, 1);
		end(journal, 0, 5);
		flush(journal);
		disk.die_after = bytes;
		journal_begin(journal, &e);
		left = disk.die_after;
		disk.die_after = -1;
		wrong += !survives(&journal) || !alive[1].started || alive[0].exit_code != 5;
		journal_free(journal);
		remove_files();
		if (left > 0)
			break;
	}
	dup2(loud, STDERR_FILENO);
	close(loud);
	close(null);
	ok(wrong == 0, "torn at each of %d bytes of a change of files: all is there", bytes - 1);
}

static void
damage(const char *name, off_t at)
{
	int fd = openat(directory, name, O_RDWR);
	char byte;

	if (pread(fd, &byte, 1, at) != 1)
		abort();
	byte ^= 1;
	if (pwrite(fd, &byte, 1, at) != 1)
		abort();
	close(fd);
}

static void
act_damage(void)
{
	Journal *journal = open_journal();
	uint8_t uuid[16];

	memcpy(uuid, journal_uuid(journal), 16);
	for (int i = 0; i < 5; i++)
		start(journal, i);
	flush(journal);
	journal_free(journal);
	damage("journal.0", JOURNAL_RECORDS + 2 * (off_t) journal_encoded_size(JOURNAL_START, strlen(alive[0].name)) + 20);
	journal = open_journal();
	ok(alive[0].started && alive[1].started && !alive[2].started && !alive[3].started,
	   "a damaged record in the middle is the end");
	ok(memcmp(uuid, journal_uuid(journal), 16) != 0,
	   "and the journal another one: who trusted it must not take what is missing for never started");
	memcpy(uuid, journal_uuid(journal), 16);
	journal_free(journal);
	damage("journal.1", 40);
	journal = open_journal();
	ok(!alive[0].started && memcmp(uuid, journal_uuid(journal), 16) != 0,
	   "with a damaged header nothing is left, not even what the other file had once");
	journal_free(journal);
	remove_files();
}

static void
act_refused(void)
{
	if (symlinkat("/etc/passwd", directory, "journal.1") < 0)
		abort();
	ok(open_journal() == NULL, "a link is not followed");
	remove_files();
	disk.fail_write = ENOSPC;
	ok(open_journal() == NULL, "without space there is no new journal");
	disk.fail_write = 0;
	remove_files();
}

static void
act_short_writes(void)
{
	Journal *journal;

	disk.at_most = 7;
	journal = open_journal();
	start(journal, 0);
	start(journal, 1);
	end(journal, 0, 3);
	ok(flush(journal) == 0 && survives(&journal), "writes that are cut short are completed");
	disk.at_most = 0;
	journal_free(journal);
	remove_files();
}

static void
act_no_space(void)
{
	Journal *journal = open_journal();
	Err e;

	start(journal, 0);
	flush(journal);
	start(journal, 1);
	disk.fail_write = ENOSPC;
	ok(flush(journal) < 0 && journal_state(journal) == JOURNAL_FAILS, "ENOSPC: the flush fails");
	ok(!start(journal, 2), "and nothing more is taken");
	disk.writes = 0;
	ok(flush(journal) < 0 && disk.writes == 0, "nor tried");
	ok(journal_begin(journal, &e) < 0 && journal_state(journal) == JOURNAL_FAILS,
	   "mending fails while there is no space");
	end(journal, 0, 9);
	alive[1] = (Live){.started = false}; /* it was not started, of course */
	disk.fail_write = 0;
	ok(journal_begin(journal, &e) == 0 && journal_state(journal) == JOURNAL_WORKS && start(journal, 2),
	   "then it works again");
	flush(journal);
	ok(survives(&journal) && alive[0].exit_code == 9 && alive[2].started, "with the end that came meanwhile");
	journal_free(journal);
	remove_files();
}

static void
act_broken(void)
{
	Journal *journal = open_journal();
	Err e;

	start(journal, 0);
	disk.fail_sync = EIO;
	ok(flush(journal) < 0 && journal_state(journal) == JOURNAL_DEAD, "EIO at a sync: the journal is dead");
	disk.fail_sync = 0;
	disk.syncs = disk.writes = 0;
	end(journal, 0, 1);
	ok(flush(journal) < 0 && journal_begin(journal, &e) < 0 && disk.syncs == 0 && disk.writes == 0,
	   "and stays so: nothing is synced again and believed");
	journal_free(journal);
	remove_files();

	journal = open_journal();
	start(journal, 0);
	disk.fail_sync = ENOSPC;
	ok(flush(journal) < 0 && journal_state(journal) == JOURNAL_FAILS, "a sync without space is no lost disk");
	disk.fail_sync = 0;
	ok(journal_begin(journal, &e) == 0 && survives(&journal) && alive[0].started,
	   "all of it into the other file, and it works");
	journal_free(journal);
	remove_files();
}

int
main(void)
{
	unsigned seed = tap_seed();

	log_init("test", false);
	journal_io = (JournalIo){disk_write, disk_sync};
	if (mkdtemp(folder) == NULL)
		return 1;
	directory = open(folder, O_RDONLY | O_DIRECTORY);
	act_new();
	act_grouping();
	act_full(seed);
	act_no_room();
	act_torn();
	act_torn_change();
	act_damage();
	act_refused();
	act_short_writes();
	act_no_space();
	act_broken();
	close(directory);
	return rmdir(folder) == 0 ? done_testing() : 1;
}
