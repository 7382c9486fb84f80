/* The one way in which C code of the extension runs SQL: saved plans of constant texts. */
#ifndef JG_SQL_H
#define JG_SQL_H

#include "postgres.h"

#include "executor/spi.h"
#include "utils/timestamp.h"

#define JG_SQL_MAXARGS 24

/* A statement. Declare it static const-like next to its only caller; the plan is made at first use and kept. */
typedef struct JgSql
{
	const char *text;
	int nargs;
	Oid types[JG_SQL_MAXARGS];
	bool replan;  /* at each use, because a table that is empty at times is large at others */
	bool indexed; /* instead: all it needs is found by indexes; planned once for each size of its tables */
	SPIPlanPtr plan;
	int nsizes; /* of its tables when it was planned, where `indexed` */
	struct JgSqlSize *sizes;
} JgSql;

/* The same for one partition: %s in the text is its qualified name; one plan a partition is kept. */
typedef struct JgPartitionSql
{
	const char *text;
	int nargs;
	Oid types[JG_SQL_MAXARGS];
	struct HTAB *plans;
} JgPartitionSql;

/* Both need SPI connected. They raise on anything but success and return the number of rows processed (SPI_processed). */
extern uint64 jg_sql(JgSql *sql, Datum *values, const char *nulls);
extern uint64 jg_sql_partition(JgPartitionSql *sql, Oid partition, Datum *values, const char *nulls);

/*
 * Runs the body with statements that see the database as it is for everybody else: as committed, without what the current
 * transaction has done. They only read. SPI must be connected.
 */
extern void jg_sql_before(void (*body)(void *arg), void *arg);

/* DDL on partitions, of which no plan can be saved. The text holds names and bounds that the caller made, and no data. */
extern void jg_sql_ddl(const char *text);

/* Columns of the last result; NULL gives 0, NULL pointer, or *isnull. Column numbers count from 1. */
extern Datum jg_sql_datum(uint64 row, int column, bool *isnull);
extern int64 jg_sql_int64(uint64 row, int column);
extern int32 jg_sql_int32(uint64 row, int column);
extern bool jg_sql_bool(uint64 row, int column);
extern char *jg_sql_text(uint64 row, int column); /* palloc'd in the current context, NULL for null */

/* An array that is filled element by element and passed as a parameter; types int4, int8, text, jsonb, timestamptz, date. */
typedef struct JgArray
{
	Oid type;
	int n;
	Datum *values;
	bool *nulls;
} JgArray;

extern JgArray jg_array(Oid type, int capacity);
extern void jg_array_add(JgArray *array, Datum value);
extern void jg_array_add_null(JgArray *array);
extern void jg_array_add_text(JgArray *array, const char *value); /* NULL is null */
extern void jg_array_add_int4(JgArray *array, int32 value);       /* 0 is null */
extern void jg_array_add_time(JgArray *array, TimestampTz value); /* 0 is null */
extern Datum jg_array_datum(const JgArray *array);
extern Datum jg_array_int8(const int64 *values, int n);
extern Datum jg_array_int4(const int32 *values, int n);

extern Oid jg_engine_namespace(void);
extern Oid jg_engine_relation(const char *name);
extern Oid jg_owner_role(void);

#endif
