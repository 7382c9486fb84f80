/*
 * hello(): an executor says who it is and what it has; its row and its session. What becomes of what it has, and of what
 * it does not have, is decided in known.c.
 *
 * The executor's row is locked first, then its request: two hellos of one name, the judgement of a silent executor and
 * its exchanges come one after the other.
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
#include "known.h"
#include "order.h"
#include "session.h"
#include "shmem.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#define PROTOCOL_VERSION 1
#define MAX_NAMES 64         /* of a list */
#define MAX_NAMES_BYTES 1024 /* together */
#define MAX_WORDS_BYTES 255  /* version, host */
#define MAX_INFO_BYTES 8192

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
	HELLO_QUEUE,
	HELLO_CPUS,
	HELLO_MEMORY,
	HELLO_TOKENS,
	HELLO_JOURNAL,
	HELLO_KNOWN
};

PG_FUNCTION_INFO_V1(jobgrid_hello);

/* The row's state before this hello: who had the name, as which instance and with which journal. False: nobody had. */
static bool
find_executor(const pg_uuid_t *instance, Datum journal, bool has_journal, JgSayer *sayer)
{
	static JgSql sql = {.text = "select executor_id, owner_role, instance = $2, journal = $3"
								" from jobgrid_engine.executor where name = $1 for update",
						.nargs = 3,
						.types = {TEXTOID, UUIDOID, UUIDOID}};
	Datum values[3] = {CStringGetTextDatum(sayer->name), UUIDPGetDatum(instance), journal};

	if (jg_sql(&sql, values, has_journal ? "   " : "  n") == 0)
		return false;
	if (strcmp(jg_sql_text(0, 2), jg_session_role()) != 0)
		ereport(ERROR, (errcode(ERRCODE_JG_FOREIGN_EXECUTOR),
						errmsg("executor \"%s\" belongs to role \"%s\"", sayer->name, jg_sql_text(0, 2)),
						errhint("Give each executor a name of its own, or connect as its role.")));
	sayer->executor_id = jg_sql_int32(0, 1);
	sayer->same_instance = jg_sql_bool(0, 3);
	sayer->same_journal = jg_sql_bool(0, 4);
	return true;
}

/*
 * What nobody has judged, because the database is held, is the former instance's: the row keeps saying so, and the hello
 * that follows when the database works is still one of a new instance.
 */
static int32
upsert_executor(FunctionCallInfo fcinfo, bool unsettled)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.executor (name, instance, protocol, slots, kinds, pool, site, capabilities,"
			" version, host, info, queue, cpus, memory, tokens, journal, owner_role, state, connected_at)"
			" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, session_user, 'online',"
			" $17)"
			" on conflict (name) do update set protocol = excluded.protocol,"
			" instance = case when $18 then executor.instance else excluded.instance end,"
			" journal = case when $18 then executor.journal else excluded.journal end,"
			" slots = excluded.slots, kinds = excluded.kinds, pool = excluded.pool, site = excluded.site,"
			" capabilities = excluded.capabilities, version = excluded.version, host = excluded.host,"
			" info = excluded.info, queue = excluded.queue, cpus = excluded.cpus, memory = excluded.memory,"
			" tokens = excluded.tokens, state = 'online', connected_at = excluded.connected_at"
			" returning executor_id",
		.nargs = 18,
		.types = {TEXTOID, UUIDOID, INT4OID, INT4OID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID,
				  JSONBOID, TEXTOID, FLOAT4OID, INT8OID, JSONBOID, UUIDOID, TIMESTAMPTZOID, BOOLOID}};
	Datum values[HELLO_KNOWN + 2];
	char nulls[HELLO_KNOWN + 3] = {0};

	memset(nulls, ' ', sizeof(nulls) - 1);
	for (int i = 0; i < HELLO_KNOWN; i++)
	{
		/* The statement has the arguments of hello() in their order. */
		values[i] = PG_GETARG_DATUM(i);
		if (PG_ARGISNULL(i))
			nulls[i] = 'n';
	}
	values[HELLO_KNOWN] = TimestampTzGetDatum(jg_now());
	values[HELLO_KNOWN + 1] = BoolGetDatum(unsettled);
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

/*
 * The number of the last request, and its row locked: exchanges of the same executor wait for it before they touch a
 * lease. A new instance counts its requests from 1 again.
 */
