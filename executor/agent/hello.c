/*
 * hello.c - what this executor says of itself when it comes to the database.
 */
#include "hello.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempts.h"
#include "mem.h"
#include "offer.h"
#include "pgbinary.h"

#define PROTOCOL "1"

#ifndef JOBGRID_VERSION
#define JOBGRID_VERSION "unknown"
#endif

/* The items of a comma-separated list, without the blanks around them. */
static void
put_items(PgArray *array, const char *list)
{
	for (const char *p = list; p != NULL && *p != '\0';)
	{
		size_t len = strcspn(p, ",");
		size_t skip = strspn(p, " ");
		cleanup_free char *item = NULL;

		if (skip > len)
			skip = len;
		item = mem_strndup(p + skip, len - skip);
		while (*item != '\0' && item[strlen(item) - 1] == ' ')
			item[strlen(item) - 1] = '\0';
		if (*item != '\0')
			pgarray_text(array, item);
		p += len + (p[len] == ',');
	}
}

static PgParameter
array_parameter(Oid type, const PgArray *array)
{
	return (PgParameter){.type = type, .value = buf_text(&array->buf), .length = (int) array->buf.len, .format = 1};
}

void
hello_send(PgConn *conn, const Settings *settings, const char *instance, Oid known_type, PgAnswerCallback callback)
{
	PgArray kinds = {0};
	PgArray capabilities = {0};
	PgArray known = {0};
	char slots[24];
	char host[256] = "";

	pgarray_begin(&kinds, PG_TEXT);
	put_items(&kinds, offer_kinds());
	pgarray_end(&kinds);
	pgarray_begin(&capabilities, PG_TEXT);
	put_items(&capabilities, settings->capabilities);
	put_items(&capabilities, offer_capabilities());
	pgarray_end(&capabilities);
	pgarray_begin(&known, known_type);
	attempts_put_known(&known);
	pgarray_end(&known);
	snprintf(slots, sizeof(slots), "%" PRId64, settings->slots);
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	{
		const PgParameter parameters[] = {{.type = PG_TEXT, .value = settings->name},
										  {.type = PG_UUID, .value = instance},
										  {.type = PG_INT4, .value = PROTOCOL},
										  {.type = PG_INT4, .value = slots},
										  array_parameter(PG_TEXT_ARRAY, &kinds),
										  {.type = PG_TEXT, .value = settings->pool},
										  {.type = PG_TEXT, .value = settings->site},
										  array_parameter(PG_TEXT_ARRAY, &capabilities),
										  {.type = PG_TEXT, .value = JOBGRID_VERSION},
										  {.type = PG_TEXT, .value = host},
										  array_parameter(0, &known)};

		pgconn_call(
			conn,
			"select * from jobgrid_engine.hello(name => $1, instance => $2, protocol => $3, slots => $4,"
			" kinds => $5, pool => $6, site => $7, capabilities => $8, version => $9, host => $10, known => $11)",
			11, parameters, callback, NULL);
	}
	pgarray_free(&kinds);
	pgarray_free(&capabilities);
	pgarray_free(&known);
}
