/*
 * Time zones from TZif files.
 *
 * A file is read into a list of spans, neighbours of the same offset made one, and the rule of its footer, which holds
 * from the end of that list on. Every number in the file is held against the file's size before it is used. There are
 * no pointers inside, so that a zone can be moved and shared.
 */
#include "zone.h"

#include <string.h>

#include "zone_rule.h"

#define HEADER 44
#define TYPE 6
#define SMALLEST (HEADER + TYPE + 1)
#define LARGEST 65536 /* real files have less than 4 kB, and the reference implementation takes half of this */

#define LOWEST_OFFSET (-25 * 3600) /* both exclusive */
#define HIGHEST_OFFSET (26 * 3600)

typedef struct Entry
{
	int64_t since; /* until the next one's; the last one's end is rule_since */
	int32_t offset;
} Entry;

struct JgZone
{
	JgZoneRule rule;
	int64_t rule_since; /* a change of the rule's; INT64_MAX if there is none to come */
	int32_t count;
	Entry entries[];
};

typedef struct Bytes
{
	const uint8_t *at;
	size_t size;
} Bytes;

/* Header and data of one kind of times. */
typedef struct Block
{
	int time_size;
	/* in the order of the header */
	uint32_t utc_flags;
	uint32_t standard_flags;
	uint32_t leaps;
	uint32_t ntimes;
	uint32_t ntypes;
	uint32_t nletters;
	const uint8_t *times;
	const uint8_t *indexes;
	const uint8_t *types;
	const uint8_t *letters;
} Block;

