/*
 * journal_record.c - encoding, checking and finding of journal records.
 *
 * A record counts when its length, its checksum and every field are good.  It begins
 * on a multiple of 8, so that behind a bad one the next can be looked for.
 */
#include "journal_record.h"

#include <string.h>

#define ALIGNMENT 8
#define MAGIC "Jobgrid journal"

/* In the file. */
typedef struct FileHeader
{
	char magic[16];
	uint32_t version;
	uint32_t crc; /* of the rest, with 0 here */
	JournalHeader header;
} FileHeader;

typedef struct RecordHeader
{
	uint32_t length; /* of payload and text */
	uint32_t type;
	uint32_t crc;      /* from the seed, of the record with 0 here */
	uint32_t reserved; /* 0 */
} RecordHeader;

/* CRC-32C (Castagnoli), reflected, four bits at a time. */
static uint32_t
crc32c(uint32_t crc, const void *bytes, size_t len)
{
	static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
									   0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
									   0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
	const uint8_t *p = bytes;

	crc = ~crc;
	for (; len > 0; len--, p++)
	{
		crc ^= *p;
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	return ~crc;
}

static size_t
payload_size(uint32_t type)
{
	static const size_t sizes[JOURNAL_TYPE_END] = {[JOURNAL_START] = sizeof(JournalStart),
												   [JOURNAL_SPAWNED] = sizeof(JournalSpawned),
												   [JOURNAL_END] = sizeof(MsgEnded),
												   [JOURNAL_FORGOTTEN] = sizeof(JournalForgotten)};

	return type < JOURNAL_TYPE_END ? sizes[type] : 0;
}

static size_t
align(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
}

size_t
journal_encoded_size(JournalType type, size_t text_len)
{
	return align(sizeof(RecordHeader) + payload_size(type) + text_len);
}

/* ---- header ---- */

static uint32_t
header_crc(FileHeader file)
{
	file.crc = 0;
	return crc32c(0, &file, sizeof(file));
}

static FileHeader
file_header(const JournalHeader *header)
{
	FileHeader file = {.magic = MAGIC, .version = JOURNAL_VERSION, .header = *header};

	file.crc = header_crc(file);
	return file;
}

uint32_t
journal_seed(const JournalHeader *header)
{
	return file_header(header).crc;
}

void
journal_encode_header(const JournalHeader *header, Buf *out)
{
	FileHeader file = file_header(header);

	buf_append(out, &file, sizeof(file));
}

/* Every version's header has this size and this place for the checksum: a torn one must not pass for a foreign one. */
JournalHeaderState
journal_decode_header(const char *bytes, size_t len, JournalHeader *header)
{
	static const FileHeader nothing = {.version = 0};
	FileHeader file = nothing;

	memcpy(&file, bytes, len < sizeof(file) ? len : sizeof(file));
	if (memcmp(&file, &nothing, sizeof(file)) == 0)
		return JOURNAL_HEADER_NONE;
	if (len < sizeof(file) || memcmp(file.magic, MAGIC, sizeof(file.magic)) != 0 || file.crc != header_crc(file))
		return JOURNAL_HEADER_DAMAGED;
	if (file.version != JOURNAL_VERSION)
		return JOURNAL_HEADER_FOREIGN;
	*header = file.header;
	return JOURNAL_HEADER_GOOD;
}

/* ---- records ---- */

void
journal_encode(const JournalRecord *record, uint32_t seed, Buf *out)
{
	static const char zeros[ALIGNMENT];
	size_t begin = out->len;
	size_t payload = payload_size(record->type);
	size_t text = record->text != NULL ? strnlen(record->text, JOURNAL_MAX_TEXT) : 0;
	RecordHeader header = {.length = (uint32_t) (payload + text), .type = record->type};

	buf_append(out, &header, sizeof(header));
	buf_append(out, &record->u, payload);
	if (text > 0)
		buf_append(out, record->text, text);
	header.crc = crc32c(seed, out->data + begin, out->len - begin);
	memcpy(out->data + begin, &header, sizeof(header));
	buf_append(out, zeros, align(out->len - begin) - (out->len - begin));
}

static bool
is_good(const JournalRecord *record)
{
	const JournalStart *start = &record->u.start;
	const JournalSpawned *spawned = &record->u.spawned;
	Err e;

	switch (record->type)
	{
		case JOURNAL_START:
			if (start->started_at < 0 || start->timeout_ms < 0 || start->timeout_ms > MSG_MAX_DURATION_MS ||
				start->grace_ms < 0 || start->grace_ms > MSG_MAX_DURATION_MS ||
				(start->flags & ~(JOURNAL_FENCED | JOURNAL_LEAVE_RUNNING)) != 0 || start->reserved != 0)
				return false;
			break;
		case JOURNAL_SPAWNED:
			if (spawned->pid <= 1 || spawned->start_ticks < 0 || spawned->reserved != 0)
				return false;
			break;
		case JOURNAL_END:
			return msg_check_ended(&record->u.ended, &e) == 0;
		case JOURNAL_FORGOTTEN:
			break;
		case JOURNAL_TYPE_END:
			return false;
	}
	return msg_check_key(&record->u.key, &e) == 0;
}

size_t
journal_decode(const char *bytes, size_t len, uint32_t seed, JournalRecord *record,
			   char text_space[JOURNAL_MAX_TEXT + 1])
{
	RecordHeader header;
	RecordHeader blank;
	size_t payload;
	size_t text;

	if (len < sizeof(header))
		return 0;
	memcpy(&header, bytes, sizeof(header));
	payload = payload_size(header.type);
	if (payload == 0 || header.reserved != 0 || header.length < payload || header.length > payload + JOURNAL_MAX_TEXT ||
		header.length > len - sizeof(header))
		return 0;
	blank = header;
	blank.crc = 0;
	if (crc32c(crc32c(seed, &blank, sizeof(blank)), bytes + sizeof(header), header.length) != header.crc)
		return 0;
	text = header.length - payload;
	memset(record, 0, sizeof(*record));
	record->type = (JournalType) header.type;
	memcpy(&record->u, bytes + sizeof(header), payload);
	memcpy(text_space, bytes + sizeof(header) + payload, text);
	text_space[text] = '\0';
	record->text = text_space;
	return is_good(record) ? journal_encoded_size(record->type, text) : 0;
}

/* A torn end has nothing behind it. Looked for only where a record was to be expected. */
static bool
good_behind(const char *image, size_t len, size_t at, uint32_t seed)
{
	char text[JOURNAL_MAX_TEXT + 1];
	JournalRecord record;

	for (at += ALIGNMENT; at < len; at += ALIGNMENT)
	{
		if (journal_decode(image + at, len - at, seed, &record, text) > 0)
			return true;
	}
	return false;
}

void
journal_scan(const char *image, size_t len, uint32_t seed, JournalVisit visit, void *arg, JournalScan *found)
{
	char text[JOURNAL_MAX_TEXT + 1];
	JournalRecord record;
	size_t at = JOURNAL_RECORDS;

	*found = (JournalScan){.end = at};
	while (at < len)
	{
		size_t size = journal_decode(image + at, len - at, seed, &record, text);

		if (size == 0)
			break;
		if (visit != NULL)
			visit(&record, arg);
		found->count++;
		at += size;
	}
	found->end = at;
	found->damaged = at < len && good_behind(image, len, at, seed);
}
