/*
 * Shared memory of the extension: made by the postmaster, found by every backend.
 *
 * What lies here is lost at a restart by intent; whatever must survive is a row.
 */
#include "shmem.h"

#include "commands/dbcommands.h"
#include "errors.h"
#include "guc.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"

JgShared *jg_shared;

static shmem_request_hook_type previous_request_hook;
static shmem_startup_hook_type previous_startup_hook;

static Size
shared_size(void)
{
	return add_size(offsetof(JgShared, executors), mul_size(jg_guc_max_executors, sizeof(JgExecutorSlot)));
}

static void
request(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(shared_size());
	RequestNamedLWLockTranche("jobgrid", 1);
}

static void
initialise(void)
{
	memset(jg_shared, 0, shared_size());
	jg_shared->lock = &(GetNamedLWLockTranche("jobgrid"))->lock;
	for (int i = 0; i < JG_NWORKERS; i++)
	{
		JgWorkerSlot *slot = &jg_shared->workers[i];

		/* Everybody looks once at start: what happened before is found by looking, not by a bell. */
		pg_atomic_init_u32(&slot->bell, 1);
		pg_atomic_init_u64(&slot->wakeups, 0);
		pg_atomic_init_u64(&slot->transactions, 0);
		pg_atomic_init_u64(&slot->errors, 0);
	}
	pg_atomic_init_u32(&jg_shared->held, JG_HELD_UNKNOWN);
	pg_atomic_init_u32(&jg_shared->epoch, 1);
	pg_atomic_init_u32(&jg_shared->later_epoch, 0);
	pg_atomic_init_u32(&jg_shared->lanes_generation, 1);
	pg_atomic_init_u32(&jg_shared->shutters_generation, 1);
	pg_atomic_init_u32(&jg_shared->changes_generation, 1);
	pg_atomic_init_u64(&jg_shared->partition_wanted, 0);
	ConditionVariableInit(&jg_shared->partition_made);
	pg_atomic_init_u64(&jg_shared->clock_offset, 0);
	pg_atomic_init_u64(&jg_shared->works_since, (uint64) GetCurrentTimestamp());
	jg_shared->max_executors = jg_guc_max_executors;
	for (int i = 0; i < jg_guc_max_executors; i++)
	{
		pg_atomic_init_u32(&jg_shared->executors[i].idle, 0);
		pg_atomic_init_u64(&jg_shared->executors[i].full, 0);
	}
}

static void
startup(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	jg_shared = ShmemInitStruct("jobgrid", shared_size(), &found);
	if (!found)
		initialise();
	LWLockRelease(AddinShmemInitLock);
}

void
jg_shmem_init(void)
{
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup;
}

/* The slot of an executor, or a free one made its own. NULL: unknown, or none is free. */
JgExecutorSlot *
jg_executor_slot(int executor_id, bool create)
{
	JgExecutorSlot *unused = NULL;

	Assert(executor_id > 0);
	Assert(LWLockHeldByMe(jg_shared->lock));
	for (int i = 0; i < jg_shared->max_executors; i++)
	{
		JgExecutorSlot *slot = &jg_shared->executors[i];

		if (slot->executor_id == executor_id)
			return slot;
		if (slot->executor_id > 0)
			continue;
		if (unused == NULL)
			unused = slot;
		if (slot->executor_id == 0)
			break;
	}
	if (!create || unused == NULL)
		return NULL;
	unused->executor_id = executor_id;
	unused->cpu = unused->memory = unused->load = -1;
	unused->success = unused->response = -1;
	unused->problem[0] = '\0';
	return unused;
}

void
jg_shmem_require(void)
{
	if (jg_shared == NULL)
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_PRELOADED), errmsg("jobgrid is not preloaded"),
						errhint("Add jobgrid to shared_preload_libraries and restart the server.")));
}

/*
 * No worker looks after another database, and shared memory does not speak of it: what was accepted there would wait for
 * ever, or be handed out twice. Neither name changes while a session is connected, so one look is enough.
 */
void
jg_control_require(void)
{
	static bool known;
	char *here;

	jg_shmem_require();
	if (known)
		return;
	here = get_database_name(MyDatabaseId);
	if (here == NULL || strcmp(here, jg_guc_database) != 0)
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_PRELOADED),
						errmsg("jobgrid works in database \"%s\", not in \"%s\"", jg_guc_database, here ? here : ""),
						errdetail("What is submitted here would never start."),
						errhint("Connect to database \"%s\", or set jobgrid.database to '%s' and restart the server.",
								jg_guc_database, here ? here : "")));
	known = true;
}
