/*
 * pgbinary.h - arrays of composite values in PostgreSQL's binary format, and
 * checked readers of result columns.
 *
 * Written by hand because text arrays of composites with bytea inside would be
 * quoted three times over.  The composites' OIDs differ between databases: look
 * them up after each connect.
 */
#ifndef JOBGRID_PGBINARY_H
#define JOBGRID_PGBINARY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* OIDs of built-in types; they never change. */
enum
{
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_CHAR = 18, /* "char" */
	PG_INT8 = 20,
	PG_INT4 = 23,
	PG_TEXT = 25,
	PG_FLOAT4 = 700,
	PG_TEXT_ARRAY = 1009,
	PG_INT8_ARRAY = 1016,
	PG_UUID = 2950,
	PG_JSONB = 3802
};

typedef struct PgArray
{
	Buf buf;
	int32_t count;
	size_t record; /* where the open record's length stands */
	size_t fields; /* where its field count stands */
	int32_t field_count;
} PgArray;

void pgarray_begin(PgArray *array, Oid element);
void pgarray_end(PgArray *array); /* then buf is the parameter's value */
void pgarray_free(PgArray *array);

/* elements of a scalar array */
void pgarray_int8(PgArray *array, int64_t value);
void pgarray_text(PgArray *array, const char *text);

/* one composite element: begin, its columns in order, end */
void pgrecord_begin(PgArray *array);
void pgrecord_end(PgArray *array);
void pgrecord_int4(PgArray *array, int32_t value);
void pgrecord_int8(PgArray *array, int64_t value);
void pgrecord_float4(PgArray *array, float value);
void pgrecord_char(PgArray *array, char value);
void pgrecord_bytes(PgArray *array, Oid type, const void *bytes, size_t len);
void pgrecord_null(PgArray *array, Oid type);

/* Readers of text-format results; < 0 when the column is null, missing or no such value. */
int pgrow_int(const PGresult *rows, int row, const char *column, int64_t min, int64_t max, int64_t *value, Err *e);
int pgrow_bool(const PGresult *rows, int row, const char *column, bool *value, Err *e);
const char *pgrow_text(const PGresult *rows, int row, const char *column); /* NULL when null or missing */

/* "{1,2,3}"; the array is the caller's to free. */
int pgrow_int8_array(const PGresult *rows, int row, const char *column, int64_t **values, size_t *count, Err *e);

#endif
