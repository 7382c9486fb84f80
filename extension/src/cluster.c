/*
 * Which cluster this is, which epoch, and whether it must stay held.
 *
 * The row in jobgrid_engine.cluster says where the runs of this database belong: the server's system identifier, the
 * database, the token outside the data directory. A restored or cloned database finds another identity there than its
 * own and works for nobody until unfreeze(). Nothing is written here but by the first run, by unfreeze(), and the epoch
 * of a new timeline.
 *
 * Without a row the epoch is 0 and nothing is started or dropped: the first run of a database writes the row before
 * anything else, so whatever else may lie there comes from a restore that has not come to this table yet.
 */
#include "cluster.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "args.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "guc.h"
#include "miscadmin.h"
#include "shmem.h"
#include "sql.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "worker.h"

#define TOKEN_BYTES 16
#define TOKEN_MAX 256

PG_FUNCTION_INFO_V1(jobgrid_adopt);
PG_FUNCTION_INFO_V1(jobgrid_held_reason);
PG_FUNCTION_INFO_V1(jobgrid_later_epoch);
PG_FUNCTION_INFO_V1(jobgrid_worker_stat);

typedef struct Identity
{
	uint64 system_identifier;
	Oid database;
	char *token; /* NULL = none configured, or no such file */
	TimeLineID timeline;
} Identity;

typedef struct Row
{
	Identity identity;
	int32 epoch;
	char *frozen_reason; /* NULL = not frozen */
} Row;

static bool
has_token_file(void)
{
	return jg_guc_cluster_token_file != NULL && jg_guc_cluster_token_file[0] != '\0';
}

/* The token, trimmed; NULL where there is no file. Anything else that goes wrong is an error: it must not look like a clone. */
static char *
read_token(void)
{
	char buffer[TOKEN_MAX + 1];
	FILE *file;
	size_t length;

	if (!has_token_file())
		return NULL;
	file = AllocateFile(jg_guc_cluster_token_file, "r");
	if (file == NULL)
	{
		if (errno == ENOENT)
			return NULL;
		ereport(ERROR,
				(errcode_for_file_access(), errmsg("could not open file \"%s\": %m", jg_guc_cluster_token_file)));
	}
	length = fread(buffer, 1, TOKEN_MAX, file);
	if (ferror(file))
		ereport(ERROR,
				(errcode_for_file_access(), errmsg("could not read file \"%s\": %m", jg_guc_cluster_token_file)));
	FreeFile(file);
	while (length > 0 && isspace((unsigned char) buffer[length - 1]))
		length--;
	buffer[length] = '\0';
	if (length == 0)
		ereport(ERROR, (errcode(ERRCODE_CONFIG_FILE_ERROR),
						errmsg("cluster token file \"%s\" is empty", jg_guc_cluster_token_file)));
	return pstrdup(buffer);
}

/* Makes the token file, readable by the server's user alone. */
static char *
make_token(void)
{
	unsigned char bytes[TOKEN_BYTES];
	char *token = palloc(2 * TOKEN_BYTES + 1);
	char temporary[MAXPGPATH];
	int fd;

	if (!pg_strong_random(bytes, sizeof(bytes)))
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate a cluster token")));
	for (int i = 0; i < TOKEN_BYTES; i++)
		snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	/* Under a name of its own first: a file that is there is complete. */
	snprintf(temporary, sizeof(temporary), "%s.new", jg_guc_cluster_token_file);
	fd = OpenTransientFilePerm(temporary, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY, S_IRUSR | S_IWUSR);
	if (fd < 0)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not create file \"%s\": %m", temporary)));
	if (write(fd, token, 2 * TOKEN_BYTES) != 2 * TOKEN_BYTES || pg_fsync(fd) != 0)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not write file \"%s\": %m", temporary)));
	CloseTransientFile(fd);
	durable_rename(temporary, jg_guc_cluster_token_file, ERROR);
	return token;
}

static Identity
identity_here(void)
{
	return (Identity){GetSystemIdentifier(), MyDatabaseId, read_token(), GetWALInsertionTimeLine()};
}

static bool
read_row(Row *row)
{
	static JgSql sql = {
		.text =
			"select system_identifier, database_oid, token, timeline, epoch,"
			" case when frozen_at is not null then coalesce(frozen_reason, 'frozen') end from jobgrid_engine.cluster"};
	bool isnull;

	if (jg_sql(&sql, NULL, NULL) == 0)
		return false;
	row->identity.system_identifier = (uint64) jg_sql_int64(0, 1);
	row->identity.database = DatumGetObjectId(jg_sql_datum(0, 2, &isnull));
	row->identity.token = jg_sql_text(0, 3);
	row->identity.timeline = (TimeLineID) jg_sql_int32(0, 4);
	row->epoch = jg_sql_int32(0, 5);
	row->frozen_reason = jg_sql_text(0, 6);
	return true;
}

