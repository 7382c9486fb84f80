/*
 * The session of an executor: hello, heartbeat, goodbye, and its lease in shared memory.
 *
 * A lease is a moment in shared memory, renewed by every call; no row is written for it. The session binds itself to
 * one executor; another session of the same instance takes over, and the older one is told so at its next call. What
 * becomes of a lost executor's runs is decided in lost.c.
 */
#include "session.h"

#include "access/htup_details.h"
#include "args.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "guc.h"
#include "identity.h"
#include "lost.h"
#include "miscadmin.h"
#include "sql.h"
#include "storage/ipc.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/uuid.h"

#define PROTOCOL_VERSION 1

PG_FUNCTION_INFO_V1(jobgrid_hello);
PG_FUNCTION_INFO_V1(jobgrid_hello_log);
PG_FUNCTION_INFO_V1(jobgrid_heartbeat);
PG_FUNCTION_INFO_V1(jobgrid_goodbye);
PG_FUNCTION_INFO_V1(jobgrid_executor_stat);

static int32 bound_executor;  /* 0 = this session is none */
static bool bound_for_output; /* by hello_log: may write output and nothing else */

/* The slot, if this session still holds it. Caller has the lock. */
static JgExecutorSlot *
own_slot(void)
{
	JgExecutorSlot *slot = bound_executor == 0 ? NULL : jg_executor_slot(bound_executor, false);

	return slot != NULL && slot->pid == MyProcPid ? slot : NULL;
}

/* At the end of the backend: the executor is suspect from this moment. */
static void
leave_slot(int code, Datum arg)
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

int32
jg_session_executor(void)
{
	bool bound;

	jg_shmem_require();
	if (bound_executor == 0 || bound_for_output)
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR), errmsg("this session is not bound to an executor"),
						errhint("Call jobgrid_engine.hello() first.")));
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

int32
jg_session_writer(void)
{
	if (bound_executor == 0)
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR), errmsg("this session is not bound to an executor"),
						errhint("Call jobgrid_engine.hello_log() first.")));
	return bound_executor;
}

/* Whether a session of another instance holds the executor. */
static bool
held_by_other_instance(int32 executor_id, const pg_uuid_t *instance)
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

static void
bind(int32 executor_id, const pg_uuid_t *instance, int slots)
{
	static bool registered;
	JgExecutorSlot *slot;

	if (!registered)
		before_shmem_exit(leave_slot, 0);
	registered = true;
	/* A session is one executor; another one it was before must not stay taken by it. */
	if (bound_executor != executor_id)
		leave_slot(0, (Datum) 0);
	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = jg_executor_slot(executor_id, true);
	if (slot != NULL)
	{
		slot->pid = MyProcPid;
		slot->instance = *instance;
		slot->lost_at = 0;
		slot->last_seen = jg_now();
		slot->free_slots = slots;
		pg_atomic_write_u32(&slot->idle, 0);
	}
	LWLockRelease(jg_shared->lock);
	if (slot == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_JG_LIMIT), errmsg("no more than %d executors can be known", jg_shared->max_executors),
				 errhint("Raise jobgrid.max_executors and restart the server.")));
	bound_executor = executor_id;
	bound_for_output = false;
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

static void
require_executor_role(void)
{
	if (!is_member_of_role(GetSessionUserId(), get_role_oid("jobgrid_executor", false)))
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR),
						errmsg("role \"%s\" is not a member of jobgrid_executor", jg_session_role()),
						errhint("GRANT jobgrid_executor TO \"%s\";", jg_session_role())));
}

/* The row's state before this hello: who had the name, and as which instance. */
static bool
find_executor(const char *name, int32 *executor_id, bool *same_instance, const pg_uuid_t *instance)
{
	static JgSql sql = {
		.text = "select executor_id, owner_role, instance = $2 from jobgrid_engine.executor where name = $1 for update",
		.nargs = 2,
		.types = {TEXTOID, UUIDOID}};
	Datum values[2] = {CStringGetTextDatum(name), UUIDPGetDatum(instance)};

	if (jg_sql(&sql, values, NULL) == 0)
		return false;
	if (strcmp(jg_sql_text(0, 2), jg_session_role()) != 0)
		ereport(ERROR, (errcode(ERRCODE_JG_FOREIGN_EXECUTOR),
						errmsg("executor \"%s\" belongs to role \"%s\"", name, jg_sql_text(0, 2)),
						errhint("Give each executor a name of its own, or connect as its role.")));
	*executor_id = jg_sql_int32(0, 1);
	*same_instance = jg_sql_bool(0, 3);
	return true;
}

