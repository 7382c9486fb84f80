/*
 * gather.h - when the next exchange is worth its price.
 *
 * An exchange with a dozen ends costs the database less than two with one.  Where every slot that frees is filled again
 * from work that waits, nobody waits for one job more than for another, so the next request is held back as long as ends
 * keep coming, until half of the slots are free.  It knows no clock and no connection.
 */
#ifndef JOBGRID_AGENT_GATHER_H
#define JOBGRID_AGENT_GATHER_H

#include <stdint.h>

#define GATHER_US INT64_C(20000)
#define GATHER_QUIET_US INT64_C(2000) /* ends have ceased to come */

typedef struct Gather
{
	int64_t until; /* 0: nothing is held back */
	int64_t room;  /* free slots when it was last looked */
	int64_t quiet_at;
} Gather;

/* All that was asked for has come: more waits. */
void gather_begin(Gather *gather, int64_t now);
void gather_end(Gather *gather);

/* With so much room in so many slots: when to look again, or 0, the request may go. */
int64_t gather_look(Gather *gather, int64_t now, int64_t room, int64_t slots);

#endif
