/*
 * Journal files: any image is read to an end inside it, and a record that is read is one that can be written. A fuzzer
 * does not guess checksums, so the bytes are also taken as payloads that were written with a good one.
 */
#include "keeper/journal_record.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SEED 7u

static void
check_record(const JournalRecord *record, void *arg)
{
	char text[JOURNAL_MAX_TEXT + 1];
	JournalRecord same;
	const char *mine = (const char *) &record->u;
	const char *read = (const char *) &same.u;
	Buf bytes = {0};

	(void) arg;
	journal_encode(record, SEED, &bytes);
	if (journal_decode(bytes.data, bytes.len, SEED, &same, text) != bytes.len || same.type != record->type ||
		memcmp(read, mine, sizeof(same.u)) != 0 || strcmp(text, record->text) != 0)
		abort();
	if (record->u.key.run_id <= 0 || (record->type == JOURNAL_SPAWNED && record->u.spawned.pid <= 1))
		abort();
	buf_free(&bytes);
}

static void
scan(const char *image, size_t size)
{
	JournalScan found;

	journal_scan(image, size, SEED, check_record, NULL, &found);
	if (size >= JOURNAL_RECORDS && (found.end < JOURNAL_RECORDS || found.end > size + 7))
		abort();
}

/* The bytes as they are, where records begin. */
static void
scan_raw(const uint8_t *data, size_t size)
{
	Buf image = {0};
	JournalHeader header;

	journal_decode_header((const char *) data, size, &header);
	buf_reserve(&image, JOURNAL_RECORDS + size);
	memset(image.data, 0, JOURNAL_RECORDS);
	image.len = JOURNAL_RECORDS;
	buf_append(&image, data, size);
	scan(image.data, image.len);
	buf_free(&image);
}

/* The bytes as payloads of records: type, length of the text, fields, text. */
static void
scan_written(const uint8_t *data, size_t size)
{
	Buf image = {0};

	buf_reserve(&image, JOURNAL_RECORDS);
	memset(image.data, 0, JOURNAL_RECORDS);
	image.len = JOURNAL_RECORDS;
	while (size > 2)
	{
		JournalRecord record = {.type = (JournalType) (1 + data[0] % (JOURNAL_TYPE_END - 1))};
		size_t fields = size - 2 < sizeof(record.u) ? size - 2 : sizeof(record.u);
		size_t text = data[1];
		char words[256] = "";

		data += 2;
		size -= 2;
		memcpy(&record.u, data, fields);
		data += fields;
		size -= fields;
		text = text < size ? text : size;
		memcpy(words, data, text);
		data += text;
		size -= text;
		record.text = words;
		journal_encode(&record, SEED, &image);
	}
	scan(image.data, image.len);
	buf_free(&image);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scan_raw(data, size);
	scan_written(data, size);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	const AttemptKey key = {.run_id = 7, .attempt = 2};
	const JournalRecord records[] = {
		{.type = JOURNAL_START, .u.start = {.key = key, .timeout_ms = 1000}, .text = "tenant\njob"},
		{.type = JOURNAL_SPAWNED, .u.spawned = {.key = key, .pid = 4711, .start_ticks = 99}, .text = "slot0"},
		{.type = JOURNAL_END, .u.ended = {.key = key, .event = EVENT_EXITED}, .text = ""},
		{.type = JOURNAL_FORGOTTEN, .u.forgotten = {.key = key}}};

	if (i > 9)
		return false;
	if (i == 8)
		journal_encode_header(&(JournalHeader){.generation = 3}, out);
	for (unsigned k = 0; i < 4 && k <= i; k++)
		journal_encode(&records[k], SEED, out);
	for (unsigned k = 0; i >= 4 && i < 8 && k <= i - 4; k++)
	{
		buf_putc(out, (char) (records[k].type - 1));
		buf_putc(out, 5);
		buf_append(out, &records[k].u, sizeof(records[k].u));
		buf_puts(out, "words");
	}
	return true;
}
