/* The one way in which C code of the extension runs SQL: saved plans of constant texts. */
#ifndef JG_SQL_H
#define JG_SQL_H

#include "postgres.h"

#include "executor/spi.h"

#define JG_SQL_MAXARGS 24

/* A statement. Declare it static const-like next to its only caller; the plan is made at first use and kept. */
typedef struct JgSql
{
	const char *text;
	int			nargs;
	Oid			types[JG_SQL_MAXARGS];
	SPIPlanPtr	plan;
} JgSql;

/* The same for one partition: %s in the text is its qualified name; one plan a partition is kept. */
typedef struct JgPartitionSql
{
	const char *text;
	int			nargs;
	Oid			types[JG_SQL_MAXARGS];
	struct HTAB *plans;
} JgPartitionSql;

/* Both need SPI connected. They raise on anything but success and return the number of rows processed (SPI_processed). */
extern uint64 jg_sql(JgSql *sql, Datum *values, const char *nulls);
extern uint64 jg_sql_partition(JgPartitionSql *sql, Oid partition, Datum *values, const char *nulls);

/* Columns of the last result; NULL gives 0, NULL pointer, or *isnull. Column numbers count from 1. */
extern Datum jg_sql_datum(uint64 row, int column, bool *isnull);
extern int64 jg_sql_int64(uint64 row, int column);
extern int32 jg_sql_int32(uint64 row, int column);
extern bool jg_sql_bool(uint64 row, int column);
extern char *jg_sql_text(uint64 row, int column);	/* palloc'd in the current context, NULL for null */

/* Arrays as parameters. */
extern Datum jg_array_int8(const int64 *values, int n);
extern Datum jg_array_int4(const int32 *values, int n);
extern Datum jg_array_text(char *const *values, int n);	/* NULL elements are nulls */

extern Oid	jg_engine_namespace(void);
extern Oid	jg_engine_relation(const char *name);
extern Oid	jg_owner_role(void);

#endif
