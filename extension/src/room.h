/* What an executor has free for jobs with needs, as a vector of resources. Pure: no server inside. */
#ifndef JG_ROOM_H
#define JG_ROOM_H

#include <stdbool.h>
#include <stdint.h>

/* The first resources of every vector; the executor's tokens follow. */
enum
{
	JG_ROOM_CPU_MILLI,
	JG_ROOM_MEMORY,
	JG_ROOM_TOKENS
};

/* free[] may be negative: an executor may come back with less than what its runs need. */
typedef struct JgRoom
{
	int n;
	int64_t *free;
} JgRoom;

/* needs: as many amounts as the room has resources, none negative; NULL needs nothing. */
extern bool jg_room_fits(const JgRoom *room, const int64_t *needs);
extern void jg_room_take(JgRoom *room, const int64_t *needs, int64_t times);

#endif
