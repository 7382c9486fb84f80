/*
 * Files of time zones as the test writes them: every version, what becomes of their changes, and what has to be refused
 * because it is damaged.
 */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "tap.h"
#include "zones.h"

#define HOUR 3600

static const char *why;

static char
name_of(char version)
{
	return version == 0 ? '1' : version; /* the first has no digit in the file */
}

/* ---- what the list of changes says ---- */

static void
check_versions(void)
{
	static const char versions[] = {0, '2', '3', '4'};

	for (size_t i = 0; i < sizeof(versions); i++)
	{
		const JgZone *zone = zones_make(&(ZoneFile){.version = versions[i],
													.ntypes = 3,
													.offsets = {100, -200, 300},
													.nchanges = 3,
													.changes = {{-2000000000, 1}, {5, 2}, {2000000000, 0}}},
										&why);

		ok(zone != NULL && zones_span_is(zone, INT64_MIN, INT64_MIN, -2000000000, 100) &&
			   zones_span_is(zone, -2000000000, -2000000000, 5, -200) && zones_span_is(zone, 4, -2000000000, 5, -200) &&
			   zones_span_is(zone, 5, 5, 2000000000, 300) && zones_span_is(zone, INT64_MAX, 2000000000, INT64_MAX, 100),
		   "version %c: the first type before all changes, the last change for ever", name_of(versions[i]));
		free((void *) zone);
	}
	ok(zones_make(&(ZoneFile){.version = '1', .ntypes = 1}, &why) == NULL &&
		   zones_make(&(ZoneFile){.version = '5', .ntypes = 1}, &why) == NULL,
	   "other versions are not known");
}

static void
check_merged(void)
{
	const JgZone *zone = zones_make(&(ZoneFile){.version = '2',
												.ntypes = 4,
												.offsets = {0, 0, HOUR, HOUR},
												.nchanges = 4,
												.changes = {{-(INT64_C(1) << 59), 1}, {10, 2}, {20, 3}, {30, 0}}},
									&why);

	ok(zone != NULL && zones_span_is(zone, 0, INT64_MIN, 10, 0) && zones_span_is(zone, 15, 10, 30, HOUR) &&
		   zones_span_is(zone, 30, 30, INT64_MAX, 0),
	   "types of the same offset are one span, and the big bang is no change");
	free((void *) zone);
	zone = zones_make(&(ZoneFile){.version = '2',
								  .ntypes = 2,
								  .offsets = {0, HOUR},
								  .nchanges = 2,
								  .changes = {{INT64_MIN, 1}, {INT64_MAX - 1, 0}}},
					  &why);
	ok(zone != NULL && zones_span_is(zone, 0, INT64_MIN, INT64_MAX - 1, HOUR) &&
		   zones_span_is(zone, INT64_MAX, INT64_MAX - 1, INT64_MAX, 0),
	   "changes at the ends of time");
	free((void *) zone);
	ok(zones_make(&(ZoneFile){.version = '2', .ntypes = 1, .nchanges = 1, .changes = {{INT64_MAX, 0}}}, &why) == NULL &&
		   strstr(why, "order") != NULL,
	   "none after them");
}

/* ---- damage ---- */

static bool
every_part_is_refused(const Buf *bytes)
{
	for (size_t size = 0; size < bytes->len; size++)
	{
		const JgZone *zone = zones_read(bytes->data, size, &why);

		if (zone != NULL)
			printf("# the first %zu bytes are taken for a whole\n", size);
		if (zone != NULL || why == NULL)
			return free((void *) zone), false;
	}
	return true;
}

static void
check_parts(const ZoneFile *file)
{
	cleanup_buf Buf bytes = {0};

	zones_write(file, &bytes);
	ok(every_part_is_refused(&bytes), "version %c: each part of a file is refused", name_of(file->version));
	buf_putc(&bytes, 0);
	ok(zones_read(bytes.data, bytes.len, &why) == NULL, "and so is one with more behind");
}

