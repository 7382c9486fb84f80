/*
 * tail.h - the last bytes of a stream.
 *
 * Pure.  Memory is taken when the first byte comes, and is bounded by the room.
 */
#ifndef JOBGRID_AGENT_TAIL_H
#define JOBGRID_AGENT_TAIL_H

#include <stddef.h>

typedef struct Tail
{
	char *bytes; /* a ring of room bytes; NULL until it is needed */
	size_t room;
	size_t len;
	size_t next; /* where the next byte goes */
} Tail;

/* Puts bytes behind the others; returns how many of all were pushed out. */
size_t tail_put(Tail *tail, size_t room, const char *bytes, size_t len);

/* Keeps the last len bytes only. */
void tail_cut(Tail *tail, size_t len);

/* Copies the bytes in their order to out, which has room for len of them. */
void tail_copy(const Tail *tail, char *out);
void tail_free(Tail *tail);

#endif
