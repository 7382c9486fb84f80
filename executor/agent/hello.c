/*
 * hello.c - what this executor says of itself when it comes to the database.
 */
#include "hello.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempts.h"
#include "load.h"
#include "mem.h"
#include "pgbinary.h"

#define PROTOCOL "1"

#ifndef JOBGRID_VERSION
#define JOBGRID_VERSION "unknown"
#endif

static void
put_list(PgArray *array, const char *list)
{
	pgarray_begin(array, PG_TEXT);
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
	pgarray_end(array);
}

/* As a JSON object; the settings have been checked. */
static void
put_tokens(Buf *object, const char *tokens)
{
	const char *name;
	size_t length;
	int64_t count;
	Err e;

	buf_putc(object, '{');
	for (const char *list = tokens; list != NULL && settings_next_token(&list, &name, &length, &count, &e) > 0;)
		buf_printf(object, "%s\"%.*s\": %" PRId64, object->len > 1 ? ", " : "", (int) length, name, count);
	buf_putc(object, '}');
}

/* What it offers to jobs with needs: as set, else as measured; an empty text where that is not known either. */
static void
describe_offer(const Settings *settings, char cpus[32], char memory[32])
{
	double cores = settings->cpus > 0 ? settings->cpus : load_cores();
	int64_t bytes = settings->memory > 0 ? settings->memory : load_total_memory();

	cpus[0] = memory[0] = '\0';
	if (cores > 0)
		snprintf(cpus, 32, "%.9g", cores);
	if (bytes > 0)
		snprintf(memory, 32, "%" PRId64, bytes);
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
	cleanup_buf Buf tokens = {0};
	char cpus[32];
	char memory[32];
	char slots[24];
	char host[256] = "";

	put_list(&kinds, "shell,noop");
	put_list(&capabilities, settings->capabilities);
	put_tokens(&tokens, settings->tokens);
	describe_offer(settings, cpus, memory);
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
										  {.type = PG_TEXT, .value = settings->queue},
										  {.type = PG_FLOAT4, .value = cpus[0] != '\0' ? cpus : NULL},
										  {.type = PG_INT8, .value = memory[0] != '\0' ? memory : NULL},
										  {.type = PG_TEXT, .value = buf_text(&tokens)},
										  array_parameter(0, &known)};

		pgconn_call(
			conn,
			"select * from jobgrid_engine.hello(name => $1, instance => $2, protocol => $3, slots => $4,"
			" kinds => $5, pool => $6, site => $7, capabilities => $8, version => $9, host => $10, queue => $11,"
			" cpus => $12, memory => $13, tokens => $14::jsonb, known => $15)",
			15, parameters, callback, NULL);
	}
	pgarray_free(&kinds);
	pgarray_free(&capabilities);
	pgarray_free(&known);
}
