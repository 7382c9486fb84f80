/*
 * A time zone, read from the bytes of a TZif file.
 *
 * Only offsets are kept: names and whether it is summer decide nothing here. Neighbouring transitions with the same
 * offset become one span, so that the ends of a span are moments at which the clock on the wall leaps.
 */
#include "zone.h"

#include <string.h>

#include "civil.h"
#include "zone_rule.h"

#define HEADER_BYTES 44
#define LEAST_OFFSET (-25 * 3600 + 1)
#define MOST_OFFSET (26 * 3600 - 1)
#define RULE_YEARS 2 /* before and after the one that is asked for */
#define RULE_CHANGES (2 * (2 * RULE_YEARS + 1))

typedef struct Change
{
	int64_t at;
	int32_t offset; /* from then on */
} Change;

struct JgZone
{
	int32_t first_offset; /* before the first change */
	int32_t nchanges;
	bool has_rule;
	JgZoneRule rule; /* for what comes after the last change */
	Change changes[];
};

typedef struct Block
{
	const uint8_t *times;
	const uint8_t *indexes;
	const uint8_t *types;
	const uint8_t *end;
	uint32_t ntimes;
	uint32_t ntypes;
	uint32_t time_bytes;
} Block;

static uint32_t
read_u32(const uint8_t *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static int64_t
read_time(const uint8_t *p, uint32_t bytes)
{
	if (bytes == 4)
		return (int32_t) read_u32(p);
	return (int64_t) ((uint64_t) read_u32(p) << 32 | read_u32(p + 4));
}

size_t
jg_zone_room(size_t size)
{
	/* A transition takes 5 bytes of the file at least. */
	return size < HEADER_BYTES || size > UINT32_MAX ? 0 : sizeof(JgZone) + size / 5 * sizeof(Change);
}

/* The block whose header begins there; NULL where it does not fit, or says what cannot be. */
static const char *
read_block(const uint8_t *at, const uint8_t *end, uint32_t time_bytes, Block *block)
{
	/* Of UTC and standard time indicators, leap seconds, transitions, types, letters of names. */
	uint32_t counts[6];
	uint64_t size;

	if (end - at < HEADER_BYTES || memcmp(at, "TZif", 4) != 0)
		return "it is no TZif file";
	for (int i = 0; i < 6; i++)
		counts[i] = read_u32(at + 20 + 4 * i);
	if (counts[2] != 0)
		return "it counts leap seconds, which the server's clock does not";
	size = (uint64_t) counts[3] * (time_bytes + 1) + (uint64_t) counts[4] * 6 + counts[5] + counts[1] + counts[0];
	if ((uint64_t) (end - at - HEADER_BYTES) < size)
		return "it is shorter than it says";
	if (counts[4] == 0 || counts[4] > 256)
		return "it has no local time, or too many";
	block->times = at + HEADER_BYTES;
	block->ntimes = counts[3];
	block->indexes = block->times + (size_t) counts[3] * time_bytes;
	block->types = block->indexes + counts[3];
	block->ntypes = counts[4];
	block->time_bytes = time_bytes;
	block->end = at + HEADER_BYTES + size;
	return NULL;
}

static const char *
take_changes(const Block *block, JgZone *zone)
{
	int32_t offset;
	int64_t before = 0;

	for (uint32_t i = 0; i < block->ntypes; i++)
	{
		int32_t type_offset = (int32_t) read_u32(block->types + 6 * i);

		if (type_offset < LEAST_OFFSET || type_offset > MOST_OFFSET)
			return "it has an offset of more than a day";
	}
	offset = zone->first_offset = (int32_t) read_u32(block->types);
	for (uint32_t i = 0; i < block->ntimes; i++)
	{
		int64_t at = read_time(block->times + (size_t) i * block->time_bytes, block->time_bytes);
		int32_t next;

		if (block->indexes[i] >= block->ntypes)
			return "it names a local time that it does not have";
		if (i > 0 && at <= before)
			return "its transitions are not in order";
		before = at;
		next = (int32_t) read_u32(block->types + 6 * (size_t) block->indexes[i]);
		if (next != offset)
			zone->changes[zone->nchanges++] = (Change){at, next};
		offset = next;
	}
	return NULL;
}

/* The line between two newlines behind the block; none at all is allowed. */
static const char *
take_footer(const Block *block, const uint8_t *end, JgZone *zone)
{
	const uint8_t *line = block->end;
	const uint8_t *newline;

	if (line == end || *line != '\n')
		return "it has no footer";
	line++;
	newline = memchr(line, '\n', (size_t) (end - line));
	if (newline == NULL)
		return "its footer does not end";
	zone->has_rule = newline > line;
	if (zone->has_rule && !jg_zone_rule_read((const char *) line, (size_t) (newline - line), &zone->rule))
		return "its footer is no rule";
	return NULL;
}

const JgZone *
jg_zone_read(const uint8_t *bytes, size_t size, void *room, const char **why)
{
	const uint8_t *end = bytes + size;
	JgZone *zone = room;
	Block block;

	memset(zone, 0, sizeof(*zone));
	*why = read_block(bytes, end, 4, &block);
	if (*why != NULL)
		return NULL;
	/* From version 2 on everything comes a second time, with longer times. */
	if (bytes[4] >= '2')
	{
		*why = read_block(block.end, end, 8, &block);
		if (*why == NULL)
			*why = take_footer(&block, end, zone);
	}
	if (*why == NULL)
		*why = take_changes(&block, zone);
	return *why == NULL ? zone : NULL;
}

/* What the rule changes around that year, after the moment `since`, in order; neighbours differ. */
static int
rule_changes(const JgZoneRule *rule, int year, int64_t since, int32_t offset, Change *changes)
{
	Change all[RULE_CHANGES];
	int n = 0;
	int kept = 0;

	for (int y = year - RULE_YEARS; y <= year + RULE_YEARS; y++)
	{
		Change start = {0, rule->other};
		Change end = {0, rule->standard};

		jg_zone_rule_year(rule, y, &start.at, &end.at);
		/* An end that is a start as well, of a year that is all summer, comes first. */
		for (int i = 0; i < 2; i++)
		{
			Change change = i == 0 ? end : start;
			int place = n++;

			for (; place > 0 && all[place - 1].at > change.at; place--)
				all[place] = all[place - 1];
			all[place] = change;
		}
	}
	for (int i = 0; i < n; i++)
	{
		if (all[i].at <= since || (i + 1 < n && all[i + 1].at == all[i].at) || all[i].offset == offset)
			continue;
		changes[kept++] = all[i];
		offset = all[i].offset;
	}
	return kept;
}

/* The span of a moment that is not before the last change. */
static JgSpan
span_by_rule(const JgZone *zone, int64_t moment)
{
	const Change *last = zone->nchanges > 0 ? &zone->changes[zone->nchanges - 1] : NULL;
	JgSpan span = {last ? last->at : INT64_MIN, INT64_MAX, last ? last->offset : zone->first_offset};
	int64_t day = moment / JG_DAY_SECONDS;
	Change changes[RULE_CHANGES];
	int n = 0;

	/* A rule says nothing new about times that nobody will see. */
	if (zone->has_rule && zone->rule.changes && day > -1000000 && day < 1000000)
		n = rule_changes(&zone->rule, jg_civil_date((int32_t) day).year, span.since, span.offset, changes);
	for (int i = 0; i < n; i++)
	{
		if (changes[i].at > moment)
		{
			span.until = changes[i].at;
			break;
		}
		span.since = changes[i].at;
		span.offset = changes[i].offset;
	}
	return span;
}

JgSpan
jg_zone_span(const JgZone *zone, int64_t moment)
{
	int low = 0;
	int high = zone->nchanges;

	/* How many changes are not later than the moment. */
	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (zone->changes[middle].at <= moment)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zone->nchanges)
		return span_by_rule(zone, moment);
	return (JgSpan){low > 0 ? zone->changes[low - 1].at : INT64_MIN, zone->changes[low].at,
					low > 0 ? zone->changes[low - 1].offset : zone->first_offset};
}
