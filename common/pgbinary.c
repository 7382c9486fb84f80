/*
 * pgbinary.c - binary arrays of composites, and checked readers of results.
 *
 * Layouts as array_recv() and record_recv() want them: an array is dimensions,
 * has-nulls, element type, then length and lower bound of its one dimension, then
 * elements; a record is a field count, then type, length and bytes of each field.
 */
#include "pgbinary.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"

#define COUNT_OFFSET 12 /* of the dimension's length in an array's header */

void
pgarray_begin(PgArray *array, Oid element)
{
	buf_reset(&array->buf);
	array->count = 0;
	buf_put_int32(&array->buf, 1);
	buf_put_int32(&array->buf, 0);
	buf_put_int32(&array->buf, (int32_t) element);
	buf_put_int32(&array->buf, 0);
	buf_put_int32(&array->buf, 1);
}

void
pgarray_end(PgArray *array)
{
	buf_set_int32(&array->buf, COUNT_OFFSET, array->count);
	if (array->buf.len > INT_MAX)
		fatalx("array of %zu bytes is too long", array->buf.len);
}

void
pgarray_free(PgArray *array)
{
	buf_free(&array->buf);
}

void
pgarray_int8(PgArray *array, int64_t value)
{
	buf_put_int32(&array->buf, 8);
	buf_put_int64(&array->buf, value);
	array->count++;
}

void
pgarray_text(PgArray *array, const char *text)
{
	buf_put_int32(&array->buf, (int32_t) strlen(text));
	buf_puts(&array->buf, text);
	array->count++;
}

void
pgrecord_begin(PgArray *array)
{
	array->record = array->buf.len;
	buf_put_int32(&array->buf, 0);
	array->fields = array->buf.len;
	buf_put_int32(&array->buf, 0);
	array->field_count = 0;
}

void
pgrecord_end(PgArray *array)
{
	buf_set_int32(&array->buf, array->record, (int32_t) (array->buf.len - array->fields));
	buf_set_int32(&array->buf, array->fields, array->field_count);
	array->count++;
}

static void
field_header(PgArray *array, Oid type, int32_t len)
{
	array->field_count++;
	buf_put_int32(&array->buf, (int32_t) type);
	buf_put_int32(&array->buf, len);
}

void
pgrecord_int4(PgArray *array, int32_t value)
{
	field_header(array, PG_INT4, 4);
	buf_put_int32(&array->buf, value);
}

void
pgrecord_int8(PgArray *array, int64_t value)
{
	field_header(array, PG_INT8, 8);
	buf_put_int64(&array->buf, value);
}

void
pgrecord_float4(PgArray *array, float value)
{
	int32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	field_header(array, PG_FLOAT4, 4);
	buf_put_int32(&array->buf, bits);
}

void
pgrecord_char(PgArray *array, char value)
{
	field_header(array, PG_CHAR, 1);
	buf_putc(&array->buf, value);
}

void
pgrecord_bytes(PgArray *array, Oid type, const void *bytes, size_t len)
{
	if (len > INT_MAX)
		fatalx("value of %zu bytes is too long", len);
	field_header(array, type, (int32_t) len);
	buf_append(&array->buf, bytes, len);
}

void
pgrecord_null(PgArray *array, Oid type)
{
	field_header(array, type, -1);
}

const char *
pgrow_text(const PGresult *rows, int row, const char *column)
{
	int number = PQfnumber(rows, column);

	if (number < 0 || row >= PQntuples(rows) || PQgetisnull(rows, row, number))
		return NULL;
	return PQgetvalue(rows, row, number);
}

int
pgrow_int(const PGresult *rows, int row, const char *column, int64_t min, int64_t max, int64_t *value, Err *e)
{
	const char *text = pgrow_text(rows, row, column);
	char *end;

	if (text == NULL)
		return err_set(e, 0, "column \"%s\" is null or missing", column);
	errno = 0;
	*value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || *value < min || *value > max)
		return err_set(e, 0, "column \"%s\" has the unexpected value \"%s\"", column, text);
	return 0;
}

int
pgrow_bool(const PGresult *rows, int row, const char *column, bool *value, Err *e)
{
	const char *text = pgrow_text(rows, row, column);

	if (text == NULL || (strcmp(text, "t") != 0 && strcmp(text, "f") != 0))
		return err_set(e, 0, "column \"%s\" is not a boolean", column);
	*value = *text == 't';
	return 0;
}

int
pgrow_int8_array(const PGresult *rows, int row, const char *column, int64_t **values, size_t *count, Err *e)
{
	const char *text = pgrow_text(rows, row, column);
	cleanup_free int64_t *list = NULL;
	size_t n = 0;
	char *end;

	*values = NULL;
	*count = 0;
	if (text == NULL)
		return 0;
	if (*text != '{')
		return err_set(e, 0, "column \"%s\" is not an array", column);
	list = mem_alloc((strlen(text) / 2 + 1) * sizeof(int64_t));
	if (strcmp(text, "{}") == 0)
		return 0;
	do
	{
		text++; /* the brace or comma before a number */
		errno = 0;
		list[n++] = strtoll(text, &end, 10);
		if (end == text || errno != 0 || (*end != ',' && *end != '}'))
			return err_set(e, 0, "column \"%s\" is not an array of integers", column);
		text = end;
	} while (*text == ',');
	*values = list;
	list = NULL;
	*count = n;
	return 0;
}
