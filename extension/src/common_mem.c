/*
 * What the files of common/ stand on inside the server: memory of the current context instead of malloc(), an error
 * instead of the end of the process.
 *
 * Nothing leaks when an error goes past them, because the context goes; that is why they may be used where any call can
 * raise one.
 */
#include "postgres.h"

#include "log.h"
#include "mem.h"

void *
mem_alloc(size_t size)
{
	return palloc(size);
}

void *
mem_zalloc(size_t size)
{
	return palloc0(size);
}

void *
mem_resize(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		elog(ERROR, "%zu times %zu bytes are too many", count, size);
	return p != NULL ? repalloc(p, bytes) : palloc(bytes);
}

void
mem_free(void *p)
{
	if (p != NULL)
		pfree(p);
}

/* Only what is wrong in the program gets here: sizes that no text within its caps has. */
void
fatalx(const char *fmt, ...)
{
	char message[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	elog(ERROR, "%s", message);
}