static int32
upsert_executor(FunctionCallInfo fcinfo)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.executor (name, instance, protocol, slots, kinds, pool, site, capabilities,"
				" version, host, info, owner_role, state, connected_at)"
				" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, session_user, 'online', $12)"
				" on conflict (name) do update set instance = excluded.instance, protocol = excluded.protocol,"
				" slots = excluded.slots, kinds = excluded.kinds, pool = excluded.pool, site = excluded.site,"
				" capabilities = excluded.capabilities, version = excluded.version, host = excluded.host,"
				" info = excluded.info, state = 'online', connected_at = excluded.connected_at returning executor_id",
		.nargs = 12,
		.types = {TEXTOID, UUIDOID, INT4OID, INT4OID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID,
				  JSONBOID, TIMESTAMPTZOID}};
	Datum values[12];
	char nulls[13] = "            ";

	for (int i = 0; i < 11; i++)
	{
		/* The statement has the arguments of hello() in their order. */
		values[i] = PG_GETARG_DATUM(i);
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
	}
	values[11] = TimestampTzGetDatum(jg_now());
	jg_sql(&sql, values, nulls);
	return jg_sql_int32(0, 1);
}

static bool
has_leases(int32 executor_id)
{
	static JgSql sql = {
		.text = "select from jobgrid_engine.lease where executor_id = $1 limit 1", .nargs = 1, .types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);

	return jg_sql(&sql, &value, NULL) > 0;
}

/* Leases of an earlier instance that the new one does not have are lost. */
static void
lose_missing(int32 executor_id, Datum run_ids)
{
	static JgSql sql = {
		.text = "select run_id from jobgrid_engine.lease where executor_id = $1 and run_id <> all ($2) order by run_id",
		.nargs = 2,
		.types = {INT4OID, INT8ARRAYOID}};
	Datum values[2] = {Int32GetDatum(executor_id), run_ids};
	int n = (int) jg_sql(&sql, values, NULL);
	int64 *lost = palloc(Max(n, 1) * sizeof(int64));

	for (int i = 0; i < n; i++)
		lost[i] = jg_sql_int64(i, 1);
	if (n > 0)
		jg_lose_leases(executor_id, lost, n);
}

static Datum
stale_runs(int32 executor_id, Datum run_ids, Datum fences)
{
	static JgSql sql = {.text = "select coalesce(array_agg(u.run_id), '{}') from unnest($2, $3) u(run_id, fence)"
								" where not exists (select from jobgrid_engine.lease l"
								"  where l.run_id = u.run_id and l.fence = u.fence and l.executor_id = $1)",
						.nargs = 3,
						.types = {INT4OID, INT8ARRAYOID, INT8ARRAYOID}};
	Datum values[3] = {Int32GetDatum(executor_id), run_ids, fences};
	bool isnull;

	jg_sql(&sql, values, NULL);
	return jg_sql_datum(0, 1, &isnull);
}

/* A new instance counts its requests from 1 again. */
static int64
last_request(int32 executor_id, bool same_instance)
{
	static JgSql read = {.text = "select request from jobgrid_engine.executor_request where executor_id = $1",
						 .nargs = 1,
						 .types = {INT4OID}};
	static JgSql forget = {.text = "with o as (delete from jobgrid_engine.executor_order where executor_id = $1)"
								   " delete from jobgrid_engine.executor_request where executor_id = $1",
						   .nargs = 1,
						   .types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);

	if (!same_instance)
		jg_sql(&forget, &value, NULL);
	return jg_sql(&read, &value, NULL) > 0 ? jg_sql_int64(0, 1) : 0;
}

static void
check_hello(FunctionCallInfo fcinfo)
{
	static const struct
	{
		int number;
		const char *name;
	} required[] = {{0, "name"},         {1, "instance"}, {2, "protocol"}, {3, "slots"},    {4, "kinds"},  {5, "pool"},
					{7, "capabilities"}, {8, "version"},  {10, "info"},    {11, "run_ids"}, {12, "fences"}};

	jg_control_require();
	require_executor_role();
	for (int i = 0; i < (int) lengthof(required); i++)
		jg_arg_require(fcinfo, required[i].number, required[i].name);
	if (PG_GETARG_INT32(2) != PROTOCOL_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_JG_PROTOCOL), errmsg("protocol version %d is not spoken here", PG_GETARG_INT32(2)),
				 errdetail("This server speaks version %d.", PROTOCOL_VERSION)));
	if (ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(11)), ARR_DIMS(PG_GETARG_ARRAYTYPE_P(11))) !=
		ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(12)), ARR_DIMS(PG_GETARG_ARRAYTYPE_P(12))))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID),
						errmsg("run_ids and fences of hello() must be arrays of the same length")));
}

