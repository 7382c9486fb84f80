/* A time zone, read from the bytes of a TZif file. Pure: no server inside, no files, no global state. */
#ifndef JG_ZONE_H
#define JG_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct JgZone JgZone;

/* A stretch of time with one offset: [since, until) in seconds since 1970 UTC; INT64_MIN and INT64_MAX are open ends. */
typedef struct JgSpan
{
	int64_t since;
	int64_t until;
	int32_t offset; /* local = UTC + offset, seconds */
} JgSpan;

/* Bytes, aligned for an int64_t, that jg_zone_read() needs for a file of that size; 0 = no TZif file has that size. */
extern size_t jg_zone_room(size_t size);

/*
 * Reads a file (RFC 8536 and 9636, versions 1 to 4, with the rule in its footer) into the room, which it returns as a
 * zone; NULL: *why says what is wrong with the bytes, as in "it has no footer". Leap seconds are refused: the server's
 * clock knows none. A zone has no pointers: it may be copied with its room, and the bytes are not needed any more.
 */
extern const JgZone *jg_zone_read(const uint8_t *bytes, size_t size, void *room, const char **why);

/* The span that contains the moment. Spans are as long as the offset stays the same: neighbours differ in it. */
extern JgSpan jg_zone_span(const JgZone *zone, int64_t moment);

#endif
