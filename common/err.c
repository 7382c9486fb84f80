/*
 * err.c - the error object.  It never prints: that is the caller's decision.
 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(Err *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	e->errnum = errnum;
	va_start(ap, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	if (errnum != 0)
	{
		used = strlen(e->message);
		snprintf(e->message + used, sizeof(e->message) - used, ": %s", strerror(errnum));
	}
	return -1;
}

int
err_wrap(Err *e, const char *fmt, ...)
{
	va_list ap;
	char inner[sizeof(e->message)];
	size_t used;

	memcpy(inner, e->message, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	used = strlen(e->message);
	snprintf(e->message + used, sizeof(e->message) - used, ": %s", inner);
	return -1;
}
