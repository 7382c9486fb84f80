/*
 * Makes partitions: each as a plain table with its own indexes, then attached, all four families with the same bounds
 * in one transaction. The twins' are made here too; which ones is kept.c's to say.
 *
 * A range is sized so that it lasts about a day at the recent rate, and never smaller than jobgrid.partition_rows; one
 * whole partition lies always ahead of the one in use. At the first submission of a new day the ids move on to the next
 * range, so that a partition covers one day at most and retention can drop whole ones.
 */
#include "janitor.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "guc.h"
#include "lib/stringinfo.h"
#include "partition.h"
#include "sql.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define LARGEST_RANGE INT64CONST(100000000)
#define LOCK_RETRY_MS 200

typedef struct Made
{
	bool any;
	int64 last;
} Made;

/* Last id handed out, 0 = none. */
static int64
last_id(void)
{
	static JgSql sql = {.text = "select case when is_called then last_value else 0 end from jobgrid_engine.run_id_seq"};

	jg_sql(&sql, NULL, NULL);
	return jg_sql_int64(0, 1);
}

TimestampTz
jg_partition_began(Oid partition)
{
	static JgPartitionSql sql = {.text = "select submitted_at from %s order by run_id limit 1"};

	return jg_sql_partition(&sql, partition, NULL, NULL) == 0 ? 0 : (TimestampTz) jg_sql_int64(0, 1);
}

void
jg_partition_make(JgFamily family, const char *parent, const char *suffix, const char *values)
{
	static const char *const extras[JG_NFAMILIES] = {
		[JG_FAMILY_RUN] = "alter table %1$s add primary key (run_id);"
						  "create index on %1$s (job_id, run_id);"
						  "create index on %1$s (root_run) where root_run is not null;"
						  "create index on %1$s (run_id) where superseded_by is null"
						  " and (state = 'failed' or state = 'cancelled' and reason = 'drained');"
						  "create trigger guard_truncate before truncate on %1$s for each statement"
						  " execute function jobgrid_engine.guard_truncate();"
						  "alter table %1$s set (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.1,"
						  " autovacuum_vacuum_cost_delay = 0);",
		[JG_FAMILY_ATTEMPT] = "alter table %1$s add primary key (run_id, attempt, fence);",
		[JG_FAMILY_HISTORY] = "create index on %1$s (run_id);",
		[JG_FAMILY_OUTPUT] = "alter table %1$s add primary key (run_id, attempt, chunk);"};
	char *name = psprintf("jobgrid_engine.%s_%s", parent, suffix);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text,
					 "create table %s (like jobgrid_engine.%s including defaults including constraints"
					 " including storage including compression);",
					 name, parent);
	/* The parts name the table more than once. */
	for (const char *p = extras[family]; *p != '\0'; p++)
	{
		if (strncmp(p, "%1$s", 4) == 0)
		{
			appendStringInfoString(&text, name);
			p += 3;
		}
		else
			appendStringInfoChar(&text, *p);
	}
	appendStringInfo(&text, "alter table jobgrid_engine.%s attach partition %s for values %s", parent, name, values);
	jg_sql_ddl(text.data);
}

static void
make_range(int64 since, int64 until)
{
	char *suffix = psprintf("%lld", (long long) since);
	char *values = psprintf("from (%lld) to (%lld)", (long long) since, (long long) until);

	for (int family = 0; family < JG_NFAMILIES; family++)
		jg_partition_make((JgFamily) family, jg_family_name((JgFamily) family), suffix, values);
}

/* Ids a day takes, at the rate since the first run of the partition in use; 0 = not known. */
static int64
ids_a_day(int64 used)
{
	int64 since;
	int64 until;
	Oid partition = jg_partition_range(JG_FAMILY_RUN, used, &since, &until);
	TimestampTz first = OidIsValid(partition) ? jg_partition_began(partition) : 0;
	double elapsed = Max((double) (jg_now() - first), (double) USECS_PER_HOUR);

	if (first == 0)
		return 0;
	return (int64) Min((used - since + 1) * (USECS_PER_DAY / elapsed), (double) LARGEST_RANGE);
}

