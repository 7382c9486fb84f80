/*
 * Journal records: what was encoded is what is scanned; whatever is cut off or damaged, what is read is what stood before
 * it, unchanged.
 */
#include "keeper/journal_record.h"

#include <string.h>

#include "tap.h"

#define RECORDS 60

static const JournalHeader header = {.journal = {1, 2, 3}, .boot_id = {9, 8, 7}, .generation = 5};

static JournalRecord
example(int i, char text[64])
{
	AttemptKey key = {.run_id = 1000 + i, .fence = -i, .attempt = 1 + i % 3};
	JournalRecord record = {.text = text};

	snprintf(text, 64, "%.*s", i % 40, "tenant\njob with a name of forty bytes ......");
	switch (i % 4)
	{
		case 0:
			record.type = JOURNAL_START;
			record.u.start = (JournalStart){
				.key = key, .started_at = i * 1000, .timeout_ms = i, .grace_ms = 30000, .flags = (uint32_t) i % 4};
			break;
		case 1:
			record.type = JOURNAL_SPAWNED;
			record.u.spawned = (JournalSpawned){.key = key, .start_ticks = i * 77, .pid = 100 + i};
			break;
		case 2:
			record.type = JOURNAL_END;
			record.u.ended = (MsgEnded){
				.key = key, .run_us = i, .ended_at = i + 1, .event = 1 + i % (EVENT_END - 1), .exit_code = i};
			break;
		default:
			record.type = JOURNAL_FORGOTTEN;
			record.u.forgotten.key = key;
			text[0] = '\0';
			break;
	}
	return record;
}

static size_t
payload_of(JournalType type)
{
	static const size_t sizes[] = {0, sizeof(JournalStart), sizeof(JournalSpawned), sizeof(MsgEnded),
								   sizeof(JournalForgotten)};

	return sizes[type];
}

/* Counts what comes as it was written, in order; anything else is a lie. */
typedef struct Check
{
	int next;
	int lies;
} Check;

static void
compare(const JournalRecord *record, void *arg)
{
	Check *check = arg;
	char text[64];
	JournalRecord expected = example(check->next++, text);

	if (record->type != expected.type || memcmp(&record->u, &expected.u, payload_of(expected.type)) != 0 ||
		strcmp(record->text, text) != 0)
		check->lies++;
}

static void
write_file(Buf *file, size_t offsets[RECORDS + 1])
{
	journal_encode_header(&header, file);
	while (file->len < JOURNAL_RECORDS)
		buf_putc(file, '\0');
	for (int i = 0; i < RECORDS; i++)
	{
		char text[64];
		JournalRecord record = example(i, text);

		offsets[i] = file->len;
		journal_encode(&record, journal_seed(&header), file);
	}
	offsets[RECORDS] = file->len;
}

/* Scans a copy of exactly this size, so that the sanitizer sees a read past its end. */
static Check
scan(const char *image, size_t len, JournalScan *found)
{
	char *copy = malloc(len > 0 ? len : 1);
	Check check = {0};

	memcpy(copy, image, len);
	journal_scan(copy, len, journal_seed(&header), compare, &check, found);
	free(copy);
	return check;
}

static int
complete(const size_t *offsets, size_t len)
{
	int n = 0;

	while (n < RECORDS && offsets[n + 1] <= len)
		n++;
	return n;
}

static void
check_whole(const Buf *file, const size_t *offsets)
{
	JournalScan found;
	Check check = scan(file->data, file->len, &found);
	JournalHeader read;
	int sizes = 0;

	ok(check.next == RECORDS && check.lies == 0 && found.end == file->len && !found.damaged && found.count == RECORDS,
	   "%d records come back as they were", RECORDS);
	ok(journal_decode_header(file->data, file->len, &read) == JOURNAL_HEADER_GOOD &&
		   memcmp(&read, &header, sizeof(read)) == 0,
	   "and the header");
	for (int i = 0; i < RECORDS; i++)
	{
		char text[64];
		JournalRecord record = example(i, text);

		sizes += journal_encoded_size(record.type, strlen(text)) != offsets[i + 1] - offsets[i];
	}
	ok(sizes == 0, "sizes are told in advance");
}

static void
check_cuts(const Buf *file, const size_t *offsets)
{
	int wrong = 0;
	int lies = 0;
	int zeroed = 0;
	Buf torn = {0};

	for (size_t len = 0; len <= file->len; len++)
	{
		JournalScan found;
		Check check = scan(file->data, len, &found);
		int whole = complete(offsets, len);

		/* The last bytes may be padding. */
		wrong += check.next != whole && !(check.next == whole + 1 && len + 8 > offsets[whole + 1]);
		wrong += found.damaged;
		lies += check.lies;
	}
	ok(wrong == 0 && lies == 0, "cut at every byte: what was whole before it is read");
	buf_append(&torn, file->data, file->len);
	for (int i = 0; i < 4096; i++)
		buf_putc(&torn, '\0');
	for (size_t at = file->len; at > offsets[RECORDS - 1]; at--)
	{
		JournalScan found;
		Check check;

		torn.data[at - 1] = '\0';
		check = scan(torn.data, torn.len, &found);
		zeroed += check.next < RECORDS - 1 || check.lies > 0 || found.damaged;
	}
	ok(zeroed == 0, "a last record of which every byte more is missing is the end");
	buf_free(&torn);
}

static void
check_flips(Buf *file, const size_t *offsets)
{
	int wrong = 0;
	int lies = 0;

	for (size_t at = JOURNAL_RECORDS; at < file->len; at++)
	{
		int hit = complete(offsets, at);
		JournalScan found;
		Check check;

		file->data[at] ^= (char) (1 << (at % 8));
		check = scan(file->data, file->len, &found);
		file->data[at] ^= (char) (1 << (at % 8));
		lies += check.lies;
		/* A flip in the padding harms nothing. */
		wrong += check.next != RECORDS && (check.next != hit || found.damaged != (hit < RECORDS - 1));
	}
	ok(wrong == 0 && lies == 0, "a bit flipped in every byte: an end, and known as damage where more stands behind it");
}

