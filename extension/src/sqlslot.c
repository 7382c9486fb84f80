/*
 * SQL runs at work: one slot each, in shared memory.
 *
 * A slot is not the truth about a run, its lease is; what is lost with the slots in a crash is found in the leases when
 * the dispatcher starts. A slot ends with its process: the only way to `done` is the worker's exit, so that whoever
 * sees it knows that nothing of the run is at work any more.
 */
#include "sqlslot.h"

#include <signal.h>

#include "bell.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

typedef struct JgSqlShared
{
	LWLock *lock;
	JgSqlSlot slots[JG_SQL_SLOTS];
} JgSqlShared;

static JgSqlShared *shared;
static shmem_request_hook_type previous_request_hook;
static shmem_startup_hook_type previous_startup_hook;

static void
request(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(sizeof(JgSqlShared));
	RequestNamedLWLockTranche("jobgrid sql", 1);
}

static void
startup(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("jobgrid sql", sizeof(JgSqlShared), &found);
	if (!found)
	{
		memset(shared, 0, sizeof(JgSqlShared));
		shared->lock = &(GetNamedLWLockTranche("jobgrid sql"))->lock;
	}
	LWLockRelease(AddinShmemInitLock);
}

void
jg_sqlslot_init(void)
{
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup;
}

int
jg_sqlslot_reserve(const JgSqlSlot *run)
{
	int index = -1;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < JG_SQL_SLOTS && index < 0; i++)
	{
		JgSqlSlot *slot = &shared->slots[i];
		uint32 generation = slot->generation;

		if (slot->state != JG_SQL_FREE)
			continue;
		index = i;
		*slot = *run;
		slot->generation = generation + 1;
		slot->state = JG_SQL_RESERVED;
		slot->pid = 0;
		slot->latch = NULL;
		slot->outcome = JG_SQL_DIED;
	}
	LWLockRelease(shared->lock);
	return index;
}

void
jg_sqlslot_go(int index)
{
	JgSqlSlot *slot = &shared->slots[index];

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	/* Done already: its process has come to an end before. */
	Assert(slot->state == JG_SQL_RESERVED || slot->state == JG_SQL_DONE);
	if (slot->state == JG_SQL_RESERVED)
		slot->state = JG_SQL_GOING;
	if (slot->latch != NULL)
		SetLatch(slot->latch);
	LWLockRelease(shared->lock);
}

static void
release(JgSqlSlot *slot)
{
	slot->state = JG_SQL_FREE;
	slot->generation++;
	if (slot->latch != NULL)
		SetLatch(slot->latch);
	slot->latch = NULL;
	slot->pid = 0;
	slot->run_id = 0;
}

void
jg_sqlslot_void(int index)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	Assert(shared->slots[index].state == JG_SQL_RESERVED || shared->slots[index].state == JG_SQL_DONE);
	release(&shared->slots[index]);
	LWLockRelease(shared->lock);
}

void
jg_sqlslot_free(int index)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	Assert(shared->slots[index].state == JG_SQL_DONE || shared->slots[index].pid == 0);
	release(&shared->slots[index]);
	LWLockRelease(shared->lock);
}

int
jg_sqlslot_in_use(void)
{
	int n = 0;

	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < JG_SQL_SLOTS; i++)
		n += shared->slots[i].state != JG_SQL_FREE;
	LWLockRelease(shared->lock);
	return n;
}

void
jg_sqlslot_copy(int index, JgSqlSlot *copy)
{
	LWLockAcquire(shared->lock, LW_SHARED);
	*copy = shared->slots[index];
	LWLockRelease(shared->lock);
}

uint32
jg_sqlslot_generation(int index)
{
	return shared->slots[index].generation;
}

/* The signal is sent under the lock: a pid that is still here belongs to the worker. */
bool
jg_sqlslot_cancel(int index, TimestampTz kill_at)
{
	JgSqlSlot *slot = &shared->slots[index];
	bool first;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	first = !slot->cancel;
	if (first)
	{
		slot->cancel = true;
		slot->kill_at = kill_at;
		if (slot->pid != 0)
			kill(slot->pid, SIGINT);
	}
	LWLockRelease(shared->lock);
	return first;
}

void
jg_sqlslot_kill(int index)
{
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (shared->slots[index].pid != 0)
		kill(shared->slots[index].pid, SIGTERM);
	shared->slots[index].kill_at = 0;
	LWLockRelease(shared->lock);
}

bool
jg_sqlslot_arrive(int index, uint32 generation, JgSqlSlot *copy)
{
	JgSqlSlot *slot = &shared->slots[index];
	bool ours;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	ours = slot->generation == generation && (slot->state == JG_SQL_RESERVED || slot->state == JG_SQL_GOING);
	if (ours)
	{
		slot->pid = MyProcPid;
		slot->latch = MyLatch;
		*copy = *slot;
	}
	LWLockRelease(shared->lock);
	return ours;
}

void
jg_sqlslot_leave(int index, uint32 generation)
{
	JgSqlSlot *slot = &shared->slots[index];

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (slot->generation == generation)
	{
		Assert(slot->pid == MyProcPid);
		slot->state = JG_SQL_DONE;
		slot->pid = 0;
		slot->latch = NULL;
	}
	LWLockRelease(shared->lock);
	jg_ring_now(JG_DISPATCHER);
}

JgSqlState
jg_sqlslot_state(int index, uint32 generation)
{
	JgSqlState state;

	LWLockAcquire(shared->lock, LW_SHARED);
	state = shared->slots[index].generation == generation ? shared->slots[index].state : JG_SQL_FREE;
	LWLockRelease(shared->lock);
	return state;
}

void
jg_sqlslot_begun(int index)
{
	shared->slots[index].begun = true;
}

bool
jg_sqlslot_cancelled(int index)
{
	return shared->slots[index].cancel;
}

void
jg_sqlslot_timed_out(int index)
{
	shared->slots[index].timed_out = true;
}

void
jg_sqlslot_report(int index, JgSqlOutcome outcome, const char *message, const char *command_tag, bool has_rows,
				  uint64 rows)
{
	JgSqlSlot *slot = &shared->slots[index];

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	Assert(slot->pid == MyProcPid);
	slot->outcome = outcome;
	strlcpy(slot->message, message ? message : "", sizeof(slot->message));
	strlcpy(slot->command_tag, command_tag ? command_tag : "", sizeof(slot->command_tag));
	slot->has_rows = has_rows;
	slot->rows = rows;
	LWLockRelease(shared->lock);
}