static int64
lock_request(int32 executor_id, bool same_instance)
{
	static JgSql lock = {.text =
							 "select request from jobgrid_engine.executor_request where executor_id = $1 for update",
						 .nargs = 1,
						 .types = {INT4OID}};
	static JgSql begin = {.text = "insert into jobgrid_engine.executor_request as r"
								  " (executor_id, request, run_ids, stale_runs, stale_attempts, stale_fences,"
								  " later_runs, later_attempts, later_fences)"
								  " values ($1, 0, '{}', '{}', '{}', '{}', '{}', '{}', '{}')"
								  " on conflict (executor_id) do update"
								  " set request = 0, run_ids = '{}', stale_runs = '{}', stale_attempts = '{}',"
								  " stale_fences = '{}', later_runs = '{}', later_attempts = '{}', later_fences = '{}'",
						  .nargs = 1,
						  .types = {INT4OID}};
	Datum value = Int32GetDatum(executor_id);

	if (same_instance && jg_sql(&lock, &value, NULL) > 0)
		return jg_sql_int64(0, 1);
	jg_sql(&begin, &value, NULL);
	return 0;
}

/* Kinds and capabilities: a list of names, of which lanes are compared with each. */
static void
check_names(Datum value, const char *what)
{
	Datum *names;
	bool *nulls;
	int n;
	size_t bytes = 0;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char *name = nulls[i] ? NULL : TextDatumGetCString(names[i]);

		if (name == NULL)
			ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("%s must not have null elements", what)));
		jg_arg_check_name(name, what, "Use names of 1 to 128 bytes.");
		bytes += strlen(name);
	}
	if (n > MAX_NAMES || bytes > MAX_NAMES_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID), errmsg("%s: %d names with %zu bytes together", what, n, bytes),
				 errdetail("There are at most %d, with at most %d bytes together.", MAX_NAMES, MAX_NAMES_BYTES)));
}

static void
check_words(const char *words, const char *what)
{
	if (words != NULL && strlen(words) > MAX_WORDS_BYTES)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("%s has %zu bytes", what, strlen(words)),
						errdetail("It has at most %d.", MAX_WORDS_BYTES)));
}

/* What an executor says of itself is kept and shown: none of it without end. */
static void
check_description(FunctionCallInfo fcinfo)
{
	static const char hint[] = "Look at the executor's settings.";
	size_t info = VARSIZE_ANY_EXHDR(PG_DETOAST_DATUM(PG_GETARG_DATUM(HELLO_INFO)));

	jg_arg_check_name(jg_arg_text(fcinfo, HELLO_NAME), "executor", hint);
	jg_arg_check_name(jg_arg_text(fcinfo, HELLO_POOL), "pool", hint);
	jg_arg_check_name(jg_arg_text(fcinfo, HELLO_SITE), "site", hint);
	jg_arg_check_name(jg_arg_text(fcinfo, HELLO_QUEUE), "queue", hint);
	check_names(PG_GETARG_DATUM(HELLO_KINDS), "kinds");
	check_names(PG_GETARG_DATUM(HELLO_CAPABILITIES), "capabilities");
	check_words(jg_arg_text(fcinfo, HELLO_VERSION), "version");
	check_words(jg_arg_text(fcinfo, HELLO_HOST), "host");
	if (info > MAX_INFO_BYTES)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("info has %zu bytes", info),
						errdetail("It has at most %d.", MAX_INFO_BYTES)));
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
					{HELLO_TOKENS, "tokens"},
					{HELLO_KNOWN, "known"}};

	jg_control_require();
	jg_session_require_role();
	for (int i = 0; i < (int) lengthof(required); i++)
		jg_arg_require(fcinfo, required[i].number, required[i].name);
	if (PG_GETARG_INT32(HELLO_PROTOCOL) != PROTOCOL_VERSION)
		ereport(ERROR, (errcode(ERRCODE_JG_PROTOCOL),
						errmsg("protocol version %d is not spoken here", PG_GETARG_INT32(HELLO_PROTOCOL)),
						errdetail("This server speaks version %d.", PROTOCOL_VERSION)));
	check_description(fcinfo);
}

