/* Shared memory: doorbells of the workers, executors' sessions, the epoch. Never a truth that a restart would miss. */
#ifndef JG_SHMEM_H
#define JG_SHMEM_H

#include "postgres.h"

#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef enum JgWorker
{
	JG_SCHEDULER,
	JG_DISPATCHER,
	JG_JANITOR,
	JG_NWORKERS
} JgWorker;

/* One static worker. Written by the worker itself; the bell by anybody. */
typedef struct JgWorkerSlot
{
	pg_atomic_uint32 bell; /* rung since the worker last looked */
	Latch *volatile latch; /* NULL while it does not run */
	pid_t pid;
	TimestampTz started_at;
	TimestampTz last_wakeup;
	pg_atomic_uint64 wakeups;
	pg_atomic_uint64 transactions;
	pg_atomic_uint64 errors;
	char state[32];
	char last_error[256];
} JgWorkerSlot;

/* One executor's session. Guarded by JgShared.lock, but for the atomics. */
typedef struct JgExecutorSlot
{
	int executor_id; /* 0 = free, and so are all after it; JG_SLOT_VACANT = free again */
	int pid;         /* backend of the control connection, 0 = session lost */
	pg_uuid_t instance;
	TimestampTz last_seen;
	TimestampTz lost_at;   /* when the session went away, 0 = present */
	pg_atomic_uint32 idle; /* has free slots and found nothing: worth a wake-up */
	pg_atomic_uint64 full; /* jg_lane_bit() of the lanes whose needs did not fit at its last claim */
	int free_slots;
	float4 cpu;
	float4 memory;
	float4 load;
	float4 success;    /* of its last ends, 0 to 1; negative = not known, as above */
	float4 response;   /* seconds from claim to start, of the last */
	char problem[256]; /* why it cannot work, in its own words; "" = it can */
} JgExecutorSlot;

#define JG_SLOT_VACANT (-1)

/* Lanes share bits: of those with needs, one may seem full that is not, and is found by the executor's own poll. */
#define jg_lane_bit(lane_id) (UINT64CONST(1) << ((uint32) (lane_id) % 64))

typedef struct JgShared
{
	LWLock *lock;
	JgWorkerSlot workers[JG_NWORKERS];
	pg_atomic_uint32 held; /* JG_HELD_…: only with NO is anything fired or handed out */
	pg_atomic_uint32 epoch;
	pg_atomic_uint32 later_epoch;         /* highest one beyond ours that an executor has shown, 0 = none */
	pg_atomic_uint32 lanes_generation;    /* bumped when lanes, queues or executors changed */
	pg_atomic_uint32 shutters_generation; /* bumped when jobs may be behind other run windows or blackouts */
	pg_atomic_uint32 changes_generation;  /* bumped when there are other edits in advance */
	pg_atomic_uint64 partition_wanted;    /* highest run id somebody waits for a partition of */
	ConditionVariable partition_made;
	pg_atomic_uint64 works_since; /* TimestampTz: no lease is judged by an earlier moment, nobody could be heard then */
	pg_atomic_uint64 clock_offset; /* of a virtual clock, microseconds; see clock.c */
	int max_executors;
	JgExecutorSlot executors[FLEXIBLE_ARRAY_MEMBER];
} JgShared;

#define JG_HELD_UNKNOWN 0 /* not looked at yet */
#define JG_HELD_NO 1
#define JG_HELD_YES 2

extern JgShared *jg_shared;

extern void jg_shmem_init(void);      /* from _PG_init */
extern void jg_shmem_require(void);   /* raises where the library was not preloaded */
extern void jg_control_require(void); /* the same, and in any database but the control database */
extern JgExecutorSlot *jg_executor_slot(int executor_id, bool create); /* caller holds jg_shared->lock */

#endif