/* How many ids the next partition covers: a day's, but at most twice as many as the one before. */
static int64
next_range(int64 last, int64 used)
{
	int64 range = ids_a_day(used);
	int64 since;
	int64 until;

	if (!OidIsValid(jg_partition_range(JG_FAMILY_RUN, last - 1, &since, &until)))
		return jg_guc_partition_rows;
	/* Not known while nobody sees the rows yet; a transaction may even have outrun the partitions. */
	if (range == 0)
		range = used >= last ? LARGEST_RANGE : until - since;
	return Max(Min(range, 2 * (until - since)), jg_guc_partition_rows);
}

static void
make_partitions(void *arg)
{
	Made *made = arg;
	int64 wanted = (int64) pg_atomic_read_u64(&jg_shared->partition_wanted);
	int64 last = jg_partition_last(JG_FAMILY_RUN);
	int64 used = Max(last_id(), wanted);
	int64 since = 0;
	int64 until = 0;

	if (last == 0 && wanted == 0)
		return; /* nobody has submitted or restored anything */
	if (!jg_cluster_works() && wanted < last)
		return; /* not even one ahead: a restore may bring its own */
	if (last == 0)
		last = 1;
	else if (OidIsValid(jg_partition_range(JG_FAMILY_RUN, used, &since, &until)) && until < last)
		return; /* at least one lies ahead */
	set_config_option("lock_timeout", "2s", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	jg_cluster_adopt_first();
	while (last <= used || since == 0 || until >= last)
	{
		int64 range = next_range(last, used);

		make_range(last, last + range);
		last += range;
		made->any = true;
		if (since == 0 && last > used)
		{
			/* The one in use is this one; another one ahead of it. */
			since = last - range;
			until = last;
		}
	}
	made->last = last;
}

/* Whether the partition in use began on an earlier day (UTC) and so its range is to be left. */
static bool
began_earlier(int64 used, int64 *until)
{
	int64 since;
	Oid partition = used == 0 ? InvalidOid : jg_partition_range(JG_FAMILY_RUN, used, &since, until);
	TimestampTz first = OidIsValid(partition) ? jg_partition_began(partition) : 0;

	return first != 0 && first / USECS_PER_DAY < jg_now() / USECS_PER_DAY;
}

/*
 * Moves the ids on to the next range. The lock keeps nextval() out, so that the sequence cannot go backwards; it is
 * only asked for, never waited for: a transaction that has submitted holds its own until it ends.
 */
static void
turn_day(void *arg)
{
	static JgSql sql = {.text = "select setval('jobgrid_engine.run_id_seq', $1 - 1)", .nargs = 1, .types = {INT8OID}};
	Oid sequence = jg_engine_relation("run_id_seq");
	int64 until = 0;
	bool *again = arg;
	Datum value;

	if (!began_earlier(last_id(), &until))
		return;
	if (!ConditionalLockRelationOid(sequence, ShareRowExclusiveLock))
	{
		*again = true;
		return;
	}
	if (!began_earlier(last_id(), &until))
		return;
	value = Int64GetDatum(until);
	jg_sql(&sql, &value, NULL);
	*again = true; /* the next one is in use now: look whether one lies ahead of it */
}

void
jg_janitor_make_partitions(void)
{
	static JgUnit unit = {.name = "making partitions", .body = make_partitions};
	Made made = {0};

	if (jg_unit_run(&unit, &made) == JG_UNIT_DONE && made.any)
	{
		ConditionVariableBroadcast(&jg_shared->partition_made);
		/* The first ones made the database somebody's. */
		if (!jg_cluster_works())
			jg_ring_now(JG_SCHEDULER);
		ereport(DEBUG1, (errmsg_internal("partitions cover run ids up to %lld", (long long) made.last)));
	}
}

void
jg_janitor_turn_day(void)
{
	static JgUnit unit = {.name = "moving to the next day's partition", .body = turn_day};
	bool again = false;
	TimestampTz now = jg_now();

	jg_unit_run(&unit, &again);
	jg_worker_wake_at(again ? TimestampTzPlusMilliseconds(now, LOCK_RETRY_MS)
							: (now / USECS_PER_DAY + 1) * USECS_PER_DAY);
}
