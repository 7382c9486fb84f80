/*
 * Binary arrays byte by byte as array_recv() and record_recv() read them, and the readers of results on values that a
 * server of another version might send.
 */
#include "pgbinary.h"

#include <string.h>

#include "tap.h"

static uint32_t
at(const Buf *buf, size_t offset)
{
	const unsigned char *p = (const unsigned char *) buf->data + offset;

	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static void
check_scalars(void)
{
	PgArray array = {0};

	pgarray_begin(&array, PG_INT8);
	pgarray_int8(&array, 1);
	pgarray_int8(&array, -2);
	pgarray_end(&array);
	ok(array.buf.len == 20 + 2 * 12 && at(&array.buf, 0) == 1 && at(&array.buf, 4) == 0 &&
		   at(&array.buf, 8) == PG_INT8 && at(&array.buf, 12) == 2 && at(&array.buf, 16) == 1,
	   "header of an array of two");
	ok(at(&array.buf, 20) == 8 && at(&array.buf, 28) == 1 && at(&array.buf, 36) == 0xffffffff &&
		   at(&array.buf, 40) == 0xfffffffe,
	   "its numbers");
	pgarray_begin(&array, PG_TEXT);
	pgarray_text(&array, "ab");
	pgarray_text(&array, "");
	pgarray_end(&array);
	ok(array.buf.len == 20 + 6 + 4 && at(&array.buf, 12) == 2 && at(&array.buf, 20) == 2 &&
		   memcmp(array.buf.data + 24, "ab\0\0\0\0", 6) == 0,
	   "used again for texts");
	pgarray_begin(&array, PG_TEXT);
	pgarray_end(&array);
	ok(array.buf.len == 20 && at(&array.buf, 12) == 0, "empty");
	pgarray_free(&array);
}

static void
check_records(void)
{
	PgArray array = {0};

	pgarray_begin(&array, 99999);
	pgrecord_begin(&array);
	pgrecord_int8(&array, 7);
	pgrecord_int4(&array, -1);
	pgrecord_char(&array, 'o');
	pgrecord_null(&array, PG_TEXT);
	pgrecord_bytes(&array, PG_BYTEA, "\0\377", 2);
	pgrecord_end(&array);
	pgrecord_begin(&array);
	pgrecord_end(&array);
	pgarray_end(&array);
	/* 4 count + (8+8) + (8+4) + (8+1) + 8 + (8+2) */
	ok(at(&array.buf, 12) == 2 && at(&array.buf, 20) == 59 && at(&array.buf, 24) == 5, "a record's length and fields");
	ok(at(&array.buf, 28) == PG_INT8 && at(&array.buf, 32) == 8 && at(&array.buf, 40) == 7, "bigint");
	ok(at(&array.buf, 44) == PG_INT4 && at(&array.buf, 48) == 4 && at(&array.buf, 52) == 0xffffffff, "integer");
	ok(at(&array.buf, 56) == PG_CHAR && at(&array.buf, 60) == 1 && array.buf.data[64] == 'o', "\"char\"");
	ok(at(&array.buf, 65) == PG_TEXT && at(&array.buf, 69) == 0xffffffff, "null");
	ok(at(&array.buf, 73) == PG_BYTEA && at(&array.buf, 77) == 2 && memcmp(array.buf.data + 81, "\0\377", 2) == 0,
	   "bytes");
	ok(array.buf.len == 83 + 8 && at(&array.buf, 83) == 4 && at(&array.buf, 87) == 0, "an empty record after it");
	pgarray_free(&array);
}

/* A result of one row and one column; NULL is null. */
static PGresult *
make_result(const char *value)
{
	PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc column = {.name = (char *) "c", .typid = PG_TEXT, .typlen = -1, .atttypmod = -1};

	PQsetResultAttrs(rows, 1, &column);
	PQsetvalue(rows, 0, 0, (char *) value, value != NULL ? (int) strlen(value) : -1);
	return rows;
}

static bool
int_is(const char *value, int64_t expected)
{
	PGresult *rows = make_result(value);
	int64_t number;
	Err e;
	bool good = pgrow_int(rows, 0, "c", -5, INT64_MAX, &number, &e) == 0 && number == expected;

	PQclear(rows);
	return good;
}

static int
array_length(const char *value)
{
	PGresult *rows = make_result(value);
	int64_t *list;
	size_t count;
	Err e;
	int result = pgrow_int8_array(rows, 0, "c", &list, &count, &e) < 0 ? -1 : (int) count;

	free(list);
	PQclear(rows);
	return result;
}

int
main(void)
{
	PGresult *rows = make_result("t");
	bool flag;
	Err e;

	check_scalars();
	check_records();
	ok(int_is("9223372036854775807", INT64_MAX) && int_is("-5", -5), "numbers");
	ok(!int_is("-6", -6) && !int_is("9223372036854775808", INT64_MAX) && !int_is("", 0) && !int_is("1x", 1) &&
		   !int_is(NULL, 0),
	   "what is none");
	ok(pgrow_bool(rows, 0, "c", &flag, &e) == 0 && flag && pgrow_bool(rows, 0, "d", &flag, &e) < 0 &&
		   pgrow_bool(rows, 1, "c", &flag, &e) < 0,
	   "a column or row that is not there: %s", e.message);
	PQclear(rows);
	ok(array_length("{}") == 0 && array_length("{1}") == 1 && array_length("{1,-2,3}") == 3 && array_length(NULL) == 0,
	   "arrays");
	ok(array_length("") == -1 && array_length("{") == -1 && array_length("{1") == -1 && array_length("{1,,2}") == -1 &&
		   array_length("{a}") == -1 && array_length("{NULL}") == -1 && array_length("{99999999999999999999}") == -1 &&
		   array_length("{1,}") == -1 && array_length("{,1}") == -1 && array_length("{1}x") == 1,
	   "what is none");
	return done_testing();
}
