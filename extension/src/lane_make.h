/* Makes lanes: only the scheduler does. */
#ifndef JG_LANE_MAKE_H
#define JG_LANE_MAKE_H

#include "postgres.h"

/*
 * The lane of runs of a job in a queue, with the executor the run is pinned to (NULL = the job's own wish). Made where
 * there is none yet. Raises where the job is gone. SPI must be connected.
 */
extern int32 jg_lane_for(int32 job_id, const char *queue, const char *pin);

#endif