/* Raises where nobody can say yet, or this server must not, what becomes of what the executor has. */
static void
require_epoch(const JgSayer *sayer, const JgKnownList *known)
{
	uint32 held = pg_atomic_read_u32(&jg_shared->held);

	if (held != JG_HELD_UNKNOWN)
		jg_known_require_epoch(sayer->name, known);
	if (held == JG_HELD_YES || jg_cluster_works())
		return;
	if (known->n > 0 || (!sayer->same_instance && has_leases(sayer->executor_id)))
		ereport(ERROR, (errcode(ERRCODE_JG_HELD), errmsg("the scheduler has not looked at the database yet"),
						errhint("Try again in a moment.")));
}

/* Decides about what the executor has, where the database works. */
static JgStale
settle(const JgSayer *sayer, const JgKnownList *known)
{
	if (!jg_cluster_works())
		return (JgStale){.n = 0};
	if (!sayer->same_instance)
		jg_orders_repeat(sayer->executor_id);
	return jg_known_settle(sayer, known);
}

Datum
jobgrid_hello(PG_FUNCTION_ARGS)
{
	TupleDesc result;
	Datum values[12];
	bool nulls[12] = {0};
	pg_uuid_t *instance;
	Datum journal;
	HeapTuple tuple;
	bool held;
	bool unsettled;
	JgSayer sayer = {0};
	JgKnownList known;
	JgStale stale;
	int64 request;
	MemoryContext caller = CurrentMemoryContext;

	if (jg_guc_clock == JG_CLOCK_VIRTUAL)
		ereport(ERROR,
				(errcode(ERRCODE_JG_FOREIGN_EXECUTOR), errmsg("a server with a virtual clock takes no executors"),
				 errhint("It rehearses: set jobgrid.clock = system and restart it to run jobs.")));
	check_hello(fcinfo);
	if (get_call_result_type(fcinfo, NULL, &result) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "hello() must return a composite type");
	sayer.name = text_to_cstring(PG_GETARG_TEXT_PP(HELLO_NAME));
	instance = PG_GETARG_UUID_P(HELLO_INSTANCE);
	journal = PG_ARGISNULL(HELLO_JOURNAL) ? (Datum) 0 : PG_GETARG_DATUM(HELLO_JOURNAL);
	known = jg_known_read(PG_GETARG_ARRAYTYPE_P(HELLO_KNOWN));

	SPI_connect();
	if (find_executor(instance, journal, !PG_ARGISNULL(HELLO_JOURNAL), &sayer) &&
		jg_session_taken(sayer.executor_id, instance))
		ereport(ERROR, (errcode(ERRCODE_JG_EXECUTOR_IN_USE),
						errmsg("executor \"%s\" is in use by another live session", sayer.name),
						errhint("Stop the other executor, or give this one another name.")));
	require_epoch(&sayer, &known);
	held = pg_atomic_read_u32(&jg_shared->held) == JG_HELD_YES;
	unsettled = !jg_cluster_works() && jg_known_unsettled(&sayer, &known);
	sayer.executor_id = upsert_executor(fcinfo, unsettled);
	jg_session_bind(sayer.executor_id, instance, PG_GETARG_INT32(HELLO_SLOTS));
	jg_session_unsettled(unsettled);
	request = lock_request(sayer.executor_id, sayer.same_instance);
	stale = settle(&sayer, &known);
	values[0] = Int32GetDatum(sayer.executor_id);
	values[1] = Int32GetDatum(PROTOCOL_VERSION);
	values[2] = Int32GetDatum((int32) pg_atomic_read_u32(&jg_shared->epoch));
	values[3] = BoolGetDatum(held);
	values[4] = Int32GetDatum(jg_guc_lease);
	values[5] = Int32GetDatum(jg_guc_grace);
	values[6] = Int32GetDatum(jg_guc_heartbeat);
	values[7] = Int32GetDatum(jg_guc_poll_interval);
	values[9] = Int64GetDatum(request);
	jg_lanes_changed();
	MemoryContextSwitchTo(caller);
	values[8] = CStringGetTextDatum(psprintf("jobgrid_executor_%d", sayer.executor_id));
	values[10] = jg_array_int8(stale.run_ids, stale.n);
	values[11] = jg_array_int8(stale.fences, stale.n);
	tuple = heap_form_tuple(result, values, nulls);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(tuple));
}