static void
check_generations(Buf *file, const size_t *offsets)
{
	JournalHeader later = header;
	JournalScan found;
	Check check = {0};

	later.generation++;
	journal_scan(file->data, file->len, journal_seed(&later), compare, &check, &found);
	ok(check.next == 0 && !found.damaged, "records of another generation are none");
	/* A new generation over the old one: shorter, with old records behind it. */
	for (int i = 0; i < 10; i++)
	{
		char text[64];
		JournalRecord record = example(i, text);
		Buf bytes = {0};

		journal_encode(&record, journal_seed(&later), &bytes);
		memcpy(file->data + offsets[i], bytes.data, bytes.len);
		buf_free(&bytes);
	}
	journal_scan(file->data, file->len, journal_seed(&later), compare, &check, &found);
	ok(check.next == 10 && check.lies == 0 && !found.damaged && found.end == offsets[10],
	   "what an earlier one left behind the last record is the end");
}

/* The checksum as its definition says it, bit by bit. */
static uint32_t
plain_crc32c(const char *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++)
	{
		crc ^= (uint8_t) bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

static void
sign_header(Buf *bytes)
{
	uint32_t crc;

	memset(bytes->data + 20, 0, 4);
	crc = plain_crc32c(bytes->data, bytes->len);
	memcpy(bytes->data + 20, &crc, 4);
}

static void
check_headers(void)
{
	Buf bytes = {0};
	char zeros[JOURNAL_RECORDS] = {0};
	JournalHeader read;
	int passed = 0;

	journal_encode_header(&header, &bytes);
	ok(journal_decode_header(zeros, sizeof(zeros), &read) == JOURNAL_HEADER_NONE &&
		   journal_decode_header(zeros, 0, &read) == JOURNAL_HEADER_NONE,
	   "zeros are no header");
	for (size_t i = 0; i < bytes.len; i++)
	{
		bytes.data[i] ^= 1;
		passed += journal_decode_header(bytes.data, bytes.len, &read) == JOURNAL_HEADER_GOOD;
		bytes.data[i] ^= 1;
		passed += journal_decode_header(bytes.data, i, &read) == JOURNAL_HEADER_GOOD;
	}
	ok(passed == 0, "a damaged or cut header is not believed");
	bytes.data[16]++;
	ok(journal_decode_header(bytes.data, bytes.len, &read) == JOURNAL_HEADER_DAMAGED,
	   "a version that does not fit the checksum is damage");
	sign_header(&bytes);
	ok(journal_decode_header(bytes.data, bytes.len, &read) == JOURNAL_HEADER_FOREIGN, "one of another version is told");
	buf_free(&bytes);
}

/* Random damage: bytes, cuts, swaps. Never a lie, never a read outside. */
static int
fuzz(const Buf *file, unsigned seed)
{
	int lies = 0;

	srand(seed);
	for (int i = 0; i < 3000; i++)
	{
		char *copy = malloc(file->len);
		size_t len = rand() % 4 == 0 ? (size_t) rand() % (file->len + 1) : file->len;
		JournalScan found;

		memcpy(copy, file->data, file->len);
		for (int damage = 1 + rand() % 8; damage > 0; damage--)
			copy[JOURNAL_RECORDS + (size_t) rand() % (file->len - JOURNAL_RECORDS)] = (char) rand();
		lies += scan(copy, len, &found).lies;
		free(copy);
	}
	return lies;
}

/* A good checksum is no proof of good fields. */
static void
check_fields(void)
{
	char text[JOURNAL_MAX_TEXT + 1];
	int passed = 0;

	for (int what = 0; what < 9; what++)
	{
		AttemptKey key = {.run_id = 1, .attempt = 1};
		JournalRecord record = {.type = JOURNAL_START, .u.start = {.key = key}};
		JournalRecord read;
		Buf bytes = {0};

		if (what >= 5)
			record = (JournalRecord){.type = JOURNAL_SPAWNED, .u.spawned = {.key = key, .pid = 2}};
		if (what == 8)
			record = (JournalRecord){.type = JOURNAL_END, .u.ended = {.key = key, .event = EVENT_END}};
		record.u.key.run_id = what == 0 ? 0 : 1;
		record.u.start.timeout_ms = what == 1 ? -1 : record.u.start.timeout_ms;
		record.u.start.grace_ms = what == 2 ? INT64_MAX : record.u.start.grace_ms;
		record.u.start.flags = what == 3 ? 4 : record.u.start.flags;
		record.u.start.started_at = what == 4 ? -1 : record.u.start.started_at;
		if (what >= 5 && what < 8)
			record.u.spawned.pid = what - 6; /* -1, 0, 1: everybody, our group, init */
		journal_encode(&record, 1, &bytes);
		passed += journal_decode(bytes.data, bytes.len, 1, &read, text) > 0;
		buf_free(&bytes);
	}
	ok(passed == 0, "impossible values are refused, a process of number -1, 0 or 1 above all");
}

int
main(void)
{
	unsigned seed = tap_seed();
	size_t offsets[RECORDS + 1];
	Buf file = {0};

	write_file(&file, offsets);
	check_whole(&file, offsets);
	check_cuts(&file, offsets);
	check_flips(&file, offsets);
	ok(fuzz(&file, seed) == 0, "3,000 times random damage, seed %u", seed);
	check_generations(&file, offsets);
	check_headers();
	check_fields();
	buf_free(&file);
	return done_testing();
}
