/*
 * Makes and drops partitions.
 *
 * A range of run ids is one table in each of the four families, all with the same bounds. Each is built as a plain table
 * with its own indexes and then attached: attaching asks for a weaker lock on the parent than CREATE ... PARTITION OF
 * does, and the parent has no index to copy. Nothing is made by the install script, and the first range is made for
 * the first run: dump and restore, and DROP EXTENSION, depend on both.
 *
 * A range is meant for about a day: as many ids as a day needs at the recent rate, no fewer than jobgrid.partition_rows,
 * no more than twice the range before. Ranges leave no hole.
 */
#include "partition_make.h"

#include "clock.h"
#include "common/int.h"
#include "executor/spi.h"
#include "guc.h"
#include "partition.h"
#include "sql.h"
#include "utils/guc.h"

#define ATTACH_LOCK_TIMEOUT_MS 1000

/* What the tables of a family look like beyond their columns. */
typedef struct Shape
{
	const char *key;			/* columns of the primary key, NULL = none */
	const char *index;			/* columns of a further index, NULL = none */
	const char *options;
	const char *external;		/* column that is stored out of line uncompressed, NULL = none */
} Shape;

static const Shape shapes[JG_NFAMILIES] = {
	[JG_FAMILY_RUN] = {"run_id", "job_id, run_id", "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.1", NULL},
	[JG_FAMILY_ATTEMPT] = {"run_id, attempt, fence", NULL, "autovacuum_vacuum_insert_scale_factor = 0.5", NULL},
	[JG_FAMILY_HISTORY] = {NULL, "run_id", "autovacuum_vacuum_insert_scale_factor = 0.5", NULL},
	[JG_FAMILY_OUTPUT] = {"run_id, attempt, chunk", NULL, "autovacuum_vacuum_insert_scale_factor = 0.5", "data"},
};

/* DDL, whose names come from constants and numbers. */
static void
ddl(const char *format,...)
{
	StringInfoData text;
	va_list		args;
	int			needed;
	int			rc;

	initStringInfo(&text);
	do
	{
		va_start(args, format);
		needed = appendStringInfoVA(&text, format, args);
		va_end(args);
		if (needed > 0)
			enlargeStringInfo(&text, needed);
	} while (needed > 0);
	rc = SPI_execute(text.data, false, 0);
	if (rc != SPI_OK_UTILITY)
		elog(ERROR, "could not execute \"%s\": %s", text.data, SPI_result_code_string(rc));
	pfree(text.data);
}

void
jg_partition_lock_timeout(int ms)
{
	char		value[16];

	snprintf(value, sizeof(value), "%d", ms);
	(void) set_config_option("lock_timeout", value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

int64
jg_partition_last_id(void)
{
	static JgSql sql = {.text = "select case when is_called then last_value else 0 end from jobgrid_engine.run_id_seq"};

	jg_sql(&sql, NULL, NULL);
	return jg_sql_int64(0, 1);
}

TimestampTz
jg_partition_first_submitted(Oid partition)
{
	static JgPartitionSql sql = {.text = "select submitted_at from %s order by run_id limit 1"};

	return jg_sql_partition(&sql, partition, NULL, NULL) == 0 ? 0 : (TimestampTz) jg_sql_int64(0, 1);
}

/* Ids a day takes at the rate since the first run of the partition that is filled now; 0 = not known. */
static int64
ids_a_day(void)
{
	int64		last_id = jg_partition_last_id();
	int64		since;
	int64		until;
	Oid			partition = last_id == 0 ? InvalidOid : jg_partition_find(JG_FAMILY_RUN, last_id, &since, &until);
	TimestampTz first = OidIsValid(partition) ? jg_partition_first_submitted(partition) : 0;
	double		elapsed;

	if (first == 0)
		return 0;
	elapsed = Max((double) (jg_now() - first), (double) USECS_PER_HOUR);
	return (int64) Min((last_id - since + 1) * ((double) USECS_PER_DAY / elapsed), 1e15);
}

static int64
range_size(int64 last, int64 wanted)
{
	int64		since;
	int64		until;
	int64		before;
	int64		size = ids_a_day();

	if (last == 0 || !OidIsValid(jg_partition_find(JG_FAMILY_RUN, last - 1, &since, &until)))
		return jg_guc_partition_rows;
	before = until - since;
	if (size == 0)
		size = wanted >= last ? before * 2 : before;
	return Max(Min(size, before * 2), (int64) jg_guc_partition_rows);
}

static void
make_table(JgFamily family, int64 since, int64 until)
{
	const Shape *shape = &shapes[family];
	const char *parent = jg_family_name(family);
	long long	id = since;

	ddl("create table jobgrid_engine.%s_%lld (like jobgrid_engine.%s including defaults including constraints"
		" including storage including compression) with (%s)", parent, id, parent, shape->options);
	if (shape->external)
		ddl("alter table jobgrid_engine.%s_%lld alter column %s set storage external", parent, id, shape->external);
	if (shape->key)
		ddl("alter table jobgrid_engine.%s_%lld add constraint %s_%lld_pkey primary key (%s)",
			parent, id, parent, id, shape->key);
	if (shape->index)
		ddl("create index %s_%lld_idx on jobgrid_engine.%s_%lld (%s)", parent, id, parent, id, shape->index);
	ddl("alter table jobgrid_engine.%s attach partition jobgrid_engine.%s_%lld for values from (%lld) to (%lld)",
		parent, parent, id, id, (long long) until);
}

bool
jg_partition_make(int64 wanted)
{
	int64		last = jg_partition_last(JG_FAMILY_RUN);
	int64		since = last == 0 ? 1 : last;
	int64		covered_since;
	int64		covered_until;
	int64		until;

	if (wanted < last &&
		(!OidIsValid(jg_partition_find(JG_FAMILY_RUN, wanted, &covered_since, &covered_until)) || covered_until < last))
		return false;			/* covered, and there is one ahead; or gone by its age */
	for (int f = 0; f < JG_NFAMILIES; f++)
		if (jg_partition_last((JgFamily) f) != last)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("the partitions of \"%s\" do not end where those of \"run\" do",
							jg_family_name((JgFamily) f)),
					 errhint("Somebody has attached or detached one by hand; put it back.")));
	if (pg_add_s64_overflow(since, range_size(last, wanted), &until))
		until = PG_INT64_MAX;
	jg_partition_lock_timeout(ATTACH_LOCK_TIMEOUT_MS);
	for (int f = 0; f < JG_NFAMILIES; f++)
		make_table((JgFamily) f, since, until);
	ereport(LOG,
			(errmsg("jobgrid made partitions for runs %lld to %lld", (long long) since, (long long) (until - 1))));
	return true;
}

void
jg_partition_drop(int64 since)
{
	long long	id = since;

	ddl("drop table jobgrid_engine.run_%lld, jobgrid_engine.attempt_%lld, jobgrid_engine.history_%lld,"
		" jobgrid_engine.output_%lld", id, id, id, id);
}