static uint32_t
number_at(const uint8_t *at)
{
	return (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 8 | at[3];
}

static int64_t
time_at(const Block *block, uint32_t i)
{
	const uint8_t *at = block->times + (size_t) i * (size_t) block->time_size;

	if (block->time_size == 4)
		return (int32_t) number_at(at);
	return (int64_t) ((uint64_t) number_at(at) << 32 | number_at(at + 4));
}

static int32_t
offset_of(const Block *block, uint8_t type)
{
	return (int32_t) number_at(block->types + (size_t) type * TYPE);
}

/* Takes a header and its data off the bytes, with no look at what the data say. */
static const char *
take_block(Bytes *rest, int time_size, Block *block)
{
	const uint8_t *header = rest->at;
	uint64_t length;

	if (rest->size < HEADER || memcmp(header, "TZif", 4) != 0)
		return "it has no TZif header";
	*block = (Block){.time_size = time_size,
					 .utc_flags = number_at(header + 20),
					 .standard_flags = number_at(header + 24),
					 .leaps = number_at(header + 28),
					 .ntimes = number_at(header + 32),
					 .ntypes = number_at(header + 36),
					 .nletters = number_at(header + 40)};
	length = HEADER + (uint64_t) block->ntimes * (unsigned) (time_size + 1) + (uint64_t) block->ntypes * TYPE +
			 block->nletters + (uint64_t) block->leaps * (unsigned) (time_size + 4) + block->standard_flags +
			 block->utc_flags;
	if (length > rest->size)
		return "it is shorter than its header says";
	block->times = header + HEADER;
	block->indexes = block->times + (size_t) block->ntimes * (size_t) time_size;
	block->types = block->indexes + block->ntimes;
	block->letters = block->types + (size_t) block->ntypes * TYPE;
	rest->at += length;
	rest->size -= length;
	return NULL;
}

static const char *
check_block(const Block *block)
{
	if (block->leaps != 0)
		return "it counts leap seconds";
	if (block->ntypes == 0 || block->nletters == 0 ||
		(block->standard_flags != 0 && block->standard_flags != block->ntypes) ||
		(block->utc_flags != 0 && block->utc_flags != block->ntypes))
		return "the counts in its header contradict each other";
	if (block->letters[block->nletters - 1] != '\0')
		return "its designations do not end";
	for (uint32_t i = 0; i < block->ntypes; i++)
	{
		const uint8_t *type = block->types + (size_t) i * TYPE;
		int32_t offset = (int32_t) number_at(type);

		if (offset <= LOWEST_OFFSET || offset >= HIGHEST_OFFSET)
			return "it has an offset that no clock has";
		if (type[4] > 1 || type[5] >= block->nletters)
			return "it has a type of local time that is none";
	}
	for (uint32_t i = 0; i < block->ntimes; i++)
	{
		if (block->indexes[i] >= block->ntypes)
			return "it has a change to a type of local time that does not exist";
		if (time_at(block, i) == INT64_MAX || (i > 0 && time_at(block, i - 1) >= time_at(block, i)))
			return "its changes are not in order";
	}
	return NULL;
}

/* The block that counts, and in *footer the bytes between it and the end: of those version 1 has none. */
static const char *
find_block(Bytes rest, Block *block, Bytes *footer)
{
	uint8_t version = rest.size >= HEADER ? rest.at[4] : 0;
	const char *wrong;

	if (version != 0 && (version < '2' || version > '4'))
		return "it is of an unknown version";
	wrong = take_block(&rest, 4, block);
	if (wrong == NULL && version != 0)
	{
		if (rest.size >= HEADER && rest.at[4] != version)
			return "it is of two versions";
		wrong = take_block(&rest, 8, block);
	}
	if (wrong == NULL)
		wrong = check_block(block);
	if (wrong != NULL)
		return wrong;
	*footer = (Bytes){rest.at, 0};
	if (version == 0)
		return rest.size == 0 ? NULL : "it is longer than its header says";
	if (rest.size < 2 || rest.at[0] != '\n' || rest.at[rest.size - 1] != '\n')
		return "it has no footer";
	*footer = (Bytes){rest.at + 1, rest.size - 2};
	return NULL;
}

static void
append(JgZone *zone, int64_t since, int32_t offset)
{
	if (zone->count > 0 && zone->entries[zone->count - 1].since == since)
		zone->count--;
	if (zone->count > 0 && zone->entries[zone->count - 1].offset == offset)
		return;
	zone->entries[zone->count++] = (Entry){since, offset};
}

/* The rule holds from the last change on, whatever that one's own type says. */
static void
fill(JgZone *zone, const Block *block, bool has_rule)
{
	zone->count = 0;
	zone->rule_since = INT64_MAX;
	append(zone, INT64_MIN, offset_of(block, 0));
	for (uint32_t i = 0; i < block->ntimes; i++)
		append(zone, time_at(block, i), offset_of(block, block->indexes[i]));
	if (has_rule)
	{
		int64_t last = block->ntimes > 0 ? time_at(block, block->ntimes - 1) : INT64_MIN;
		JgSpan span = jg_zone_rule_span(&zone->rule, last);

		append(zone, last, span.offset);
		zone->rule_since = span.until;
	}
}

size_t
jg_zone_room(size_t size)
{
	if (size < SMALLEST || size > LARGEST)
		return 0;
	/* A change takes at least five bytes of the file. */
	return sizeof(JgZone) + ((size - SMALLEST) / 5 + 1) * sizeof(Entry);
}

const JgZone *
jg_zone_read(const uint8_t *bytes, size_t size, void *room, const char **why)
{
	JgZone *zone = room;
	Block block;
	Bytes footer;

	*why = "its size is not that of a TZif file";
	if (jg_zone_room(size) == 0)
		return NULL;
	*why = find_block((Bytes){bytes, size}, &block, &footer);
	if (*why != NULL)
		return NULL;
	if (footer.size > 0 && !jg_zone_rule_read(footer.at, footer.size, &zone->rule, why))
		return NULL;
	fill(zone, &block, footer.size > 0);
	return zone;
}

JgSpan
jg_zone_span(const JgZone *zone, int64_t moment)
{
	int32_t low = 0;
	int32_t high = zone->count;

	if (moment == INT64_MAX)
		moment--; /* the open end: the moment before is in the same span */
	if (moment >= zone->rule_since)
		return jg_zone_rule_span(&zone->rule, moment);
	while (high - low > 1)
	{
		int32_t middle = low + (high - low) / 2;

		if (zone->entries[middle].since <= moment)
			low = middle;
		else
			high = middle;
	}
	return (JgSpan){zone->entries[low].since, high < zone->count ? zone->entries[high].since : zone->rule_since,
					zone->entries[low].offset};
}
