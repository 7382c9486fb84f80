/*
 * The one way in which C code of the extension runs SQL: saved plans of constant texts through SPI.
 *
 * No text is ever built from data; what varies is the name of a partition, which comes from the catalogue and is quoted,
 * and in DDL the bounds that the janitor gives it.
 */
#include "sql.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* A partition's plan. Dropped partitions leave their entries behind: some hundred bytes a day in a long session. */
typedef struct PartitionPlan
{
	Oid partition; /* key */
	SPIPlanPtr plan;
} PartitionPlan;

/* Statements see what an older snapshot shows, which is the active one. */
static bool sees_before;

static SPIPlanPtr
prepare(const char *text, int nargs, const Oid *types, bool replan)
{
	SPIPlanPtr plan = SPI_prepare_cursor(text, nargs, (Oid *) types, replan ? CURSOR_OPT_CUSTOM_PLAN : 0);

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", text, SPI_result_code_string(SPI_result));
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "could not keep the plan of \"%s\"", text);
	return plan;
}

static uint64
execute(SPIPlanPtr plan, const char *text, Datum *values, const char *nulls)
{
	int rc = SPI_execute_plan(plan, values, nulls, sees_before, 0);

	if (rc < 0)
		elog(ERROR, "could not execute \"%s\": %s", text, SPI_result_code_string(rc));
	return SPI_processed;
}

uint64
jg_sql(JgSql *sql, Datum *values, const char *nulls)
{
	if (sql->plan == NULL)
		sql->plan = prepare(sql->text, sql->nargs, sql->types, sql->replan);
	return execute(sql->plan, sql->text, values, nulls);
}

void
jg_sql_before(void (*body)(void *arg), void *arg)
{
	PushCopiedSnapshot(GetTransactionSnapshot());
	/* What this transaction has done came after its first command: none of it is visible, and nothing of it gone. */
	GetActiveSnapshot()->curcid = FirstCommandId;
	sees_before = true;
	PG_TRY();
	{
		body(arg);
	}
	PG_FINALLY();
	{
		sees_before = false;
	}
	PG_END_TRY();
	PopActiveSnapshot();
}

static PartitionPlan *
partition_plan(JgPartitionSql *sql, Oid partition)
{
	PartitionPlan *entry;
	bool found;

	if (sql->plans == NULL)
	{
		HASHCTL ctl = {.keysize = sizeof(Oid), .entrysize = sizeof(PartitionPlan), .hcxt = TopMemoryContext};

		sql->plans = hash_create("jobgrid partition plans", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	entry = hash_search(sql->plans, &partition, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	return entry;
}

uint64
jg_sql_partition(JgPartitionSql *sql, Oid partition, Datum *values, const char *nulls)
{
	PartitionPlan *entry = partition_plan(sql, partition);

	if (entry->plan == NULL)
	{
		char *relation = get_rel_name(partition);
		StringInfoData text;

		if (relation == NULL)
			elog(ERROR, "partition with OID %u does not exist", partition);
		initStringInfo(&text);
		appendStringInfo(&text, sql->text, quote_qualified_identifier("jobgrid_engine", relation));
		entry->plan = prepare(text.data, sql->nargs, sql->types, false);
		pfree(text.data);
	}
	return execute(entry->plan, sql->text, values, nulls);
}

void
jg_sql_ddl(const char *text)
{
	int rc = SPI_execute(text, false, 0);

	if (rc < 0)
		elog(ERROR, "could not execute \"%s\": %s", text, SPI_result_code_string(rc));
}

Datum
jg_sql_datum(uint64 row, int column, bool *isnull)
{
	Assert(row < SPI_processed);
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

int64
jg_sql_int64(uint64 row, int column)
{
	bool isnull;
	Datum value = jg_sql_datum(row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

int32
jg_sql_int32(uint64 row, int column)
{
	bool isnull;
	Datum value = jg_sql_datum(row, column, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

bool
jg_sql_bool(uint64 row, int column)
{
	bool isnull;
	Datum value = jg_sql_datum(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

char *
jg_sql_text(uint64 row, int column)
{
	bool isnull;
	Datum value = jg_sql_datum(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

JgArray
jg_array(Oid type, int capacity)
{
	JgArray array = {.type = type};

	array.values = palloc(Max(capacity, 1) * sizeof(Datum));
	array.nulls = palloc(Max(capacity, 1) * sizeof(bool));
	return array;
}

void
jg_array_add(JgArray *array, Datum value)
{
	array->values[array->n] = value;
	array->nulls[array->n++] = false;
}

void
jg_array_add_null(JgArray *array)
{
	array->values[array->n] = (Datum) 0;
	array->nulls[array->n++] = true;
}

void
jg_array_add_text(JgArray *array, const char *value)
{
	if (value == NULL)
		jg_array_add_null(array);
	else
		jg_array_add(array, CStringGetTextDatum(value));
}

void
jg_array_add_int4(JgArray *array, int32 value)
{
	if (value == 0)
		jg_array_add_null(array);
	else
		jg_array_add(array, Int32GetDatum(value));
}

void
jg_array_add_time(JgArray *array, TimestampTz value)
{
	if (value == 0)
		jg_array_add_null(array);
	else
		jg_array_add(array, TimestampTzGetDatum(value));
}

Datum
jg_array_datum(const JgArray *array)
{
	int n = array->n;
	int lower = 1;
	int16 length;
	bool by_value;
	char alignment;

	get_typlenbyvalalign(array->type, &length, &by_value, &alignment);
	return PointerGetDatum(
		construct_md_array(array->values, array->nulls, 1, &n, &lower, array->type, length, by_value, alignment));
}

Datum
jg_array_int8(const int64 *values, int n)
{
	JgArray array = jg_array(INT8OID, n);

	for (int i = 0; i < n; i++)
		jg_array_add(&array, Int64GetDatum(values[i]));
	return jg_array_datum(&array);
}

Datum
jg_array_int4(const int32 *values, int n)
{
	JgArray array = jg_array(INT4OID, n);

	for (int i = 0; i < n; i++)
		jg_array_add(&array, Int32GetDatum(values[i]));
	return jg_array_datum(&array);
}

Oid
jg_engine_namespace(void)
{
	return get_namespace_oid("jobgrid_engine", false);
}

Oid
jg_engine_relation(const char *name)
{
	Oid relation = get_relname_relid(name, jg_engine_namespace());

	if (!OidIsValid(relation))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table \"jobgrid_engine.%s\" does not exist", name),
						errhint("Is the extension jobgrid installed in this database?")));
	return relation;
}

Oid
jg_owner_role(void)
{
	return get_role_oid("jobgrid_owner", false);
}
