/*
 * Which cluster this is: the row in jobgrid_engine.cluster against the server it is read by.
 *
 * The same system identifier, database and token: the same cluster, where a new timeline (a promotion) raises the epoch
 * and with it all fences. Anything else is a restored or cloned database: it stays held until somebody says unfreeze().
 * No row: nobody has submitted or restored anything yet; nothing is known, and nothing is written.
 */
#include "cluster.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster_token.h"
#include "fmgr.h"
#include "guc.h"
#include "miscadmin.h"
#include "shmem.h"
#include "sql.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jobgrid_adopt);
PG_FUNCTION_INFO_V1(jobgrid_held_reason);

typedef struct Identity
{
	uint64		system_identifier;
	Oid			database;
	char	   *token;			/* NULL = none */
	int32		timeline;
	int32		epoch;
	char	   *frozen_reason;	/* NULL = not frozen */
} Identity;

/* What takes effect when this transaction commits, and not if it does not. */
static struct
{
	bool		pending;
	uint32		held;
	uint32		epoch;
} outcome;

static void
at_transaction_end(XactEvent event, void *arg)
{
	if (!outcome.pending)
		return;
	if (event == XACT_EVENT_COMMIT)
	{
		uint32		before = pg_atomic_read_u32(&jg_shared->held);

		pg_atomic_write_u32(&jg_shared->epoch, outcome.epoch);
		pg_atomic_write_u32(&jg_shared->held, outcome.held);
		if (before != outcome.held)
			for (int i = 0; i < JG_NWORKERS; i++)
				jg_ring_now((JgWorker) i);
	}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		outcome.pending = false;
}

static void
decide(uint32 held, int32 epoch)
{
	static bool registered;

	if (!registered)
		RegisterXactCallback(at_transaction_end, NULL);
	registered = true;
	outcome.pending = true;
	outcome.held = held;
	outcome.epoch = (uint32) epoch;
}

static void
own_identity(Identity *own)
{
	memset(own, 0, sizeof(*own));
	own->system_identifier = GetSystemIdentifier();
	own->database = MyDatabaseId;
	own->token = jg_token_read();
	own->timeline = (int32) GetWALInsertionTimeLine();
}

/* The row; false: there is none. */
static bool
recorded_identity(Identity *recorded)
{
	static JgSql sql = {
		.text = "select system_identifier, database_oid, token, timeline, epoch,"
		" case when frozen_at is not null then coalesce(frozen_reason, 'frozen') end from jobgrid_engine.cluster"
	};

	memset(recorded, 0, sizeof(*recorded));
	if (jg_sql(&sql, NULL, NULL) == 0)
		return false;
	recorded->system_identifier = (uint64) jg_sql_int64(0, 1);
	recorded->database = (Oid) jg_sql_int32(0, 2);
	recorded->token = jg_sql_text(0, 3);
	recorded->timeline = jg_sql_int32(0, 4);
	recorded->epoch = jg_sql_int32(0, 5);
	recorded->frozen_reason = jg_sql_text(0, 6);
	return true;
}

/* Why the two are not the same working cluster, NULL = they are. */
static char *
difference(const Identity *recorded, const Identity *own)
{
	if (recorded->system_identifier != own->system_identifier)
		return pstrdup("restored or cloned: the server's system identifier is another one");
	if (recorded->database != own->database)
		return pstrdup("restored: the database is another one");
	if (recorded->token != NULL && own->token == NULL)
		return psprintf("cloned: there is no cluster token file \"%s\"",
						jg_guc_cluster_token_file ? jg_guc_cluster_token_file : "");
	if (recorded->token == NULL && own->token != NULL)
		return pstrdup("the cluster token file is new to this database");
	if (recorded->token != NULL && strcmp(recorded->token, own->token) != 0)
		return pstrdup("cloned: the cluster token is another one");
	if (recorded->frozen_reason != NULL)
		return psprintf("frozen: %s", recorded->frozen_reason);
	return NULL;
}

static void
log_held(const char *reason)
{
	static char logged[256];

	if (strncmp(logged, reason, sizeof(logged) - 1) == 0)
		return;
	strlcpy(logged, reason, sizeof(logged));
	ereport(LOG,
			(errmsg("jobgrid is held and hands out nothing: %s", reason),
			 errhint("If this cluster is to work: SELECT jobgrid.unfreeze('why');")));
}

