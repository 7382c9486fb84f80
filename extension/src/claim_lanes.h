/* What an executor may claim: its lanes, and its room for jobs with needs. */
#ifndef JG_CLAIM_LANES_H
#define JG_CLAIM_LANES_H

#include "postgres.h"

#include "pick.h"

/* Open lanes this executor may serve; valid until the next call. Kept in the session until something changed. */
extern const JgLane *jg_claim_lanes(int32 executor_id, int *n);

/*
 * What the executor has free for the lanes of the last call: what it offers less the needs of the runs it has leased, those
 * of this transaction included. NULL: none of the lanes has needs. SPI must be connected.
 */
extern JgRoom *jg_claim_room(void);

/* Runs of the executor have ended: others may wait for the tokens of the grid that they had. */
extern void jg_claim_freed(int32 executor_id);

/* Says which of the lanes do not fit any more, so that the executor is not woken in vain for them. NULL says nothing. */
extern void jg_claim_note_full(const JgRoom *room);

#endif
