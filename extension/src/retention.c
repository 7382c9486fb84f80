/*
 * Retention: drops partitions of which nothing has to be kept.
 *
 * The four tables of one range go together. A live run, or one whose job keeps its runs longer, keeps the range. The
 * locks are asked for with a short timeout: a drop waits for nobody for long, and nobody waits long for a drop.
 */
#include "janitor.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "lib/stringinfo.h"
#include "partition.h"
#include "sql.h"
#include "utils/guc.h"

#define LOOK_MS 3600000
#define RETRY_MS 60000

/* Bounds of the partitions of run, oldest first, that lie wholly below the last id. */
static int
closed_ranges(int64 **since)
{
	static JgSql sql = {
		.text = "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid,"
				" jobgrid_engine.run_id_seq s where i.inhparent = 'jobgrid_engine.run'::regclass order by c.oid"};
	int n = (int) jg_sql(&sql, NULL, NULL);

	*since = palloc(Max(n, 1) * sizeof(int64));
	for (int i = 0; i < n; i++)
	{
		char *name = jg_sql_text(i, 1);
		char *digits = strrchr(name, '_');

		(*since)[i] = digits ? strtoll(digits + 1, NULL, 10) : 0;
	}
	return n;
}

/* Submission of the oldest run of the partition, 0 where it is empty. */
static TimestampTz
first_submitted(Oid partition)
{
	static JgPartitionSql sql = {.text = "select submitted_at from %s order by run_id limit 1"};

	return jg_sql_partition(&sql, partition, NULL, NULL) > 0 ? jg_sql_int64(0, 1) : 0;
}

/* Whether a run of the partition lives, or ended too short a while ago for its job. */
static bool
is_kept(Oid partition)
{
	static JgPartitionSql sql = {
		.text = "select from %s r left join jobgrid.job j on j.job_id = r.job_id where r.state = 'live'"
				" or r.finished_at + coalesce(j.retention, (select value::interval from jobgrid.job_default"
				"  where setting = 'retention'), '90 days') > $1 limit 1",
		.nargs = 1,
		.types = {TIMESTAMPTZOID}};
	Datum now = TimestampTzGetDatum(jg_now());

	return jg_sql_partition(&sql, partition, &now, NULL) > 0;
}

/*
 * An empty partition may be waited for by a transaction that has its ids and has not committed. It is passed over until
 * the next one has been in use for a day.
 */
static bool
may_be_awaited(Oid partition, int64 until)
{
	int64 since;
	int64 next_until;
	Oid next;
	TimestampTz used_since;

	if (first_submitted(partition) != 0)
		return false;
	next = jg_partition_find(JG_FAMILY_RUN, until, &since, &next_until);
	used_since = OidIsValid(next) ? first_submitted(next) : 0;
	return used_since == 0 || used_since > jg_now() - USECS_PER_DAY;
}

static void
drop_range(int64 since)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, "drop table ");
	for (int family = 0; family < JG_NFAMILIES; family++)
		appendStringInfo(&text, "%sjobgrid_engine.%s_%lld", family > 0 ? ", " : "", jg_family_name((JgFamily) family),
						 (long long) since);
	set_config_option("lock_timeout", "200ms", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	if (SPI_execute(text.data, false, 0) < 0)
		elog(ERROR, "could not drop the partitions of run %lld", (long long) since);
	ereport(LOG,
			(errmsg("jobgrid dropped the partitions from run %lld on: their retention is over", (long long) since)));
}

/* One range a transaction: what is locked is given back soon. */
static void
drop_oldest(void *arg)
{
	static JgSql last_sql = {.text = "select last_value from jobgrid_engine.run_id_seq"};
	int64 *ranges;
	int n = closed_ranges(&ranges);
	int64 last;

	jg_sql(&last_sql, NULL, NULL);
	last = jg_sql_int64(0, 1);
	for (int i = 0; i < n; i++)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_find(JG_FAMILY_RUN, ranges[i], &since, &until);

		if (!OidIsValid(partition) || until > last || is_kept(partition) || may_be_awaited(partition, until))
			continue;
		drop_range(since);
		*(bool *) arg = true;
		return;
	}
}

void
jg_janitor_retention(void)
{
	static JgUnit unit = {.name = "dropping what is kept no longer", .body = drop_oldest};
	static TimestampTz next;
	TimestampTz now = jg_now();
	bool dropped = false;

	if (now < next && next <= TimestampTzPlusMilliseconds(now, LOOK_MS))
	{
		jg_worker_wake_at(next);
		return;
	}
	if (jg_unit_run(&unit, &dropped) == JG_UNIT_DONE)
		next = dropped ? now : TimestampTzPlusMilliseconds(now, LOOK_MS);
	else
		next = TimestampTzPlusMilliseconds(now, RETRY_MS);
	jg_worker_wake_at(next);
}