void
jg_cluster_check(void)
{
	static JgSql timeline_sql = {
		.text = "update jobgrid_engine.cluster set timeline = $1, epoch = epoch + 1 returning epoch",
		.nargs = 1, .types = {INT4OID}
	};
	Identity	recorded;
	Identity	own;
	char	   *reason;

	if (!recorded_identity(&recorded))
	{
		decide(JG_HELD_UNKNOWN, 1);
		return;
	}
	own_identity(&own);
	reason = difference(&recorded, &own);
	if (reason != NULL)
	{
		log_held(reason);
		decide(JG_HELD_YES, recorded.epoch);
		return;
	}
	if (recorded.timeline != own.timeline)
	{
		Datum		value = Int32GetDatum(own.timeline);

		jg_sql(&timeline_sql, &value, NULL);
		recorded.epoch = jg_sql_int32(0, 1);
	}
	decide(JG_HELD_NO, recorded.epoch);
}

static void
insert_own(Identity *own)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.cluster (system_identifier, database_oid, token, timeline, epoch, adopted_at)"
		" values ($1, $2, $3, $4, 1, $5)",
		.nargs = 5, .types = {INT8OID, OIDOID, TEXTOID, INT4OID, TIMESTAMPTZOID}
	};
	Datum		values[5];

	own->token = jg_token_create();
	values[0] = Int64GetDatum((int64) own->system_identifier);
	values[1] = ObjectIdGetDatum(own->database);
	values[2] = own->token ? CStringGetTextDatum(own->token) : (Datum) 0;
	values[3] = Int32GetDatum(own->timeline);
	values[4] = TimestampTzGetDatum(jg_now());
	jg_sql(&sql, values, own->token ? NULL : "  n  ");
	own->epoch = 1;
}

void
jg_cluster_adopt_first(void)
{
	Identity	recorded;
	Identity	own;

	if (recorded_identity(&recorded))
		return;
	own_identity(&own);
	insert_own(&own);
	decide(JG_HELD_NO, own.epoch);
}

char *
jg_cluster_held_reason(void)
{
	Identity	recorded;
	Identity	own;

	if (pg_atomic_read_u32(&jg_shared->held) != JG_HELD_YES || RecoveryInProgress() || !recorded_identity(&recorded))
		return NULL;
	own_identity(&own);
	return difference(&recorded, &own);
}

Datum
jobgrid_held_reason(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *reason;

	jg_shmem_require();
	SPI_connect();
	reason = jg_cluster_held_reason();
	if (reason != NULL)
		reason = MemoryContextStrdup(caller, reason);
	SPI_finish();
	if (reason == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}

/* Makes this the cluster that works, whatever the row says. A new epoch: what ran under the old one is stale. */
Datum
jobgrid_adopt(PG_FUNCTION_ARGS)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.cluster set system_identifier = $1, database_oid = $2, token = $3, timeline = $4,"
		" epoch = epoch + 1, adopted_at = $5, frozen_at = null, frozen_by = null, frozen_reason = null returning epoch",
		.nargs = 5, .types = {INT8OID, OIDOID, TEXTOID, INT4OID, TIMESTAMPTZOID}
	};
	Identity	recorded;
	Identity	own;
	Datum		values[5];

	jg_shmem_require();
	SPI_connect();
	own_identity(&own);
	if (!recorded_identity(&recorded))
		insert_own(&own);
	else
	{
		/* A person decided that this is a cluster of its own: from now on it has a token of its own, too. */
		own.token = jg_token_create();
		values[0] = Int64GetDatum((int64) own.system_identifier);
		values[1] = ObjectIdGetDatum(own.database);
		values[2] = own.token ? CStringGetTextDatum(own.token) : (Datum) 0;
		values[3] = Int32GetDatum(own.timeline);
		values[4] = TimestampTzGetDatum(jg_now());
		jg_sql(&sql, values, own.token ? NULL : "  n  ");
		own.epoch = jg_sql_int32(0, 1);
	}
	decide(JG_HELD_NO, own.epoch);
	jg_ring(JG_SCHEDULER);
	SPI_finish();
	PG_RETURN_INT32(own.epoch);
}
