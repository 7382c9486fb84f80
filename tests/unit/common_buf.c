/*
 * The byte buffer: always a string, whatever it was asked, and never a size that wraps.
 */
#include "buf.h"

#include <string.h>

#include "tap.h"

int
main(void)
{
	cleanup_buf Buf buf = {0};

	ok(strcmp(buf_text(&buf), "") == 0, "an empty one is an empty text");
	buf_reserve(&buf, 1000);
	ok(strcmp(buf_text(&buf), "") == 0, "also when it has room");
	buf_append(&buf, "", 0);
	buf_append(&buf, "a\0b", 3);
	ok(buf.len == 3 && memcmp(buf.data, "a\0b", 4) == 0, "any bytes, and a NUL behind");
	buf_reset(&buf);
	ok(buf.len == 0 && strcmp(buf_text(&buf), "") == 0, "emptied");
	for (int i = 0; i < 10000; i++)
		buf_printf(&buf, "%d,", i % 10);
	ok(buf.len == 20000 && strlen(buf_text(&buf)) == 20000 && strncmp(buf_text(&buf), "0,1,2,", 6) == 0,
	   "grown by formatting");
	buf_reset(&buf);
	buf_put_int16(&buf, -2);
	buf_put_int32(&buf, 0x01020304);
	buf_put_int64(&buf, INT64_MIN);
	buf_set_int32(&buf, 2, -1);
	ok(buf.len == 14 && memcmp(buf.data, "\377\376\377\377\377\377\200\0\0\0\0\0\0\0", 14) == 0,
	   "integers, the big end first");
	return done_testing();
}
