/* Which jobs an edit can have closed a circle with. */
#ifndef JG_CYCLE_NEAR_H
#define JG_CYCLE_NEAR_H

#include "postgres.h"

/* What makes an edge e of job_edge one that can be in a circle. */
#define JG_CYCLE_EDGE                                      \
	"e.source = 'j' and e.purpose = 's' and e.kind <> 'n'" \
	" and (e.inside or e.lookback = 'd') and not e.autosys and e.upstream_id is not null"

/*
 * The jobs among which any circle is that goes through one of the given jobs, themselves among them. False: they are too
 * many to be looked for one by one. SPI must be connected.
 */
extern bool jg_cycle_near(const int32 *job_ids, int n, int32 **near, int *nnear);

#endif
