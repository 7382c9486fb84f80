/*
 * The session of an executor: its lease in shared memory, heartbeat, goodbye.
 *
 * A lease is a moment in shared memory, renewed by every call; no row is written for it. The session binds itself to
 * one executor; another session of the same instance takes over, and the older one is told so at its next call. Who an
 * executor is stands in hello.c; what becomes of a lost executor's runs is decided in lost.c.
 */
#include "session.h"

#include "access/xact.h"
#include "args.h"
#include "bell.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "guc.h"
#include "identity.h"
#include "miscadmin.h"
#include "shmem.h"
#include "sql.h"
#include "storage/ipc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(jobgrid_hello_log);
PG_FUNCTION_INFO_V1(jobgrid_heartbeat);
PG_FUNCTION_INFO_V1(jobgrid_goodbye);
PG_FUNCTION_INFO_V1(jobgrid_executor_stat);
PG_FUNCTION_INFO_V1(jobgrid_works_since);

static int32 bound_executor;  /* 0 = this session is none */
static Oid bound_schema;      /* of the installation that knows it; another one counts executors anew */
static bool bound_for_output; /* by hello_log: may write output and nothing else */
static bool bound_unsettled;  /* while the database did not work */
static bool bound_here;       /* by the transaction under way, which may roll back */
static bool new_slot;         /* which has made its slot */

/* The slot, if this session still holds it. Caller has the lock. */
static JgExecutorSlot *
own_slot(void)
{
	JgExecutorSlot *slot = bound_executor == 0 ? NULL : jg_executor_slot(bound_executor, false);

	return slot != NULL && slot->pid == MyProcPid ? slot : NULL;
}

/* From this moment the executor is suspect. */
static void
leave_slot(void)
{
	JgExecutorSlot *slot;

	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = own_slot();
	if (slot != NULL)
	{
		slot->pid = 0;
		slot->lost_at = jg_now();
		slot->free_slots = 0;
		pg_atomic_write_u32(&slot->idle, 0);
	}
	LWLockRelease(jg_shared->lock);
	bound_executor = 0;
	if (slot != NULL)
		jg_ring_now(JG_SCHEDULER);
}

static void
backend_exits(int code, Datum arg)
{
	leave_slot();
}

/* A slot made by a hello that was rolled back is of an executor that is not there. */
static void
unbind(void)
{
	int32 executor_id = bound_executor;

	leave_slot();
	if (new_slot)
	{
		JgExecutorSlot *slot;

		LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
		slot = jg_executor_slot(executor_id, false);
		if (slot != NULL && slot->pid == 0)
		{
			slot->executor_id = JG_SLOT_VACANT;
			slot->last_seen = slot->lost_at = 0;
		}
		LWLockRelease(jg_shared->lock);
	}
	bound_here = new_slot = false;
}

static void
transaction_ends(XactEvent event, void *arg)
{
	if (!bound_here)
		return;
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT)
		unbind();
	else if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		bound_here = new_slot = false;
}

/* Whether the hello was in the part that is undone is not asked: saying it again costs nothing. */
static void
subtransaction_ends(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && bound_here)
		unbind();
}

static void
require_installation(void)
{
	if (bound_executor == 0 || bound_schema == get_namespace_oid("jobgrid_engine", true))
		return;
	leave_slot();
	ereport(ERROR,
			(errcode(ERRCODE_JG_NO_EXECUTOR), errmsg("the extension was created anew, and does not know this executor"),
			 errhint("Call jobgrid_engine.hello() again.")));
}

int32
jg_session_executor(void)
{
	bool bound;

	jg_shmem_require();
	require_installation();
	if (bound_executor == 0 || bound_for_output)
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR), errmsg("this session is not bound to an executor"),
						errhint("Call jobgrid_engine.hello() first.")));
	if (bound_unsettled && jg_cluster_works())
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR),
						errmsg("the database works again, and has not looked yet at what this executor has"),
						errhint("Call jobgrid_engine.hello() again.")));
	LWLockAcquire(jg_shared->lock, LW_SHARED);
	bound = own_slot() != NULL;
	LWLockRelease(jg_shared->lock);
	if (!bound)
		ereport(ERROR, (errcode(ERRCODE_JG_EXECUTOR_IN_USE), errmsg("another session has taken over this executor"),
						errhint("Close this connection.")));
	return bound_executor;
}

void
jg_session_renew(int free_slots)
{
	JgExecutorSlot *slot;

	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = own_slot();
	if (slot != NULL)
	{
		slot->last_seen = jg_now();
		if (free_slots >= 0)
			slot->free_slots = free_slots;
	}
	LWLockRelease(jg_shared->lock);
}

