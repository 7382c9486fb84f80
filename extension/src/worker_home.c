/*
 * Where a worker belongs: the control database and the extension in it.
 *
 * A process can connect to one database only, and connecting to one that does not exist is FATAL. So that a server
 * without the control database does not log that every second, a worker whose predecessor failed to connect first
 * becomes a scout: connected to no database it waits for one to appear, then ends, and its successor connects.
 *
 * Each transaction holds a share lock on the extension itself, taken before any other: DROP EXTENSION asks for that
 * lock first and exclusively, so that it waits for one unit of work at most, never deadlocks with a worker, and no
 * worker meets half of its tables.
 */
#include "worker_home.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "bell.h"
#include "catalog/indexing.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "clock.h"
#include "commands/extension.h"
#include "guc.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/wait_event.h"
#include "worker.h"

#ifndef JOBGRID_VERSION
#error "JOBGRID_VERSION must be given by the Makefile, from jobgrid.control"
#endif

#define MIN_START_INTERVAL_MS 200
#define SCOUT_INTERVAL_MS 2000
#define MAX_PATIENCE_MS 30000

/* What one process of a worker leaves to the next. Written by the worker only. */
typedef struct Legacy
{
	TimestampTz last_start;
	int failed_connects; /* in a row */
} Legacy;

typedef enum Home
{
	HOME_UNKNOWN,
	HOME_ABSENT,
	HOME_OTHER_VERSION,
	HOME_READY
} Home;

static Legacy *legacies;
static shmem_request_hook_type previous_request_hook;
static shmem_startup_hook_type previous_startup_hook;
static Home home = HOME_UNKNOWN;
static Oid home_extension;

static void
request(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(sizeof(Legacy) * JG_NWORKERS);
}

static void
startup(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	legacies = ShmemInitStruct("jobgrid workers", sizeof(Legacy) * JG_NWORKERS, &found);
	if (!found)
		memset(legacies, 0, sizeof(Legacy) * JG_NWORKERS);
	LWLockRelease(AddinShmemInitLock);
}

void
jg_home_init(void)
{
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup;
}

static void
nap(long ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

void
jg_home_throttle(JgWorker worker)
{
	Legacy *legacy = &legacies[worker];
	TimestampTz next = TimestampTzPlusMilliseconds(legacy->last_start, MIN_START_INTERVAL_MS);
	TimestampTz now;

	/* A clock that was set back must not keep the worker out. */
	while ((now = jg_now()) < next && now >= legacy->last_start)
		nap((next - now) / 1000 + 1);
	legacy->last_start = now;
}

/*
 * Is there a database of that name that takes connections? Needs a transaction. Looked for without an index: a process
 * that is connected to no database can open an index only out of the file with the shared catalogues' descriptions,
 * and that file comes and goes. The table itself it always can.
 */
static bool
database_is_open(const char *name)
{
	Relation databases = table_open(DatabaseRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(databases, InvalidOid, false, NULL, 0, NULL);
	HeapTuple tuple;
	bool open = false;

	while (!open && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		open = database->datallowconn && strcmp(NameStr(database->datname), name) == 0;
	}
	systable_endscan(scan);
	table_close(databases, AccessShareLock);
	return open;
}

/* Waits, connected to no database, until a connection can be expected to succeed; then ends the process. */
static void
pg_attribute_noreturn() scout(JgWorker worker)
{
	Legacy *legacy = &legacies[worker];
	bool waited = false;
	bool open;

	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	for (;;)
	{
		StartTransactionCommand();
		open = database_is_open(jg_guc_database);
		CommitTransactionCommand();
		pgstat_report_activity(STATE_IDLE, NULL);
		if (open)
			break;
		if (!waited && worker == JG_SCHEDULER)
			ereport(LOG, (errmsg("jobgrid waits for its control database \"%s\"", jg_guc_database),
						  errhint("Create it, or name another in \"jobgrid.database\" and restart the server.")));
		waited = true;
		nap(SCOUT_INTERVAL_MS);
	}
	/* It is there and was there: the reason for the failure is another one, and may last. */
	if (!waited && legacy->failed_connects > 1)
		nap(Min(legacy->failed_connects * 1000L, MAX_PATIENCE_MS));
	if (waited)
		legacy->failed_connects = 0;
	else
		legacy->failed_connects = -legacy->failed_connects;
	legacy->last_start = 0;
	proc_exit(1);
}

void
jg_home_connect(JgWorker worker)
{
	Legacy *legacy = &legacies[worker];

	/* Negative: a scout has just been there, the way is free. */
	if (legacy->failed_connects > 0)
		scout(worker);
	legacy->failed_connects = 1 - legacy->failed_connects;
	BackgroundWorkerInitializeConnection(jg_guc_database, NULL, 0);
	legacy->failed_connects = 0;
}

/* extversion, palloc'd; NULL where there is no such extension. */
static char *
extension_version(void)
{
	Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	char *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("jobgrid"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool isnull;
		Datum value = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(extensions), &isnull);

		version = isnull ? pstrdup("") : TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return version;
}

/* Locks the extension and returns its version; NULL where there is none. */
static char *
lock_extension(Oid *extension)
{
	for (;;)
	{
		Oid oid = get_extension_oid("jobgrid", true);

		if (!OidIsValid(oid))
			return NULL;
		LockDatabaseObject(ExtensionRelationId, oid, 0, AccessShareLock);
		*extension = get_extension_oid("jobgrid", true);
		if (*extension == oid)
			return extension_version();
		/* Dropped while we waited for the lock; there may be a new one. */
		UnlockDatabaseObject(ExtensionRelationId, oid, 0, AccessShareLock);
	}
}

/* Another extension than before, or none: what shared memory says is about something that is gone. */
static void
forget(JgWorker worker)
{
	if (worker == JG_SCHEDULER)
	{
		pg_atomic_write_u32(&jg_shared->held, JG_HELD_UNKNOWN);
		pg_atomic_write_u32(&jg_shared->epoch, 0);
		pg_atomic_write_u32(&jg_shared->later_epoch, 0);
	}
	else if (worker == JG_JANITOR)
		pg_atomic_write_u64(&jg_shared->partition_wanted, 0);
	pg_atomic_fetch_add_u32(&jg_shared->lanes_generation, 1);
}

static void
report(JgWorker worker, Home now, const char *version)
{
	if (now == home)
		return;
	home = now;
	if (worker != JG_SCHEDULER)
		return; /* one of the three is enough */
	if (now == HOME_ABSENT)
		ereport(LOG, (errmsg("jobgrid waits for its extension in database \"%s\"", jg_guc_database),
					  errhint("CREATE EXTENSION jobgrid;")));
	else if (now == HOME_OTHER_VERSION)
		ereport(LOG,
				(errmsg("jobgrid waits: extension version \"%s\", library version \"%s\"", version, JOBGRID_VERSION),
				 errhint("ALTER EXTENSION jobgrid UPDATE; or restart the server to load the installed library.")));
	else
		ereport(LOG, (errmsg("jobgrid %s works in database \"%s\"", version, jg_guc_database)));
}

bool
jg_home_enter(JgWorker worker)
{
	Oid extension = InvalidOid;
	char *version = lock_extension(&extension);
	Home now;

	if (version == NULL)
		now = HOME_ABSENT;
	else
		now = strcmp(version, JOBGRID_VERSION) == 0 ? HOME_READY : HOME_OTHER_VERSION;
	if (home != HOME_UNKNOWN && extension != home_extension)
		forget(worker);
	home_extension = extension;
	report(worker, now, version);
	return now == HOME_READY;
}
