/*
 * buf.h - growable byte buffer.
 *
 * data is always followed by a NUL that does not count, so that text can be
 * used as a string.  Sizes are checked for overflow; running out of memory ends
 * the process (mem.h).  A zeroed Buf is an empty buffer.
 */
#ifndef JOBGRID_BUF_H
#define JOBGRID_BUF_H

#include <stddef.h>
#include <stdint.h>

typedef struct Buf
{
	char *data;
	size_t len;
	size_t cap;
} Buf;

void buf_reserve(Buf *buf, size_t more);
void buf_append(Buf *buf, const void *bytes, size_t len);
void buf_puts(Buf *buf, const char *text);
void buf_putc(Buf *buf, char c);
void buf_printf(Buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* big-endian integers, as PostgreSQL's binary formats want them */
void buf_put_int16(Buf *buf, int16_t value);
void buf_put_int32(Buf *buf, int32_t value);
void buf_put_int64(Buf *buf, int64_t value);
void buf_set_int32(Buf *buf, size_t offset, int32_t value);

const char *buf_text(const Buf *buf); /* never NULL */
void buf_reset(Buf *buf);             /* empty, memory kept */
void buf_free(Buf *buf);

#define cleanup_buf __attribute__((cleanup(buf_free)))

#endif