Datum
jobgrid_hello(PG_FUNCTION_ARGS)
{
	TupleDesc result;
	Datum values[10];
	bool nulls[10] = {0};
	char *name;
	pg_uuid_t *instance;
	int32 executor_id = 0;
	bool same_instance = false;
	HeapTuple tuple;
	bool held;
	MemoryContext caller = CurrentMemoryContext;

	check_hello(fcinfo);
	if (get_call_result_type(fcinfo, NULL, &result) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "hello() must return a composite type");
	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	instance = PG_GETARG_UUID_P(1);
	held = pg_atomic_read_u32(&jg_shared->held) == JG_HELD_YES;

	SPI_connect();
	if (find_executor(name, &executor_id, &same_instance, instance) && held_by_other_instance(executor_id, instance))
		ereport(ERROR,
				(errcode(ERRCODE_JG_EXECUTOR_IN_USE), errmsg("executor \"%s\" is in use by another live session", name),
				 errhint("Stop the other executor, or give this one another name.")));
	executor_id = upsert_executor(fcinfo);
	bind(executor_id, instance, PG_GETARG_INT32(3));
	set_timeouts(false);
	if (!same_instance && !held)
	{
		/* Whose the leases are is not known before the scheduler has looked; without a lease there is nothing to judge. */
		if (!jg_cluster_works() && has_leases(executor_id))
			ereport(ERROR, (errcode(ERRCODE_JG_HELD), errmsg("the scheduler has not looked at the database yet"),
							errhint("Try again in a moment.")));
		lose_missing(executor_id, PG_GETARG_DATUM(11));
	}
	values[0] = Int32GetDatum(executor_id);
	values[1] = Int32GetDatum(PROTOCOL_VERSION);
	values[2] = Int32GetDatum((int32) pg_atomic_read_u32(&jg_shared->epoch));
	values[3] = BoolGetDatum(held);
	values[4] = Int32GetDatum(jg_guc_lease);
	values[5] = Int32GetDatum(jg_guc_heartbeat);
	values[6] = Int32GetDatum(jg_guc_poll_interval);
	values[7] = CStringGetTextDatum(psprintf("jobgrid_executor_%d", executor_id));
	values[8] = Int64GetDatum(last_request(executor_id, same_instance));
	values[9] = stale_runs(executor_id, PG_GETARG_DATUM(11), PG_GETARG_DATUM(12));
	jg_lanes_changed();
	MemoryContextSwitchTo(caller);
	tuple = heap_form_tuple(result, values, nulls);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}

Datum
jobgrid_hello_log(PG_FUNCTION_ARGS)
{
	int32 executor_id = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);
	JgExecutorSlot *slot;
	bool known;

	jg_control_require();
	require_executor_role();
	LWLockAcquire(jg_shared->lock, LW_SHARED);
	slot = executor_id > 0 ? jg_executor_slot(executor_id, false) : NULL;
	known = slot != NULL && !PG_ARGISNULL(1) && memcmp(&slot->instance, PG_GETARG_UUID_P(1), sizeof(pg_uuid_t)) == 0;
	LWLockRelease(jg_shared->lock);
	if (!known)
		ereport(ERROR, (errcode(ERRCODE_JG_NO_EXECUTOR),
						errmsg("no session of executor %d with this instance has said hello()", executor_id)));
	bound_executor = executor_id;
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
	bool orders;

	jg_session_renew(PG_ARGISNULL(0) ? -1 : PG_GETARG_INT32(0));
	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = own_slot();
	if (slot != NULL)
	{
		slot->cpu = PG_ARGISNULL(1) ? -1 : PG_GETARG_FLOAT4(1);
		slot->memory = PG_ARGISNULL(2) ? -1 : PG_GETARG_FLOAT4(2);
		slot->load = PG_ARGISNULL(3) ? -1 : PG_GETARG_FLOAT4(3);
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
	leave_slot(0, (Datum) 0);
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
		Datum values[8];
		bool nulls[8] = {0};

		LWLockAcquire(jg_shared->lock, LW_SHARED);
		memcpy(&slot, &jg_shared->executors[i], sizeof(slot));
		LWLockRelease(jg_shared->lock);
		if (slot.executor_id == 0)
			break;
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
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
