/*
 * The one way in which C code of the extension runs SQL: saved plans of constant texts through SPI.
 *
 * No text is ever built from data; what varies is the name of a partition, which comes from the catalogue and is quoted,
 * and in DDL the bounds that the janitor gives it.
 *
 * Most statements are planned by PostgreSQL's own rules. The queue's tables are empty at one moment and hold 100,000 rows at
 * the next, which statistics do not follow, and to plan a statement of ten joins takes longer than to execute it for one run.
 * So a statement that says `indexed` has one plan for any parameters, without sequential scans where there is an index, and a
 * new one as soon as one of its tables has twice the size.
 */
#include "sql.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* A partition's plan. Dropped partitions leave their entries behind: some hundred bytes a day in a long session. */
typedef struct PartitionPlan
{
	Oid partition; /* key */
	SPIPlanPtr plan;
} PartitionPlan;

/* A table that grows from a few pages to a few more is planned for as before. */
#define FEW_PAGES 16

struct JgSqlSize
{
	Oid table;
	BlockNumber pages;
};

/* Statements see what an older snapshot shows, which is the active one. */
static bool sees_before;

static SPIPlanPtr
prepare(const char *text, int nargs, const Oid *types, int options)
{
	SPIPlanPtr plan = SPI_prepare_cursor(text, nargs, (Oid *) types, options);

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

/* 0: it has gone, or is no table. */
static BlockNumber
pages_of(Oid table)
{
	Relation relation = try_relation_open(table, AccessShareLock);
	BlockNumber pages = 0;

	if (relation == NULL)
		return 0;
	if (relation->rd_rel->relkind == RELKIND_RELATION)
		pages = RelationGetNumberOfBlocks(relation);
	relation_close(relation, AccessShareLock);
	return pages;
}

static void
remember_sizes(JgSql *sql)
{
	CachedPlanSource *source = linitial_node(CachedPlanSource, SPI_plan_get_plan_sources(sql->plan));
	ListCell *cell;

	sql->nsizes = 0;
	if (sql->sizes != NULL)
		pfree(sql->sizes);
	sql->sizes = MemoryContextAlloc(TopMemoryContext, Max(list_length(source->relationOids), 1) * sizeof(*sql->sizes));
	foreach (cell, source->relationOids)
		sql->sizes[sql->nsizes++] = (struct JgSqlSize){lfirst_oid(cell), pages_of(lfirst_oid(cell))};
}

static bool
has_grown(const JgSql *sql)
{
	for (int i = 0; i < sql->nsizes; i++)
		if (pages_of(sql->sizes[i].table) > 2 * sql->sizes[i].pages + FEW_PAGES)
			return true;
	return false;
}

static uint64
execute_by_index(JgSql *sql, Datum *values, const char *nulls)
{
	int level = NewGUCNestLevel();
	uint64 n;

	if (sql->plan != NULL && has_grown(sql))
	{
		SPI_freeplan(sql->plan);
		sql->plan = NULL;
	}
	if (sql->plan == NULL)
	{
		sql->plan = prepare(sql->text, sql->nargs, sql->types, CURSOR_OPT_GENERIC_PLAN);
		remember_sizes(sql);
	}
	/* What a table without an index for it costs then would have the plan compiled. */
	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	n = execute(sql->plan, sql->text, values, nulls);
	AtEOXact_GUC(true, level);
	return n;
}

uint64
jg_sql(JgSql *sql, Datum *values, const char *nulls)
{
	if (sql->indexed)
		return execute_by_index(sql, values, nulls);
	if (sql->plan == NULL)
		sql->plan = prepare(sql->text, sql->nargs, sql->types, sql->replan ? CURSOR_OPT_CUSTOM_PLAN : 0);
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
		entry->plan = prepare(text.data, sql->nargs, sql->types, 0);
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
