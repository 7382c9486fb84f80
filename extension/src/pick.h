/* Takes runs out of `ready`. */
#ifndef JG_PICK_H
#define JG_PICK_H

#include "postgres.h"

#include "narrow.h"
#include "room.h"

typedef struct JgLane
{
	int32 lane_id;
	int32 tenant_id;
	int32 weight;         /* of the tenant */
	const int64_t *needs; /* of each of its runs, as the room has resources; NULL = none */
} JgLane;

/*
 * Deletes at most `want` rows of the given lanes from ready and returns them in the order in which they are to start.
 * Rows that others are taking at this moment are passed over, and so are lanes whose needs do not fit into the room; what
 * is taken leaves it. room NULL: needs do not count. SPI must be connected; the caller writes the leases.
 */
extern int jg_pick(const JgLane *lanes, int nlanes, int want, JgRoom *room, JgNarrow *picked);

#endif