void
jg_session_idle(bool idle)
{
	JgExecutorSlot *slot;

	LWLockAcquire(jg_shared->lock, LW_SHARED);
	slot = own_slot();
	if (slot != NULL)
		pg_atomic_write_u32(&slot->idle, idle ? 1 : 0);
	LWLockRelease(jg_shared->lock);
}

void
jg_session_full(uint64 lanes)
{
	JgExecutorSlot *slot;

	LWLockAcquire(jg_shared->lock, LW_SHARED);
	slot = own_slot();
	if (slot != NULL)
		pg_atomic_write_u64(&slot->full, lanes);
	LWLockRelease(jg_shared->lock);
}

int32
jg_session_writer(void)
{
	require_installation();
	if (bound_executor == 0)
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR), errmsg("this session is not bound to an executor"),
						errhint("Call jobgrid_engine.hello_log() first.")));
	return bound_executor;
}

bool
jg_session_taken(int32 executor_id, const pg_uuid_t *instance)
{
	JgExecutorSlot *slot;
	bool other;

	LWLockAcquire(jg_shared->lock, LW_SHARED);
	slot = jg_executor_slot(executor_id, false);
	other = slot != NULL && slot->pid != 0 && slot->pid != MyProcPid &&
			memcmp(&slot->instance, instance, sizeof(*instance)) != 0;
	LWLockRelease(jg_shared->lock);
	return other;
}

/* Settings of a group role are not inherited by its members, so the session gets them here. */
static void
set_timeouts(bool output)
{
	SetConfigOption("statement_timeout", "30s", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("lock_timeout", "5s", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("idle_in_transaction_session_timeout", "5s", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("tcp_keepalives_idle", "10", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("tcp_keepalives_interval", "5", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("tcp_keepalives_count", "3", PGC_USERSET, PGC_S_SESSION);
	if (output)
		SetConfigOption("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION);
}

void
jg_session_bind(int32 executor_id, const pg_uuid_t *instance, int slots)
{
	static bool registered;
	JgExecutorSlot *slot;
	bool known;

	if (!registered)
	{
		before_shmem_exit(backend_exits, 0);
		RegisterXactCallback(transaction_ends, NULL);
		RegisterSubXactCallback(subtransaction_ends, NULL);
	}
	registered = true;
	/* A session is one executor; another one it was before must not stay taken by it. */
	if (bound_executor != executor_id)
		leave_slot();
	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	known = jg_executor_slot(executor_id, false) != NULL;
	slot = jg_executor_slot(executor_id, true);
	if (slot != NULL)
	{
		slot->pid = MyProcPid;
		slot->instance = *instance;
		slot->lost_at = 0;
		slot->last_seen = jg_now();
		slot->free_slots = slots;
		slot->problem[0] = '\0';
		pg_atomic_write_u32(&slot->idle, 0);
		pg_atomic_write_u64(&slot->full, 0);
	}
	LWLockRelease(jg_shared->lock);
	if (slot == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_JG_LIMIT), errmsg("no more than %d executors can be known", jg_shared->max_executors),
				 errhint("Raise jobgrid.max_executors and restart the server.")));
	bound_executor = executor_id;
	bound_schema = get_namespace_oid("jobgrid_engine", false);
	bound_for_output = bound_unsettled = false;
	bound_here = true;
	new_slot = !known;
	set_timeouts(false);
}

void
jg_session_unsettled(bool unsettled)
{
	bound_unsettled = unsettled;
}

void
jg_session_require_role(void)
{
	if (!is_member_of_role(jg_session_user(), get_role_oid("jobgrid_executor", false)))
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR),
						errmsg("role \"%s\" is not a member of jobgrid_executor", jg_session_role()),
						errhint("GRANT jobgrid_executor TO \"%s\";", jg_session_role())));
}

Datum
jobgrid_hello_log(PG_FUNCTION_ARGS)
{
	static JgSql sql = {.text = "select from jobgrid_engine.executor where executor_id = $1 and owner_role = $2",
						.nargs = 2,
						.types = {INT4OID, TEXTOID}};
	int32 executor_id = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);
	Datum values[2];
	JgExecutorSlot *slot;
	bool known;
	bool own;

	jg_control_require();
	jg_session_require_role();
	values[0] = Int32GetDatum(executor_id);
	values[1] = CStringGetTextDatum(jg_session_role());
	SPI_connect();
	own = jg_sql(&sql, values, NULL) > 0;
	SPI_finish();
	LWLockAcquire(jg_shared->lock, LW_SHARED);
	slot = executor_id > 0 ? jg_executor_slot(executor_id, false) : NULL;
	known = slot != NULL && !PG_ARGISNULL(1) && memcmp(&slot->instance, PG_GETARG_UUID_P(1), sizeof(pg_uuid_t)) == 0;
	LWLockRelease(jg_shared->lock);
	if (!known || !own)
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR),
						errmsg("no session of executor %d with this instance has said hello()", executor_id)));
	bound_executor = executor_id;
	bound_schema = get_namespace_oid("jobgrid_engine", false);
	bound_for_output = true;
	set_timeouts(true);
	PG_RETURN_VOID();
}

