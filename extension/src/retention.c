/*
 * Retention: when a range of partitions goes, and when a month of the twins.
 *
 * A closed range goes once at most half of its runs, or FEW, have to be kept longer; those are copied to the twins
 * first. A month goes when it has come, after the runs in it that have to be kept by now (somebody made a retention
 * longer) have moved on. How that is done without standing in anybody's way is partition_drop.c's.
 *
 * One range or place is looked at in a transaction, and each once a day: what counts is counted in the table itself.
 */
#include "janitor.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define FEW 1000
#define AGENDA_MS 3600000 /* a new range or month is found in the agenda after that */
#define SOON_MS 60000
#define DAY_MS 86400000
#define LIVE_PLACE 0

typedef enum Verdict
{
	GONE,    /* or some of it: look again at once */
	NOT_YET, /* there is too much to keep */
	IN_USE
} Verdict;

/* What this process remembers of a range or a place. */
typedef struct Memory
{
	int64 what; /* key: first id of a range; months of the twins are negative, -YYYYMM; LIVE_PLACE */
	TimestampTz look_at;
	int in_vain; /* times in a row that it was in use */
} Memory;

typedef struct Range
{
	Oid partitions[JG_NFAMILIES];
	int64 since;
	int64 until;
	JgKeeping keeping;
	TimestampTz now;
} Range;

/* One look: at the first thing on the agenda whose time has come. */
typedef struct Turn
{
	TimestampTz now;
	TimestampTz next; /* when another look is worth it */
} Turn;

