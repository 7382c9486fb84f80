/*
 * zones.h - time zones for tests: real ones from the system's files, and files written as a test wants them.
 */
#ifndef JOBGRID_TEST_ZONES_H
#define JOBGRID_TEST_ZONES_H

#include "../../extension/src/time/zone.h"
#include "buf.h"

#define ZONES_FOLDER "/usr/share/zoneinfo"

typedef struct ZoneChange
{
	int64_t moment;
	uint8_t type;
} ZoneChange;

/* What stands in a TZif file. */
typedef struct ZoneFile
{
	char version; /* 0, '2', '3' or '4' */
	uint32_t ntypes;
	int32_t offsets[4]; /* of the types */
	uint32_t nchanges;
	ZoneChange changes[8];
	const char *footer; /* not of version 0; NULL as "" */
} ZoneFile;

/* Where the header that counts begins in a file that zones_write() wrote. */
#define ZONES_HEADER(version) ((version) == 0 ? 0u : 51u)

void zones_write(const ZoneFile *file, Buf *bytes);

/*
 * As jg_zone_read(), from bytes and in a room of which sanitizers see each byte too far, and moved elsewhere then. The
 * caller calls free().
 */
const JgZone *zones_read(const void *bytes, size_t size, const char **why);
const JgZone *zones_load(const char *path, const char **why);
/* The system's zone of that name. Without it there is no test: then the program ends. */
const JgZone *zones_named(const char *name);
const JgZone *zones_make(const ZoneFile *file, const char **why);

/* Whether the span holds the moment and differs from those that touch it. */
bool zones_span_fits(const JgZone *zone, JgSpan span, int64_t moment);

/* Whether the span of the moment is this one, and fits. */
bool zones_span_is(const JgZone *zone, int64_t moment, int64_t since, int64_t until, int32_t offset);

/* Whether the zone says of the moment what the C library says in the zone of that name, as in TZ. */
void zones_set(const char *name);
bool zones_agrees(const JgZone *zone, int64_t moment);

/* 2026-01-01 00:00 or 2026-01-01 00:00:00 of UTC */
int64_t zones_moment(const char *text);

#endif
