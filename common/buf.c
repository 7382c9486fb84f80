/*
 * buf.c - growable byte buffer.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"

void
buf_reserve(Buf *buf, size_t more)
{
	size_t need;
	size_t cap = buf->cap > 0 ? buf->cap : 64;

	if (__builtin_add_overflow(buf->len, more, &need) || need >= SIZE_MAX / 2)
		fatalx("buffer of %zu bytes cannot grow by %zu", buf->len, more);
	need++; /* the NUL */
	if (need <= buf->cap)
		return;
	while (cap < need)
		cap *= 2;
	buf->data = mem_resize(buf->data, cap, 1);
	buf->cap = cap;
	buf->data[buf->len] = '\0';
}

void
buf_append(Buf *buf, const void *bytes, size_t len)
{
	buf_reserve(buf, len);
	if (len > 0)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_puts(Buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void
buf_putc(Buf *buf, char c)
{
	buf_append(buf, &c, 1);
}

void
buf_printf(Buf *buf, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		fatalx("cannot format \"%s\"", fmt);
	buf_reserve(buf, (size_t) len);
	va_start(ap, fmt);
	vsnprintf(buf->data + buf->len, (size_t) len + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t) len;
}

static void
put_big_endian(char *to, uint64_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
	{
		to[i] = (char) (value & 0xff);
		value >>= 8;
	}
}

void
buf_put_int16(Buf *buf, int16_t value)
{
	char bytes[2];

	put_big_endian(bytes, (uint16_t) value, 2);
	buf_append(buf, bytes, sizeof(bytes));
}

void
buf_put_int32(Buf *buf, int32_t value)
{
	char bytes[4];

	put_big_endian(bytes, (uint32_t) value, 4);
	buf_append(buf, bytes, sizeof(bytes));
}

void
buf_put_int64(Buf *buf, int64_t value)
{
	char bytes[8];

	put_big_endian(bytes, (uint64_t) value, 8);
	buf_append(buf, bytes, sizeof(bytes));
}

void
buf_set_int32(Buf *buf, size_t offset, int32_t value)
{
	if (offset > buf->len || buf->len - offset < 4)
		fatalx("offset %zu is outside a buffer of %zu bytes", offset, buf->len);
	put_big_endian(buf->data + offset, (uint32_t) value, 4);
}

const char *
buf_text(const Buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}

void
buf_reset(Buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void
buf_free(Buf *buf)
{
	mem_free(buf->data);
	memset(buf, 0, sizeof(*buf));
}
