/* The dispatcher: whom to wake, and the runs that are started by the server itself. */
#ifndef JG_DISPATCHER_H
#define JG_DISPATCHER_H

#include "lease.h"
#include "pick.h"
#include "worker.h"

/* An open lane, and which of the known executors may serve it. */
typedef struct JgOpenLane
{
	JgLane lane;
	char *kind;
	int ncapabilities;
	bool needs; /* of which an executor may have too little free at the moment */
	int nservers;
	int *servers; /* indexes into the known executors */
} JgOpenLane;

typedef struct JgKnownExecutor
{
	int32 executor_id;
	int ncapabilities;
} JgKnownExecutor;

/* What is known of lanes and executors; read again when anything about them changed. */
typedef struct JgLaneMap
{
	int nlanes;
	JgOpenLane *lanes;
	int nexecutors;
	JgKnownExecutor *executors;
} JgLaneMap;

extern void jg_dispatcher_round(void);

/* dispatcher_lanes.c: NULL while it cannot be read. Valid until the next call. */
extern const JgLaneMap *jg_dispatcher_map(void);

/* Index of a known executor, -1 where it is not. */
extern int jg_dispatcher_executor(const JgLaneMap *map, int32 executor_id);

/* Lanes of one kind, in the form in which runs are picked; returns how many. palloc'd. */
extern int jg_dispatcher_lanes_of(const JgLaneMap *map, const char *kind, JgLane **lanes);

/*
 * dispatcher_claim.c: takes at most `want` runs out of lanes without an executor and prepares their leases, state
 * running; parameters as JSON text, one a run, where asked for. The caller inserts the leases. SPI connected.
 */
extern int jg_dispatcher_claim(const JgLane *lanes, int nlanes, int want, const char *reason, JgLease *leases,
							   char **parameters);

/* The parts of a round. */
extern void jg_dispatcher_external(const JgLaneMap *map);  /* dispatcher_external.c */
extern void jg_dispatcher_workflows(const JgLaneMap *map); /* dispatcher_workflow.c */
extern void jg_dispatcher_start_sql(const JgLaneMap *map); /* dispatcher_sql.c */
extern void jg_dispatcher_reap_sql(void);                  /* dispatcher_reap.c: before anything is started */
extern void jg_dispatcher_wake(const JgLaneMap *map);      /* dispatcher_wake.c */

#endif
