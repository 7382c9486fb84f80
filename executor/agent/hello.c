/*
 * hello.c - coming to the database: is it one of ours, what this executor says of itself, and the welcome.
 */
#include "hello.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attempts.h"
#include "enforce.h"
#include "load.h"
#include "log.h"
#include "mem.h"
#include "offer.h"
#include "pgbinary.h"

#define PROTOCOL "1"

#define CLOCK_TOLERANCE_S 10 /* more than an answer takes */

#ifndef JOBGRID_VERSION
#define JOBGRID_VERSION "unknown"
#endif

void
hello_look(PgConn *conn, PgAnswerCallback callback)
{
	pgconn_call(conn,
				"select current_database()::text as database, session_user::text as role,"
				" count(*) filter (where t.typname = 'report') > 0 as installed,"
				" coalesce(pg_has_role(to_regrole('jobgrid_executor'), 'member'), false) as member,"
				" max(t.oid::bigint) filter (where t.typname = 'report') as report,"
				" max(t.oid::bigint) filter (where t.typname = 'known_attempt') as known,"
				" (extract(epoch from clock_timestamp()) * 1000000)::bigint as clock"
				" from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace"
				" where n.nspname = 'jobgrid_engine' and t.typname in ('report', 'known_attempt')",
				0, NULL, callback, NULL);
}

/* What can be seen without any right on our schemas, said in words that tell what to do. */
static int
check_database(const PgAnswer *answer, Err *e)
{
	const char *role = pgrow_text(answer->rows, 0, "role");
	bool installed;
	bool member;

	if (pgrow_bool(answer->rows, 0, "installed", &installed, e) < 0)
		return -1;
	if (!installed)
		return err_set(e, 0, "database \"%s\" has no Jobgrid; name the one that has it in --database",
					   pgrow_text(answer->rows, 0, "database"));
	if (pgrow_bool(answer->rows, 0, "member", &member, e) < 0)
		return -1;
	if (!member)
		return err_set(e, 0, "role \"%s\" is not a member of jobgrid_executor; GRANT jobgrid_executor TO \"%s\";", role,
					   role);
	return 0;
}

/* Nothing here goes by this node's time of day. Its jobs do, and whoever reads its logs. */
static void
compare_clocks(int64_t theirs)
{
	struct timespec now;
	int64_t ahead;

	clock_gettime(CLOCK_REALTIME, &now);
	ahead = (int64_t) now.tv_sec - theirs / 1000000;
	if (ahead > CLOCK_TOLERANCE_S || ahead < -CLOCK_TOLERANCE_S)
		log_warnx("this node's clock is %" PRId64 " s %s the database's: runs and leases go by the database's, but jobs"
				  " and logs here do not",
				  ahead > 0 ? ahead : -ahead, ahead > 0 ? "ahead of" : "behind");
}

int
hello_types(const PgAnswer *answer, Oid *report_type, Oid *known_type, Err *e)
{
	int64_t report;
	int64_t known;
	int64_t theirs;

	if (check_database(answer, e) < 0 || pgrow_int(answer->rows, 0, "report", 1, UINT32_MAX, &report, e) < 0 ||
		pgrow_int(answer->rows, 0, "known", 1, UINT32_MAX, &known, e) < 0 ||
		pgrow_int(answer->rows, 0, "clock", 0, INT64_MAX, &theirs, e) < 0)
		return -1;
	compare_clocks(theirs);
	*report_type = (Oid) report;
	*known_type = (Oid) known;
	return 0;
}

/* The items of a comma-separated list, without the blanks around them; but not those that only the keeper may say. */
static void
put_items(PgArray *array, const char *list, bool from_keeper)
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
		if (!from_keeper && enforce_reserved(item))
			log_warnx("capability \"%s\" is not for the settings to give", item);
		else if (*item != '\0')
			pgarray_text(array, item);
		p += len + (p[len] == ',');
	}
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
hello_send(PgConn *conn, const Settings *settings, const char *instance, const char *journal, Oid known_type,
		   PgAnswerCallback callback)
{
	PgArray kinds = {0};
	PgArray capabilities = {0};
	PgArray known = {0};
	cleanup_buf Buf tokens = {0};
	char cpus[32];
	char memory[32];
	char slots[24];
	char host[256] = "";

	pgarray_begin(&kinds, PG_TEXT);
	put_items(&kinds, offer_kinds(), true);
	pgarray_end(&kinds);
	pgarray_begin(&capabilities, PG_TEXT);
	put_items(&capabilities, settings->capabilities, false);
	put_items(&capabilities, offer_capabilities(), true);
	pgarray_end(&capabilities);
	pgarray_begin(&known, known_type);
	attempts_put_known(&known);
	pgarray_end(&known);
	put_tokens(&tokens, settings->tokens);
	describe_offer(settings, cpus, memory);
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
										  {.type = PG_UUID, .value = journal},
										  {.type = PG_TEXT, .value = settings->queue},
										  {.type = PG_FLOAT4, .value = cpus[0] != '\0' ? cpus : NULL},
										  {.type = PG_INT8, .value = memory[0] != '\0' ? memory : NULL},
										  {.type = PG_TEXT, .value = buf_text(&tokens)},
										  array_parameter(0, &known)};

		pgconn_call(
			conn,
			"select * from jobgrid_engine.hello(name => $1, instance => $2, protocol => $3, slots => $4,"
			" kinds => $5, pool => $6, site => $7, capabilities => $8, version => $9, host => $10, journal => $11,"
			" queue => $12, cpus => $13, memory => $14, tokens => $15::jsonb, known => $16)",
			16, parameters, callback, NULL);
	}
	pgarray_free(&kinds);
	pgarray_free(&capabilities);
	pgarray_free(&known);
}

/* Attempts of ours whose fence is not the current one. */
static int
take_unknown(const PgAnswer *answer, Err *e)
{
	cleanup_free int64_t *runs = NULL;
	cleanup_free int64_t *fences = NULL;
	size_t count = 0;
	size_t fence_count = 0;

	if (pgrow_int8_array(answer->rows, 0, "stale_runs", &runs, &count, e) < 0 ||
		pgrow_int8_array(answer->rows, 0, "stale_fences", &fences, &fence_count, e) < 0)
		return -1;
	if (count != fence_count)
		return err_set(e, 0, "the welcome has %zu stale runs and %zu fences", count, fence_count);
	for (size_t i = 0; i < count; i++)
		attempts_unknown(runs[i], fences[i]);
	return 0;
}

int
hello_read(const PgAnswer *answer, Welcome *welcome, Err *e)
{
	if (pgrow_int(answer->rows, 0, "executor_id", 1, INT32_MAX, &welcome->executor_id, e) < 0 ||
		pgrow_int(answer->rows, 0, "lease_ms", 1, INT32_MAX, &welcome->lease_ms, e) < 0 ||
		pgrow_int(answer->rows, 0, "grace_ms", 0, INT32_MAX, &welcome->grace_ms, e) < 0 ||
		pgrow_int(answer->rows, 0, "heartbeat_ms", 1, INT32_MAX, &welcome->heartbeat_ms, e) < 0 ||
		pgrow_int(answer->rows, 0, "poll_ms", 1, INT32_MAX, &welcome->poll_ms, e) < 0 ||
		pgrow_int(answer->rows, 0, "last_request", 0, INT64_MAX, &welcome->last_request, e) < 0)
		return -1;
	welcome->channel = pgrow_text(answer->rows, 0, "channel");
	if (welcome->channel == NULL)
		return err_set(e, 0, "the welcome names no channel");
	return take_unknown(answer, e);
}
