/*
 * mem.c - allocation that ends the process instead of failing.
 */
#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "log.h"

void *
mem_alloc(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	if (p == NULL)
		fatalx("out of memory (%zu bytes)", size);
	return p;
}

void *
mem_zalloc(size_t size)
{
	return memset(mem_alloc(size), 0, size);
}

void *
mem_resize(void *p, size_t count, size_t size)
{
	void *q;

	if (size != 0 && count > SIZE_MAX / size)
		fatalx("out of memory (%zu times %zu bytes)", count, size);
	q = realloc(p, count * size > 0 ? count * size : 1);
	if (q == NULL)
		fatalx("out of memory (%zu bytes)", count * size);
	return q;
}

void
mem_free(void *p)
{
	free(p);
}

char *
mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

char *
mem_strndup(const char *s, size_t len)
{
	char *copy = mem_alloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		fatalx("out of memory");
	return text;
}