/* A token that was configured after the first run is not held against the database; a missing one is. */
static bool
same_token(const char *recorded, const char *here)
{
	return recorded == NULL || (here != NULL && strcmp(recorded, here) == 0);
}

/* What differs, NULL where nothing does. */
static char *
difference(const Row *row, const Identity *here)
{
	if (row->identity.system_identifier != here->system_identifier)
		return "its runs belong to another cluster: it was restored from a dump or a backup";
	if (row->identity.database != here->database)
		return "its runs belong to another database of this cluster: it was restored from a dump";
	if (!same_token(row->identity.token, here->token))
		return psprintf("the token in \"%s\" is not that of the cluster its runs belong to: it is a clone",
						has_token_file() ? jg_guc_cluster_token_file : "jobgrid.cluster_token_file");
	if (row->frozen_reason != NULL)
		return psprintf("it is frozen: %s", row->frozen_reason);
	return NULL;
}

/* What has been decided in this transaction: in force when it commits, and not if it does not. */
static struct
{
	bool pending;
	uint32 held;
	uint32 epoch;
} decision;

static void
put_in_force(XactEvent event, void *arg)
{
	bool changed;

	if (!decision.pending)
		return;
	if (event == XACT_EVENT_COMMIT)
	{
		/* Recovery may have taken longer than a lease: nobody is silent before somebody could be heard. */
		if (decision.held == JG_HELD_NO && pg_atomic_read_u32(&jg_shared->held) != JG_HELD_NO)
			pg_atomic_write_u64(&jg_shared->works_since, (uint64) jg_now());
		if (decision.epoch > pg_atomic_read_u32(&jg_shared->later_epoch))
			pg_atomic_write_u32(&jg_shared->later_epoch, 0);
		changed = pg_atomic_exchange_u32(&jg_shared->epoch, decision.epoch) != decision.epoch;
		changed = pg_atomic_exchange_u32(&jg_shared->held, decision.held) != decision.held || changed;
		if (changed)
		{
			/* The workers wait for this, and executors for lanes. */
			pg_atomic_fetch_add_u32(&jg_shared->lanes_generation, 1);
			for (int i = 0; i < JG_NWORKERS; i++)
				jg_ring_now((JgWorker) i);
		}
	}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		decision.pending = false;
}

bool
jg_cluster_works(void)
{
	return pg_atomic_read_u32(&jg_shared->held) == JG_HELD_NO && pg_atomic_read_u32(&jg_shared->epoch) != 0;
}

void
jg_cluster_later(uint32 epoch)
{
	uint32 known = pg_atomic_read_u32(&jg_shared->later_epoch);

	while (known < epoch && !pg_atomic_compare_exchange_u32(&jg_shared->later_epoch, &known, epoch))
		;
}

static void
set_held(uint32 held, int32 epoch)
{
	static bool registered;

	if (!registered)
		RegisterXactCallback(put_in_force, NULL);
	registered = true;
	decision.pending = true;
	decision.held = held;
	decision.epoch = (uint32) epoch;
}

/* A promoted standby, or an archive recovery in place: what the old timeline handed out must be told from the new. */
static void
raise_epoch(Row *row, const Identity *here)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.cluster set timeline = $1, epoch = epoch + 1, token = coalesce($2, token)",
		.nargs = 2,
		.types = {INT4OID, TEXTOID}};
	Datum values[2] = {Int32GetDatum((int32) here->timeline), (Datum) 0};

	if (here->token)
		values[1] = CStringGetTextDatum(here->token);
	jg_sql(&sql, values, here->token ? "  " : " n");
	row->epoch++;
	ereport(LOG, (errmsg("jobgrid enters epoch %d on timeline %u", row->epoch, here->timeline)));
}

void
jg_cluster_check(void)
{
	Row row;
	Identity here;
	char *why;

	/*
	 * No row: nobody has submitted anything, or a restore has not come to it yet, while other tables are full already.
	 * In either case nothing is done before somebody submits.
	 */
	if (!read_row(&row))
	{
		set_held(JG_HELD_NO, 0);
		return;
	}
	here = identity_here();
	why = difference(&row, &here);
	if (why != NULL)
	{
		if (pg_atomic_read_u32(&jg_shared->held) != JG_HELD_YES)
			ereport(LOG, (errmsg("jobgrid holds database \"%s\": %s", jg_guc_database, why),
						  errhint("SELECT jobgrid.unfreeze('reason');")));
		set_held(JG_HELD_YES, row.epoch);
		return;
	}
	if (row.identity.timeline != here.timeline)
		raise_epoch(&row, &here);
	set_held(JG_HELD_NO, row.epoch);
}

