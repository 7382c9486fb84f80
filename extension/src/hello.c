/*
 * hello(): an executor says who it is and what it has; its row, its session, and what becomes of leases it does not have.
 *
 * The row is locked first: two hellos of one name, and the judgement of a silent executor, come one after the other.
 */
#include "postgres.h"

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
#include "lease.h"
#include "lost.h"
#include "records.h"
#include "session.h"
#include "shmem.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/uuid.h"

#define PROTOCOL_VERSION 1
#define MAX_KNOWN 100000

enum
{
	HELLO_NAME,
	HELLO_INSTANCE,
	HELLO_PROTOCOL,
	HELLO_SLOTS,
	HELLO_KINDS,
	HELLO_POOL,
	HELLO_SITE,
	HELLO_CAPABILITIES,
	HELLO_VERSION,
	HELLO_HOST,
	HELLO_INFO,
	HELLO_JOURNAL,
	HELLO_KNOWN
};

/* The attempts that an executor says it has, as arrays for statements. */
typedef struct KnownList
{
	Datum run_ids;
	Datum attempts;
	Datum fences;
} KnownList;

PG_FUNCTION_INFO_V1(jobgrid_hello);

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
				" version, host, info, journal, owner_role, state, connected_at)"
				" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, session_user, 'online', $13)"
				" on conflict (name) do update set instance = excluded.instance, protocol = excluded.protocol,"
				" slots = excluded.slots, kinds = excluded.kinds, pool = excluded.pool, site = excluded.site,"
				" capabilities = excluded.capabilities, version = excluded.version, host = excluded.host,"
				" info = excluded.info, journal = excluded.journal, state = 'online',"
				" connected_at = excluded.connected_at returning executor_id",
		.nargs = 13,
		.types = {TEXTOID, UUIDOID, INT4OID, INT4OID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID,
				  JSONBOID, UUIDOID, TIMESTAMPTZOID}};
	Datum values[HELLO_KNOWN + 1];
	char nulls[HELLO_KNOWN + 2];

	memset(nulls, ' ', sizeof(nulls));
	for (int i = 0; i < HELLO_KNOWN; i++)
	{
		/* The statement has the arguments of hello() in their order. */
		values[i] = PG_GETARG_DATUM(i);
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
	}
	values[HELLO_KNOWN] = TimestampTzGetDatum(jg_now());
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
lose_missing(int32 executor_id, const KnownList *known)
{
	static JgSql sql = {
		.text = "select run_id from jobgrid_engine.lease where executor_id = $1 and run_id <> all ($2) order by run_id",
		.nargs = 2,
		.types = {INT4OID, INT8ARRAYOID}};
	Datum values[2] = {Int32GetDatum(executor_id), known->run_ids};
	int n = (int) jg_sql(&sql, values, NULL);
	int64 *lost = palloc(Max(n, 1) * sizeof(int64));

	for (int i = 0; i < n; i++)
		lost[i] = jg_sql_int64(i, 1);
	if (n > 0)
		jg_lose_leases(executor_id, lost, n);
}

/* The attempts whose fence is not the current one, as two arrays of the caller's context. */
static void
find_stale(int32 executor_id, const KnownList *known, MemoryContext caller, Datum *runs, Datum *fences)
{
	static JgSql sql = {
		.text =
			"select coalesce(array_agg(u.run_id), '{}'), coalesce(array_agg(u.fence), '{}')"
			" from unnest($2, $3, $4) u(run_id, attempt, fence) where not exists (select from jobgrid_engine.lease l"
			"  where l.run_id = u.run_id and l.attempt = u.attempt and l.fence = u.fence and l.executor_id = $1)",
		.nargs = 4,
		.types = {INT4OID, INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID}};
	Datum values[4] = {Int32GetDatum(executor_id), known->run_ids, known->attempts, known->fences};
	MemoryContext old;
	bool isnull;

	jg_sql(&sql, values, NULL);
	old = MemoryContextSwitchTo(caller);
	*runs = datumCopy(jg_sql_datum(0, 1, &isnull), false, -1);
	*fences = datumCopy(jg_sql_datum(0, 2, &isnull), false, -1);
	MemoryContextSwitchTo(old);
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
	} required[] = {{HELLO_NAME, "name"},
					{HELLO_INSTANCE, "instance"},
					{HELLO_PROTOCOL, "protocol"},
					{HELLO_SLOTS, "slots"},
					{HELLO_KINDS, "kinds"},
					{HELLO_POOL, "pool"},
					{HELLO_CAPABILITIES, "capabilities"},
					{HELLO_VERSION, "version"},
					{HELLO_INFO, "info"},
					{HELLO_KNOWN, "known"}};

	jg_control_require();
	jg_session_require_role();
	for (int i = 0; i < (int) lengthof(required); i++)
		jg_arg_require(fcinfo, required[i].number, required[i].name);
	if (PG_GETARG_INT32(HELLO_PROTOCOL) != PROTOCOL_VERSION)
		ereport(ERROR, (errcode(ERRCODE_JG_PROTOCOL),
						errmsg("protocol version %d is not spoken here", PG_GETARG_INT32(HELLO_PROTOCOL)),
						errdetail("This server speaks version %d.", PROTOCOL_VERSION)));
}