/* Positions count from the header, or from the data after it. */
static void
check_damage(const ZoneFile *file)
{
	size_t header = ZONES_HEADER(file->version);
	size_t wide = file->version == 0 ? 4 : 8;
	size_t indexes = header + 44 + file->nchanges * wide;
	size_t types = indexes + file->nchanges;
	const struct
	{
		const char *name;
		size_t at;
		const char *bytes;
		size_t size;
		const char *reason;
	} damages[] = {
		{"magic", header, "TZIF", 4, "header"},
		{"another version", header + 4, "4", 1, file->version == 0 ? "header" : "two versions"},
		{"many flags", header + 20, "\0\0\1\0", 4, "shorter"},
		{"many leap seconds", header + 28, "\0\0\1\0", 4, "shorter"},
		{"many changes", header + 32, "\377\377\377\377", 4, "shorter"},
		{"many types", header + 36, "\377\377\377\377", 4, "shorter"},
		{"many letters", header + 40, "\377\377\377\377", 4, "shorter"},
		{"a type that is not there", indexes, "\3", 1, "does not exist"},
		{"equal changes", header + 44, file->version == 0 ? "\0\0\0\5" : "\0\0\0\0\0\0\0\5", wide, "order"},
		{"falling changes", header + 44, file->version == 0 ? "\0\0\0\6" : "\0\0\0\0\0\0\0\6", wide, "order"},
		{"an offset of -25 hours", types, "\377\376\240\160", 4, "offset"},
		{"an offset of 26 hours", types, "\0\1\155\240", 4, "offset"},
		{"an offset of -2^31", types, "\200\0\0\0", 4, "offset"},
		{"half a daylight saving time", types + 4, "\2", 1, "none"},
		{"a designation that is not there", types + 5, "\1", 1, "none"},
		{"designations without an end", types + 6 * (size_t) file->ntypes, "A", 1, "do not end"},
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
	{
		cleanup_buf Buf bytes = {0};

		zones_write(file, &bytes);
		memcpy(bytes.data + damages[i].at, damages[i].bytes, damages[i].size);
		ok(zones_read(bytes.data, bytes.len, &why) == NULL && strstr(why, damages[i].reason) != NULL, "version %c: %s",
		   name_of(file->version), damages[i].name);
	}
}

/* Counts that fit the bytes, and still do not fit each other. */
static void
check_counts(void)
{
	static const struct
	{
		const char *name;
		int count[6]; /* in the order of the header */
		size_t data;
		const char *reason;
	} headers[] = {
		{"all is there", {1, 1, 0, 0, 1, 1}, 9, NULL},
		{"leap seconds", {0, 0, 1, 0, 1, 1}, 15, "leap seconds"},
		{"two flags for one type", {0, 2, 0, 0, 1, 1}, 9, "contradict"},
		{"one flag for two types", {1, 0, 0, 0, 2, 1}, 14, "contradict"},
		{"no types", {0, 0, 0, 0, 0, 7}, 7, "contradict"},
		{"no letters", {0, 0, 0, 0, 2, 0}, 12, "contradict"},
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
	{
		cleanup_buf Buf bytes = {0};
		const JgZone *zone;

		buf_append(&bytes, "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
		for (int k = 0; k < 6; k++)
			buf_put_int32(&bytes, headers[i].count[k]);
		for (size_t k = 0; k < headers[i].data; k++)
			buf_putc(&bytes, '\0');
		zone = zones_read(bytes.data, bytes.len, &why);
		ok(headers[i].reason == NULL ? zone != NULL : zone == NULL && strstr(why, headers[i].reason) != NULL,
		   "counts: %s", headers[i].name);
		free((void *) zone);
	}
	ok(jg_zone_room(50) == 0 && jg_zone_room(51) > 0 && jg_zone_room(65536) > 0 && jg_zone_room(SIZE_MAX) == 0,
	   "sizes that no file has");
}

int
main(void)
{
	ZoneFile file = {.ntypes = 3, .offsets = {100, -200, 300}, .nchanges = 2, .changes = {{4, 1}, {5, 2}}};

	check_versions();
	check_merged();
	check_parts(&file);
	check_damage(&file);
	file.version = '2';
	file.footer = "EST5EDT,M3.2.0,M11.1.0";
	check_parts(&file);
	check_damage(&file);
	check_counts();
	return done_testing();
}
