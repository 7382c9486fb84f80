/*
 * zones.c - time zones for tests.
 */
#include "zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "mem.h"

static void
write_block(const ZoneFile *file, bool wide, Buf *bytes)
{
	static const char reserved[15];

	buf_append(bytes, "TZif", 4);
	buf_putc(bytes, file->version);
	buf_append(bytes, reserved, sizeof(reserved));
	for (int i = 0; i < 3; i++)
		buf_put_int32(bytes, 0);
	buf_put_int32(bytes, (int32_t) file->nchanges);
	buf_put_int32(bytes, (int32_t) file->ntypes);
	buf_put_int32(bytes, 1);
	for (uint32_t i = 0; i < file->nchanges; i++)
	{
		if (wide)
			buf_put_int64(bytes, file->changes[i].moment);
		else
			buf_put_int32(bytes, (int32_t) file->changes[i].moment);
	}
	for (uint32_t i = 0; i < file->nchanges; i++)
		buf_putc(bytes, (char) file->changes[i].type);
	for (uint32_t i = 0; i < file->ntypes; i++)
	{
		buf_put_int32(bytes, file->offsets[i]);
		buf_put_int16(bytes, 0);
	}
	buf_putc(bytes, '\0');
}

void
zones_write(const ZoneFile *file, Buf *bytes)
{
	const ZoneFile slim = {.version = file->version, .ntypes = 1};

	write_block(file->version == 0 ? file : &slim, false, bytes);
	if (file->version == 0)
		return;
	write_block(file, true, bytes);
	buf_printf(bytes, "\n%s\n", file->footer != NULL ? file->footer : "");
}

const JgZone *
zones_read(const void *bytes, size_t size, const char **why)
{
	size_t need = jg_zone_room(size);
	cleanup_free void *exact = mem_alloc(size > 0 ? size : 1);
	void *room = mem_alloc(need > 0 ? need : 1);
	void *moved = NULL;

	if (size > 0)
		memcpy(exact, bytes, size);
	if (jg_zone_read(exact, size, room, why) != NULL)
	{
		moved = mem_alloc(need);
		memcpy(moved, room, need);
	}
	free(room);
	return moved;
}

const JgZone *
zones_load(const char *path, const char **why)
{
	cleanup_buf Buf bytes = {0};
	Err e;

	*why = "it cannot be read";
	return file_read(path, 1 << 20, &bytes, &e) < 0 ? NULL : zones_read(bytes.data, bytes.len, why);
}

const JgZone *
zones_named(const char *name)
{
	cleanup_free char *path = mem_printf(ZONES_FOLDER "/%s", name);
	const char *why;
	const JgZone *zone = zones_load(path, &why);

	if (zone == NULL)
	{
		printf("Bail out! %s: %s\n", path, why);
		exit(1);
	}
	return zone;
}

const JgZone *
zones_make(const ZoneFile *file, const char **why)
{
	cleanup_buf Buf bytes = {0};

	zones_write(file, &bytes);
	return zones_read(bytes.data, bytes.len, why);
}

bool
zones_span_fits(const JgZone *zone, JgSpan span, int64_t moment)
{
	JgSpan before = jg_zone_span(zone, span.since - (span.since > INT64_MIN));
	JgSpan after = jg_zone_span(zone, span.until);

	return span.since <= moment && (moment < span.until || span.until == INT64_MAX) && span.since < span.until &&
		   (span.since == INT64_MIN || (before.until == span.since && before.offset != span.offset)) &&
		   (span.until == INT64_MAX || (after.since == span.until && after.offset != span.offset));
}

bool
zones_span_is(const JgZone *zone, int64_t moment, int64_t since, int64_t until, int32_t offset)
{
	JgSpan span = jg_zone_span(zone, moment);

	return span.since == since && span.until == until && span.offset == offset && zones_span_fits(zone, span, moment);
}

void
zones_set(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

bool
zones_agrees(const JgZone *zone, int64_t moment)
{
	time_t when = (time_t) moment;
	JgSpan span = jg_zone_span(zone, moment);
	struct tm tm;

	return localtime_r(&when, &tm) != NULL && tm.tm_gmtoff == span.offset && zones_span_fits(zone, span, moment);
}

int64_t
zones_moment(const char *text)
{
	struct tm tm = {0};

	if (strptime(text, strlen(text) > 16 ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M", &tm) == NULL)
		abort();
	return timegm(&tm);
}