static void
read_known(const Datum *values, const bool *nulls, void *item)
{
	JgAttemptKey *known = item;
	char *state;

	if (nulls[0] || nulls[1] || nulls[2] || nulls[3])
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID),
						errmsg("run_id, attempt, fence and state of a known attempt must not be null")));
	*known = (JgAttemptKey){DatumGetInt64(values[0]), DatumGetInt64(values[2]), DatumGetInt32(values[1])};
	state = TextDatumGetCString(values[3]);
	if (strcmp(state, "ended") != 0 && strcmp(state, "running") != 0)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("\"%s\" is no state of a known attempt", state),
						errhint("States are running and ended.")));
}

static KnownList
known_attempts(ArrayType *array)
{
	KnownList list;
	JgArray columns[3];
	int n;
	const JgAttemptKey *known = jg_records(array, "known_attempt", MAX_KNOWN, sizeof(JgAttemptKey), read_known, &n);

	columns[0] = jg_array(INT8OID, n);
	columns[1] = jg_array(INT4OID, n);
	columns[2] = jg_array(INT8OID, n);
	for (int i = 0; i < n; i++)
	{
		jg_array_add(&columns[0], Int64GetDatum(known[i].run_id));
		jg_array_add(&columns[1], Int32GetDatum(known[i].attempt));
		jg_array_add(&columns[2], Int64GetDatum(known[i].fence));
	}
	list.run_ids = jg_array_datum(&columns[0]);
	list.attempts = jg_array_datum(&columns[1]);
	list.fences = jg_array_datum(&columns[2]);
	return list;
}

Datum
jobgrid_hello(PG_FUNCTION_ARGS)
{
	TupleDesc result;
	Datum values[12];
	bool nulls[12] = {0};
	char *name;
	pg_uuid_t *instance;
	int32 executor_id = 0;
	bool same_instance = false;
	HeapTuple tuple;
	bool held;
	KnownList known;
	MemoryContext caller = CurrentMemoryContext;

	check_hello(fcinfo);
	if (get_call_result_type(fcinfo, NULL, &result) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "hello() must return a composite type");
	name = text_to_cstring(PG_GETARG_TEXT_PP(HELLO_NAME));
	instance = PG_GETARG_UUID_P(HELLO_INSTANCE);
	known = known_attempts(PG_GETARG_ARRAYTYPE_P(HELLO_KNOWN));
	held = pg_atomic_read_u32(&jg_shared->held) == JG_HELD_YES;

	SPI_connect();
	if (find_executor(name, &executor_id, &same_instance, instance) && jg_session_taken(executor_id, instance))
		ereport(ERROR,
				(errcode(ERRCODE_JG_EXECUTOR_IN_USE), errmsg("executor \"%s\" is in use by another live session", name),
				 errhint("Stop the other executor, or give this one another name.")));
	executor_id = upsert_executor(fcinfo);
	jg_session_bind(executor_id, instance, PG_GETARG_INT32(HELLO_SLOTS));
	if (!same_instance && !held)
	{
		/* Whose the leases are is not known before the scheduler has looked; without a lease there is nothing to judge. */
		if (!jg_cluster_works() && has_leases(executor_id))
			ereport(ERROR, (errcode(ERRCODE_JG_HELD), errmsg("the scheduler has not looked at the database yet"),
							errhint("Try again in a moment.")));
		lose_missing(executor_id, &known);
	}
	values[0] = Int32GetDatum(executor_id);
	values[1] = Int32GetDatum(PROTOCOL_VERSION);
	values[2] = Int32GetDatum((int32) pg_atomic_read_u32(&jg_shared->epoch));
	values[3] = BoolGetDatum(held);
	values[4] = Int32GetDatum(jg_guc_lease);
	values[5] = Int32GetDatum(jg_guc_grace);
	values[6] = Int32GetDatum(jg_guc_heartbeat);
	values[7] = Int32GetDatum(jg_guc_poll_interval);
	values[8] = CStringGetTextDatum(psprintf("jobgrid_executor_%d", executor_id));
	values[9] = Int64GetDatum(last_request(executor_id, same_instance));
	find_stale(executor_id, &known, caller, &values[10], &values[11]);
	jg_lanes_changed();
	MemoryContextSwitchTo(caller);
	tuple = heap_form_tuple(result, values, nulls);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}
