/*
 * Rows of the narrow tables.
 *
 * Only the state routine (move.c, report.c, claim.c, submit.c) calls this; it checks the transition first.
 */
#include "narrow.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "guard.h"
#include "move.h"
#include "sql.h"

#define COLUMNS \
	"run_id, rank, due_at, since, job_id, tenant_id, lane_id, attempt, tries, unmet, business_date, state, reason"

#define INSERT(table)                                                                            \
	{                                                                                            \
		.text = "insert into jobgrid_engine." table " (" COLUMNS ")"                             \
				" select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)", \
		.nargs = 13, .types = {                                                                  \
			INT8ARRAYOID,                                                                        \
			INT8ARRAYOID,                                                                        \
			TIMESTAMPTZARRAYOID,                                                                 \
			TIMESTAMPTZARRAYOID,                                                                 \
			INT4ARRAYOID,                                                                        \
			INT4ARRAYOID,                                                                        \
			INT4ARRAYOID,                                                                        \
			INT4ARRAYOID,                                                                        \
			INT4ARRAYOID,                                                                        \
			INT4ARRAYOID,                                                                        \
			DATEARRAYOID,                                                                        \
			TEXTARRAYOID,                                                                        \
			TEXTARRAYOID                                                                         \
		}                                                                                        \
	}

#define LOCK(table)                                                                                          \
	{                                                                                                        \
		.text = "select " COLUMNS " from jobgrid_engine." table " where run_id = $1 for update", .nargs = 1, \
		.types = {                                                                                           \
			INT8OID                                                                                          \
		}                                                                                                    \
	}

#define DELETE(table)                                                                                      \
	{                                                                                                      \
		.text = "delete from jobgrid_engine." table " where run_id = $1", .nargs = 1, .types = { INT8OID } \
	}

static JgSql insert_sql[JG_NTABLES] = {[JG_DUE] = INSERT("due"),
									   [JG_PENDING] = INSERT("pending"),
									   [JG_READY] = INSERT("ready"),
									   [JG_PARKED] = INSERT("parked")};

static JgSql lock_sql[JG_NTABLES] = {[JG_DUE] = LOCK("due"),
									 [JG_PENDING] = LOCK("pending"),
									 [JG_READY] = LOCK("ready"),
									 [JG_LEASE] = LOCK("lease"),
									 [JG_PARKED] = LOCK("parked")};

static JgSql delete_sql[JG_NTABLES] = {[JG_DUE] = DELETE("due"),
									   [JG_PENDING] = DELETE("pending"),
									   [JG_READY] = DELETE("ready"),
									   [JG_LEASE] = DELETE("lease"),
									   [JG_PARKED] = DELETE("parked")};

void
jg_narrow_insert(JgTable table, const JgNarrow *rows, int n)
{
	JgArray columns[13] = {jg_array(INT8OID, n),        jg_array(INT8OID, n), jg_array(TIMESTAMPTZOID, n),
						   jg_array(TIMESTAMPTZOID, n), jg_array(INT4OID, n), jg_array(INT4OID, n),
						   jg_array(INT4OID, n),        jg_array(INT4OID, n), jg_array(INT4OID, n),
						   jg_array(INT4OID, n),        jg_array(DATEOID, n), jg_array(TEXTOID, n),
						   jg_array(TEXTOID, n)};
	Datum values[13];

	Assert(table != JG_LEASE);
	for (int i = 0; i < n; i++)
	{
		const JgNarrow *row = &rows[i];

		jg_array_add(&columns[0], Int64GetDatum(row->run_id));
		jg_array_add(&columns[1], Int64GetDatum(row->rank));
		jg_array_add_time(&columns[2], row->due_at);
		jg_array_add(&columns[3], TimestampTzGetDatum(row->since));
		jg_array_add(&columns[4], Int32GetDatum(row->job_id));
		jg_array_add(&columns[5], Int32GetDatum(row->tenant_id));
		jg_array_add_int4(&columns[6], row->lane_id);
		jg_array_add(&columns[7], Int32GetDatum(row->attempt));
		jg_array_add(&columns[8], Int32GetDatum(row->tries));
		if (row->unmet < 0)
			jg_array_add_null(&columns[9]);
		else
			jg_array_add(&columns[9], Int32GetDatum(row->unmet));
		jg_array_add(&columns[10], DateADTGetDatum(row->business_date));
		jg_array_add_text(&columns[11], jg_state_name(row->state));
		jg_array_add_text(&columns[12], row->reason);
	}
	for (int i = 0; i < 13; i++)
		values[i] = jg_array_datum(&columns[i]);
	jg_sql(&insert_sql[table], values, NULL);
	jg_ring(table == JG_READY ? JG_DISPATCHER : JG_SCHEDULER);
}

static void
read_row(JgNarrow *row)
{
	bool isnull;
	char *state;

	row->run_id = jg_sql_int64(0, 1);
	row->rank = jg_sql_int64(0, 2);
	row->due_at = jg_sql_int64(0, 3);
	row->since = jg_sql_int64(0, 4);
	row->job_id = jg_sql_int32(0, 5);
	row->tenant_id = jg_sql_int32(0, 6);
	row->lane_id = jg_sql_int32(0, 7);
	row->attempt = jg_sql_int32(0, 8);
	row->tries = jg_sql_int32(0, 9);
	row->unmet = DatumGetInt32(jg_sql_datum(0, 10, &isnull));
	if (isnull)
		row->unmet = -1;
	row->business_date = DatumGetDateADT(jg_sql_datum(0, 11, &isnull));
	state = jg_sql_text(0, 12);
	if (!jg_state_parse(state, &row->state))
		elog(ERROR, "run %lld has the unknown state \"%s\"", (long long) row->run_id, state);
	row->reason = jg_sql_text(0, 13);
}

bool
jg_narrow_lock(int64 run_id, JgTable *table, JgNarrow *row)
{
	Datum value = Int64GetDatum(run_id);

	/*
	 * While one table is looked at the row may move to another that was looked at before. Each statement sees what
	 * has been committed by its start, so a second pass finds it; a run that moves on and on is at work.
	 */
	for (int pass = 0; pass < 10; pass++)
	{
		for (int i = 0; i < JG_NTABLES; i++)
		{
			if (jg_sql(&lock_sql[i], &value, NULL) == 0)
				continue;
			*table = (JgTable) i;
			read_row(row);
			return true;
		}
	}
	return false;
}

void
jg_narrow_delete(JgTable table, int64 run_id)
{
	static JgSql conditions_sql = {
		.text = "delete from jobgrid_engine.pending_on where run_id = $1", .nargs = 1, .types = {INT8OID}};
	static JgSql special_sql = {
		.text = "delete from jobgrid_engine.pending_condition where run_id = $1", .nargs = 1, .types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);
	uint64 deleted;

	if (table == JG_PENDING)
	{
		jg_sql(&conditions_sql, &value, NULL);
		jg_sql(&special_sql, &value, NULL);
	}
	deleted = jg_guarded(&delete_sql[table], &value, NULL);
	if (deleted != 1)
		elog(ERROR, "run %lld has %llu rows in %s", (long long) run_id, (unsigned long long) deleted,
			 jg_table_name(table));
}