static Memory *
memory_of(int64 what)
{
	static HTAB *memories;
	Memory *memory;
	bool found;

	if (memories == NULL)
	{
		HASHCTL ctl = {.keysize = sizeof(int64), .entrysize = sizeof(Memory), .hcxt = TopMemoryContext};

		memories = hash_create("jobgrid retention", 128, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	memory = hash_search(memories, &what, HASH_ENTER, &found);
	if (!found)
	{
		memory->look_at = 0;
		memory->in_vain = 0;
	}
	return memory;
}

/* The one of family run. */
static const char *
partition_name(int64 what)
{
	if (what == LIVE_PLACE)
		return "kept_run_live";
	return what > 0 ? psprintf("run_%lld", (long long) what) : psprintf("kept_run_%lld", (long long) -what);
}

static int
month_of(TimestampTz moment)
{
	int year;
	int month;
	int day;

	j2date((int) (moment / USECS_PER_DAY) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return year * 100 + month;
}

/* Ranges, oldest first, then places of the twins, as Memory.what. */
static int
read_agenda(int64 **agenda, TimestampTz now)
{
	static JgSql sql = {
		.text = "select i.inhparent = 'jobgrid_engine.run'::regclass, substring(c.relname::text from '[^_]+$')"
				" from pg_inherits i join pg_class c on c.oid = i.inhrelid"
				" where i.inhparent in ('jobgrid_engine.run'::regclass, 'jobgrid_engine.kept_run'::regclass)"
				" order by 1 desc, c.oid"};
	int found = (int) jg_sql(&sql, NULL, NULL);
	int n = 0;

	*agenda = palloc(Max(found, 1) * sizeof(int64));
	for (int i = 0; i < found; i++)
	{
		const char *suffix = jg_sql_text(i, 2);

		if (jg_sql_bool(i, 1))
			(*agenda)[n++] = strtoll(suffix, NULL, 10);
		else if (strcmp(suffix, "live") == 0)
			(*agenda)[n++] = LIVE_PLACE;
		else if (atoi(suffix) <= month_of(now))
			(*agenda)[n++] = -atoi(suffix);
	}
	return n;
}

/* Wholly below the last id. */
static bool
is_closed(int64 until)
{
	static JgSql sql = {.text = "select last_value from jobgrid_engine.run_id_seq"};

	jg_sql(&sql, NULL, NULL);
	return until <= jg_sql_int64(0, 1);
}

/* Whether its youngest run is younger than the shortest retention there is. Saves counting. */
static bool
is_young(Oid partition, TimestampTz now)
{
	static JgPartitionSql sql = {
		.text = "select from (select submitted_at from %s order by run_id desc limit 1) r where submitted_at +"
				" (select min(s.retention) from (select retention from jobgrid.job union all"
				"  select value::interval from jobgrid.job_default where setting = 'retention') s) > $1",
		.nargs = 1,
		.types = {TIMESTAMPTZOID}};
	Datum value = TimestampTzGetDatum(now);

	return jg_sql_partition(&sql, partition, &value, NULL) > 0;
}

/*
 * An empty partition may be waited for by a transaction that has its ids and has not committed. It is passed over until
 * the next one has been in use for a day.
 */
static bool
may_be_awaited(int64 until, TimestampTz now)
{
	int64 since;
	int64 next_until;
	Oid next = jg_partition_range(JG_FAMILY_RUN, until, &since, &next_until);
	TimestampTz used_since = OidIsValid(next) ? jg_partition_began(next) : 0;

	return used_since == 0 || used_since > now - USECS_PER_DAY;
}

static bool
copy_range(void *arg)
{
	const Range *range = arg;

	return jg_kept_copy(range->partitions, range->since, range->until, &range->keeping, range->now);
}

static Verdict
look_at_range(int64 since, TimestampTz now)
{
	Range range = {.now = now};

	for (int family = 0; family < JG_NFAMILIES; family++)
		range.partitions[family] = jg_partition_range((JgFamily) family, since, &range.since, &range.until);
	if (!OidIsValid(range.partitions[JG_FAMILY_RUN]))
		return NOT_YET; /* somebody is taking it away by hand */
	if (!is_closed(range.until) || is_young(range.partitions[JG_FAMILY_RUN], now))
		return NOT_YET;
	if (!jg_partitions_claim(range.partitions))
		return IN_USE;
	range.keeping = jg_keeping(range.partitions[JG_FAMILY_RUN], now);
	if (range.keeping.runs == 0 && may_be_awaited(range.until, now))
		return NOT_YET;
	if (range.keeping.kept > Max(FEW, range.keeping.runs / 2))
		return NOT_YET;
	/* A copy takes long; for nothing, if somebody is in. */
	if (!jg_partitions_free(range.partitions) || !jg_partitions_retire(range.partitions, copy_range, &range))
		return IN_USE;
	ereport(LOG, (errmsg("jobgrid dropped the partitions from run %lld on: their retention is over",
						 (long long) range.since),
				  errdetail("%lld of %lld runs are kept longer.", (long long) range.keeping.kept,
							(long long) range.keeping.runs)));
	return GONE;
}

static bool
copy_nothing(void *arg)
{
	return true;
}

static Verdict
look_at_place(int64 what, TimestampTz now)
{
	const char *suffix = partition_name(what) + strlen("kept_run_");
	Oid partitions[JG_NFAMILIES];

	for (int family = 0; family < JG_NFAMILIES; family++)
		partitions[family] = jg_engine_relation(psprintf("kept_%s_%s", jg_family_name((JgFamily) family), suffix));
	if (!jg_partitions_claim(partitions))
		return IN_USE;
	if (jg_kept_move(partitions[JG_FAMILY_RUN], now) > 0)
		return GONE;
	if (what == LIVE_PLACE)
		return NOT_YET;
	if (!jg_partitions_retire(partitions, copy_nothing, NULL))
		return IN_USE;
	ereport(LOG, (errmsg("jobgrid dropped partition \"%s\" and those beside it: their month has come",
						 partition_name(what))));
	return GONE;
}

/* When to look again. A range that many use is asked for less and less often, for each time costs a copy. */
static void
remember(Memory *memory, Verdict verdict, TimestampTz now)
{
	int64 pause = 0;

	if (verdict == NOT_YET)
		pause = memory->what == LIVE_PLACE ? AGENDA_MS : DAY_MS;
	else if (verdict == IN_USE)
		pause = Min((int64) SOON_MS << Min(memory->in_vain, 6), AGENDA_MS);
	memory->in_vain = verdict == IN_USE ? memory->in_vain + 1 : 0;
	memory->look_at = now + pause * 1000;
	if (pause == AGENDA_MS && verdict == IN_USE)
		ereport(LOG, (errmsg("jobgrid cannot tidy up partition \"%s\": it has been in use at each of %d tries",
							 partition_name(memory->what), memory->in_vain),
					  errhint("SELECT pid, mode FROM pg_locks WHERE relation = 'jobgrid_engine.%s'::regclass;",
							  partition_name(memory->what))));
}

static void
look(void *arg)
{
	Turn *turn = arg;
	int64 *agenda;
	int n = read_agenda(&agenda, turn->now);

	set_config_option("lock_timeout", "5s", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	for (int i = 0; i < n; i++)
	{
		Memory *memory = memory_of(agenda[i]);
		bool range = agenda[i] > LIVE_PLACE;

		/* A clock that was set back must not keep it for longer than a day. */
		if (memory->look_at > turn->now && memory->look_at <= TimestampTzPlusMilliseconds(turn->now, DAY_MS))
		{
			turn->next = Min(turn->next, memory->look_at);
			continue;
		}
		/* An error must not bring the same one up again and again, before the others. */
		memory->look_at = TimestampTzPlusMilliseconds(turn->now, SOON_MS);
		remember(memory, range ? look_at_range(agenda[i], turn->now) : look_at_place(agenda[i], turn->now), turn->now);
		turn->next = turn->now;
		return;
	}
}

void
jg_janitor_retention(void)
{
	static JgUnit unit = {.name = "dropping what is kept no longer", .body = look};
	static TimestampTz next;
	Turn turn = {.now = jg_now()};

	if (turn.now < next && next <= TimestampTzPlusMilliseconds(turn.now, AGENDA_MS))
	{
		jg_worker_wake_at(next);
		return;
	}
	turn.next = TimestampTzPlusMilliseconds(turn.now, AGENDA_MS);
	next = jg_unit_run(&unit, &turn) == JG_UNIT_DONE ? turn.next : TimestampTzPlusMilliseconds(turn.now, SOON_MS);
	jg_worker_wake_at(next);
}
