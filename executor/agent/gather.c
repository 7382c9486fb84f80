/*
 * gather.c - when the next exchange is worth its price.
 */
#include "gather.h"

void
gather_begin(Gather *gather, int64_t now)
{
	*gather = (Gather){.until = now + GATHER_US, .quiet_at = now + GATHER_QUIET_US};
}

void
gather_end(Gather *gather)
{
	gather->until = 0;
}

int64_t
gather_look(Gather *gather, int64_t now, int64_t room, int64_t slots)
{
	int64_t due;

	if (room != gather->room)
		gather->quiet_at = now + GATHER_QUIET_US;
	gather->room = room;
	due = gather->quiet_at < gather->until ? gather->quiet_at : gather->until;
	return due <= now || room >= (slots + 1) / 2 ? 0 : due;
}