Datum
jobgrid_heartbeat(PG_FUNCTION_ARGS)
{
	static JgSql sql = {.text = "select from jobgrid_engine.executor_order where executor_id = $1 limit 1",
						.nargs = 1,
						.types = {INT4OID}};
	Datum value = Int32GetDatum(jg_session_executor());
	JgExecutorSlot *slot;
	const char *problem = PG_ARGISNULL(4) ? "" : jg_text_clip(PG_GETARG_DATUM(4), sizeof(slot->problem) - 1);
	int free_slots = PG_ARGISNULL(0) ? -1 : PG_GETARG_INT32(0);
	bool orders;

	if (!PG_ARGISNULL(0) && (free_slots < 0 || free_slots > JG_MAX_SLOTS))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("free_slots must be between 0 and %d", JG_MAX_SLOTS)));
	jg_session_renew(free_slots);
	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = own_slot();
	if (slot != NULL)
	{
		slot->cpu = PG_ARGISNULL(1) ? -1 : PG_GETARG_FLOAT4(1);
		slot->memory = PG_ARGISNULL(2) ? -1 : PG_GETARG_FLOAT4(2);
		slot->load = PG_ARGISNULL(3) ? -1 : PG_GETARG_FLOAT4(3);
		strlcpy(slot->problem, problem, sizeof(slot->problem));
	}
	LWLockRelease(jg_shared->lock);
	SPI_connect();
	orders = jg_sql(&sql, &value, NULL) > 0;
	SPI_finish();
	PG_RETURN_BOOL(orders);
}

Datum
jobgrid_goodbye(PG_FUNCTION_ARGS)
{
	static JgSql sql = {.text = "update jobgrid_engine.executor set state = 'offline' where executor_id = $1",
						.nargs = 1,
						.types = {INT4OID}};
	Datum value = Int32GetDatum(jg_session_executor());

	SPI_connect();
	jg_sql(&sql, &value, NULL);
	SPI_finish();
	jg_lanes_changed();
	leave_slot();
	PG_RETURN_VOID();
}

Datum
jobgrid_executor_stat(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	jg_shmem_require();
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < jg_shared->max_executors; i++)
	{
		JgExecutorSlot slot;
		Datum values[11];
		bool nulls[11] = {0};

		LWLockAcquire(jg_shared->lock, LW_SHARED);
		memcpy(&slot, &jg_shared->executors[i], sizeof(slot));
		LWLockRelease(jg_shared->lock);
		if (slot.executor_id == 0)
			break;
		if (slot.executor_id == JG_SLOT_VACANT)
			continue;
		values[0] = Int32GetDatum(slot.executor_id);
		values[1] = Int32GetDatum(slot.pid);
		nulls[1] = slot.pid == 0;
		values[2] = TimestampTzGetDatum(slot.last_seen);
		values[3] = Int32GetDatum(slot.free_slots);
		values[4] = Float4GetDatum(slot.cpu);
		nulls[4] = slot.cpu < 0;
		values[5] = Float4GetDatum(slot.memory);
		nulls[5] = slot.memory < 0;
		values[6] = Float4GetDatum(slot.load);
		nulls[6] = slot.load < 0;
		values[7] = BoolGetDatum(slot.pid == 0);
		nulls[8] = slot.problem[0] == '\0';
		values[8] = CStringGetTextDatum(slot.problem);
		values[9] = Float4GetDatum(slot.success);
		nulls[9] = slot.success < 0;
		values[10] = Float4GetDatum(slot.response);
		nulls[10] = slot.response < 0;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
jobgrid_works_since(PG_FUNCTION_ARGS)
{
	jg_shmem_require();
	PG_RETURN_TIMESTAMPTZ((TimestampTz) pg_atomic_read_u64(&jg_shared->works_since));
}