/* Returns the epoch that begins with it: later than any that this database or one of its executors has seen. */
static int32
write_row(const Identity *here)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.cluster as c (system_identifier, database_oid, token, timeline, epoch, adopted_at)"
			" values ($1, $2, $3, $4, $6 + 1, $5) on conflict (singleton) do update"
			" set system_identifier = excluded.system_identifier, database_oid = excluded.database_oid,"
			" token = excluded.token, timeline = excluded.timeline, epoch = greatest(c.epoch, $6) + 1,"
			" adopted_at = excluded.adopted_at,"
			" frozen_at = null, frozen_by = null, frozen_reason = null returning epoch",
		.nargs = 6,
		.types = {INT8OID, OIDOID, TEXTOID, INT4OID, TIMESTAMPTZOID, INT4OID}};
	Datum values[6] = {Int64GetDatum((int64) here->system_identifier),
					   ObjectIdGetDatum(here->database),
					   (Datum) 0,
					   Int32GetDatum((int32) here->timeline),
					   TimestampTzGetDatum(jg_now()),
					   Int32GetDatum((int32) pg_atomic_read_u32(&jg_shared->later_epoch))};

	if (here->token)
		values[2] = CStringGetTextDatum(here->token);
	jg_sql(&sql, values, here->token ? "      " : "  n   ");
	return jg_sql_int32(0, 1);
}

void
jg_cluster_adopt_first(void)
{
	Row row;
	Identity here;

	if (read_row(&row))
		return;
	here = identity_here();
	if (here.token == NULL && has_token_file())
		here.token = make_token();
	set_held(JG_HELD_NO, write_row(&here));
}

char *
jg_cluster_held_reason(void)
{
	Row row;
	Identity here;

	switch (pg_atomic_read_u32(&jg_shared->held))
	{
		case JG_HELD_NO:
			return NULL;
		case JG_HELD_UNKNOWN:
			return "the scheduler has not looked at the database yet";
	}
	if (!read_row(&row))
		return "the scheduler has not looked at the database again yet";
	here = identity_here();
	return difference(&row, &here);
}

/* adopt(reason): takes a held database over as this cluster's; returns the new epoch. */
Datum
jobgrid_adopt(PG_FUNCTION_ARGS)
{
	Identity here;
	int32 epoch;

	jg_shmem_require();
	jg_arg_require(fcinfo, 0, "reason");
	SPI_connect();
	here = identity_here();
	if (here.token == NULL && has_token_file())
		here.token = make_token();
	epoch = write_row(&here);
	set_held(JG_HELD_NO, epoch);
	SPI_finish();
	ereport(LOG, (errmsg("jobgrid: database \"%s\" is taken over in epoch %d: %s", jg_guc_database, epoch,
						 jg_arg_text(fcinfo, 0))));
	jg_ring(JG_SCHEDULER);
	PG_RETURN_INT32(epoch);
}

Datum
jobgrid_held_reason(PG_FUNCTION_ARGS)
{
	char *reason;
	text *result = NULL;
	MemoryContext caller = CurrentMemoryContext;

	jg_shmem_require();
	SPI_connect();
	reason = jg_cluster_held_reason();
	if (reason != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(caller);

		result = cstring_to_text(reason);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

Datum
jobgrid_later_epoch(PG_FUNCTION_ARGS)
{
	uint32 later;

	jg_shmem_require();
	later = pg_atomic_read_u32(&jg_shared->later_epoch);
	if (later <= pg_atomic_read_u32(&jg_shared->epoch))
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) later);
}

/* One row a static worker, for the view stat_scheduler. */
Datum
jobgrid_worker_stat(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	jg_shmem_require();
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < JG_NWORKERS; i++)
	{
		JgWorkerSlot *slot = &jg_shared->workers[i];
		Datum values[9];
		bool nulls[9] = {0};

		LWLockAcquire(jg_shared->lock, LW_SHARED);
		values[0] = CStringGetTextDatum(jg_worker_name((JgWorker) i));
		values[1] = Int32GetDatum(slot->pid);
		nulls[1] = slot->pid == 0;
		values[2] = CStringGetTextDatum(slot->state);
		nulls[2] = slot->state[0] == '\0';
		values[3] = TimestampTzGetDatum(slot->started_at);
		nulls[3] = slot->started_at == 0;
		values[4] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->wakeups));
		values[5] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->transactions));
		values[6] = TimestampTzGetDatum(slot->last_wakeup);
		nulls[6] = slot->last_wakeup == 0;
		values[7] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->errors));
		values[8] = CStringGetTextDatum(slot->last_error);
		nulls[8] = slot->last_error[0] == '\0';
		LWLockRelease(jg_shared->lock);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
