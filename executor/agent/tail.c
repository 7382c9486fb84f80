/*
 * tail.c - the last bytes of a stream, in a ring.
 */
#include "tail.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static void
put_fitting(Tail *tail, const char *bytes, size_t len)
{
	size_t first = len < tail->room - tail->next ? len : tail->room - tail->next;

	memcpy(tail->bytes + tail->next, bytes, first);
	memcpy(tail->bytes, bytes + first, len - first);
	tail->next = (tail->next + len) % tail->room;
}

size_t
tail_put(Tail *tail, size_t room, const char *bytes, size_t len)
{
	size_t all = tail->len + len;

	if (room == 0)
		return len;
	if (tail->bytes == NULL)
	{
		tail->bytes = mem_alloc(room);
		tail->room = room;
	}
	if (len > tail->room)
	{
		bytes += len - tail->room;
		len = tail->room;
	}
	put_fitting(tail, bytes, len);
	tail->len = all < tail->room ? all : tail->room;
	return all - tail->len;
}

void
tail_cut(Tail *tail, size_t len)
{
	if (tail->len > len)
		tail->len = len;
}

void
tail_copy(const Tail *tail, char *out)
{
	size_t begin = tail->len > 0 ? (tail->next + tail->room - tail->len) % tail->room : 0;
	size_t first = tail->len < tail->room - begin ? tail->len : tail->room - begin;

	if (tail->len == 0)
		return;
	memcpy(out, tail->bytes + begin, first);
	memcpy(out + first, tail->bytes, tail->len - first);
}

void
tail_free(Tail *tail)
{
	free(tail->bytes);
	memset(tail, 0, sizeof(*tail));
}
