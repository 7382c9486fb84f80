/*
 * What an executor has free for jobs with needs.
 *
 * A resource of which nothing is needed does not count: a node that is over its memory may still start what needs only
 * a token.
 */
#include "room.h"

#include <stddef.h>

bool
jg_room_fits(const JgRoom *room, const int64_t *needs)
{
	for (int i = 0; needs != NULL && i < room->n; i++)
		if (needs[i] > 0 && needs[i] > room->free[i])
			return false;
	return true;
}

void
jg_room_take(JgRoom *room, const int64_t *needs, int64_t times)
{
	for (int i = 0; needs != NULL && i < room->n; i++)
		room->free[i] -= needs[i] * times;
}
