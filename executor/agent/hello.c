/*
 * hello.c - what this executor says of itself when it comes to the database.
 */
#include "hello.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempts.h"
#include "enforce.h"
#include "log.h"
#include "mem.h"
#include "pgbinary.h"

#define PROTOCOL "1"

#ifndef JOBGRID_VERSION
#define JOBGRID_VERSION "unknown"
#endif

/* Adds the items of a comma list, but for those that only the keeper may say. */
static void
put_list(PgArray *array, const char *list)
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
		if (enforce_reserved(item, strlen(item)))
			log_warnx("capability \"%s\" is not for the settings to give", item);
		else if (*item != '\0')
			pgarray_text(array, item);
		p += len + (p[len] == ',');
	}
}

static void
put_enforced(PgArray *array, unsigned enforced)
{
	for (int i = 0; i < ENFORCE_END; i++)
	{
		if ((enforced & ENFORCE_BIT(i)) != 0)
			pgarray_text(array, enforce_word((Enforcement) i));
	}
}

/* What people are to know of this node beyond what decides where a job goes. */
static void
put_info(Buf *info, unsigned enforced)
{
	const char *comma = "";

	buf_puts(info, "{\"not_enforced\": [");
	for (int i = 0; i < ENFORCE_END; i++)
	{
		if ((enforced & ENFORCE_BIT(i)) != 0)
			continue;
		buf_printf(info, "%s\"%s\"", comma, enforce_word((Enforcement) i));
		comma = ", ";
	}
	buf_puts(info, "]}");
}

static PgParameter
array_parameter(Oid type, const PgArray *array)
{
	return (PgParameter){.type = type, .value = buf_text(&array->buf), .length = (int) array->buf.len, .format = 1};
}

void
hello_send(PgConn *conn, const Settings *settings, const char *instance, unsigned enforced, Oid known_type,
		   PgAnswerCallback callback)
{
	PgArray kinds = {0};
	PgArray capabilities = {0};
	PgArray known = {0};
	cleanup_buf Buf info = {0};
	char slots[24];
	char host[256] = "";

	pgarray_begin(&kinds, PG_TEXT);
	put_list(&kinds, "shell,noop");
	pgarray_end(&kinds);
	pgarray_begin(&capabilities, PG_TEXT);
	put_list(&capabilities, settings->capabilities);
	put_enforced(&capabilities, enforced);
	pgarray_end(&capabilities);
	put_info(&info, enforced);
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
										  {.value = buf_text(&info)},
										  array_parameter(0, &known)};

		pgconn_call(conn,
					"select * from jobgrid_engine.hello(name => $1, instance => $2, protocol => $3, slots => $4,"
					" kinds => $5, pool => $6, site => $7, capabilities => $8, version => $9, host => $10, info => $11,"
					" known => $12)",
					12, parameters, callback, NULL);
	}
	pgarray_free(&kinds);
	pgarray_free(&capabilities);
	pgarray_free(&known);
}
