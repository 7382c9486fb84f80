/*
 * The twins kept_run, kept_attempt, kept_history, kept_output: where runs are that outlive their range of ids.
 *
 * A partition of them is a place: one for each first of a month from which on its runs may go, one for those that live.
 * keep_until says which, the same in all rows of a run, and is the default in the place's partitions, so that whoever
 * adds to a run there need not know. Rows come by a copy of their range, move from place to place by an UPDATE of
 * keep_until (a run that has ended; a retention that was made longer), and go with their place. No row is deleted.
 */
#include "janitor.h"

#include "catalog/pg_type.h"
#include "guard.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"

#define COPY_IDS 10000
#define MOVE_RUNS 10000

/* When run r of job j may go, whether that is later than $n, and its place. A worker's time zone is UTC. */
#define GOES_AT                                                                                                        \
	"coalesce(r.finished_at, r.submitted_at) + coalesce(j.retention, (select value::interval from jobgrid.job_default" \
	" where setting = 'retention'), '90 days')"
#define IS_KEPT(now) "(r.state = 'live' or " GOES_AT " > " now ")"
#define KEEP_UNTIL \
	"case when r.state = 'live' then 'infinity' else (date_trunc('month', " GOES_AT ") + '1 month')::date end"
#define JOB " left join jobgrid.job j on j.job_id = r.job_id"

JgKeeping
jg_keeping(Oid partition, TimestampTz now)
{
	static JgPartitionSql sql = {
		.text = "select count(*), count(*) filter (where kept), array_agg(distinct keep_until) filter (where kept)"
				" from (select " IS_KEPT("$1") " as kept, " KEEP_UNTIL " as keep_until"
											   "  from %s r" JOB ") r",
		.nargs = 1,
		.types = {TIMESTAMPTZOID}};
	Datum value = TimestampTzGetDatum(now);
	JgKeeping keeping = {0};
	Datum places;
	bool none;

	jg_sql_partition(&sql, partition, &value, NULL);
	keeping.runs = jg_sql_int64(0, 1);
	keeping.kept = jg_sql_int64(0, 2);
	places = jg_sql_datum(0, 3, &none);
	keeping.places = none ? NULL : DatumGetArrayTypePCopy(places);
	return keeping;
}

/* Makes the four partitions of a place that is not there yet. */
static void
make_place(DateADT keep_until)
{
	const char *suffix = "live";
	const char *value = "infinity";

	if (!DATE_IS_NOEND(keep_until))
	{
		int year;
		int month;
		int day;

		j2date(keep_until + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		suffix = psprintf("%04d%02d", year, month);
		value = psprintf("%04d-%02d-%02d", year, month, day);
	}
	if (OidIsValid(get_relname_relid(psprintf("kept_run_%s", suffix), jg_engine_namespace())))
		return;
	for (int family = 0; family < JG_NFAMILIES; family++)
	{
		char *parent = psprintf("kept_%s", jg_family_name((JgFamily) family));

		jg_partition_make((JgFamily) family, parent, suffix, psprintf("in ('%s')", value));
		jg_sql_ddl(psprintf("alter table jobgrid_engine.%s_%s alter column keep_until set default '%s'", parent, suffix,
							value));
	}
}

static void
make_places(ArrayType *places)
{
	Datum *dates;
	int n;

	deconstruct_array(places, DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &dates, NULL, &n);
	for (int i = 0; i < n; i++)
		make_place(DatumGetDateADT(dates[i]));
}

#define COPY(table)                                                                             \
	{                                                                                           \
		.text = "insert into jobgrid_engine.kept_" table " select k.keep_until, r.* from %s r"  \
				" join jobgrid_engine.kept_run k on k.run_id = r.run_id"                        \
				" where r.run_id >= $1 and r.run_id < $2 and k.run_id >= $1 and k.run_id < $2", \
		.nargs = 2, .types = {                                                                  \
			INT8OID,                                                                            \
			INT8OID                                                                             \
		}                                                                                       \
	}

bool
jg_kept_copy(const Oid *partitions, int64 since, int64 until, const JgKeeping *keeping, TimestampTz now)
{
	/* The run first: what the others belong to is read from its copy. */
	static JgPartitionSql sql[JG_NFAMILIES] = {
		[JG_FAMILY_RUN] = {.text = "insert into jobgrid_engine.kept_run select " KEEP_UNTIL ", r.* from %s r" JOB
								   " where r.run_id >= $1 and r.run_id < $2 and " IS_KEPT("$3"),
						   .nargs = 3,
						   .types = {INT8OID, INT8OID, TIMESTAMPTZOID}},
		[JG_FAMILY_ATTEMPT] = COPY("attempt"),
		[JG_FAMILY_HISTORY] = COPY("history"),
		[JG_FAMILY_OUTPUT] = COPY("output")};

	if (keeping->kept == 0)
		return true;
	make_places(keeping->places);
	for (int64 first = since; first < until; first += COPY_IDS)
	{
		Datum values[3] = {Int64GetDatum(first), Int64GetDatum(Min(first + COPY_IDS, until)), TimestampTzGetDatum(now)};

		for (int family = 0; family < JG_NFAMILIES; family++)
			jg_sql_partition(&sql[family], partitions[family], values, NULL);
		if (jg_partitions_disputed(partitions))
			return false;
	}
	return true;
}

#define MOVE(table)                                                                         \
	{                                                                                       \
		.text = "update jobgrid_engine.kept_" table " k set keep_until = u.keep_until"      \
				" from unnest($1, $2) u(run_id, keep_until)"                                \
				" where k.run_id = any ($1) and k.run_id = u.run_id and k.keep_until = $3", \
		.nargs = 3, .types = {                                                              \
			INT8ARRAYOID,                                                                   \
			DATEARRAYOID,                                                                   \
			DATEOID                                                                         \
		}                                                                                   \
	}

int
jg_kept_move(Oid partition, TimestampTz now)
{
	static JgPartitionSql find_sql = {
		.text = "select r.run_id, w.keep_until, r.keep_until from %s r" JOB " cross join lateral (select " KEEP_UNTIL
				" as keep_until) w where w.keep_until <> r.keep_until"
				" and (r.keep_until = 'infinity' or w.keep_until > $1::date) order by r.run_id limit $2",
		.nargs = 2,
		.types = {TIMESTAMPTZOID, INT4OID}};
	static JgSql run_sql = MOVE("run");
	static JgSql sql[JG_NFAMILIES] = {[JG_FAMILY_ATTEMPT] = MOVE("attempt"),
									  [JG_FAMILY_HISTORY] = MOVE("history"),
									  [JG_FAMILY_OUTPUT] = MOVE("output")};
	Datum values[3] = {TimestampTzGetDatum(now), Int32GetDatum(MOVE_RUNS)};
	int n = (int) jg_sql_partition(&find_sql, partition, values, NULL);
	JgArray run_ids = jg_array(INT8OID, n);
	JgArray places = jg_array(DATEOID, n);
	bool isnull;

	if (n == 0)
		return 0;
	for (int i = 0; i < n; i++)
	{
		jg_array_add(&run_ids, jg_sql_datum(i, 1, &isnull));
		jg_array_add(&places, jg_sql_datum(i, 2, &isnull));
	}
	values[2] = jg_sql_datum(0, 3, &isnull);
	for (int i = 0; i < n; i++)
		if (i == 0 || places.values[i] != places.values[i - 1])
			make_place(DatumGetDateADT(places.values[i]));
	values[0] = jg_array_datum(&run_ids);
	values[1] = jg_array_datum(&places);
	jg_guarded(&run_sql, values, NULL);
	for (int family = JG_FAMILY_ATTEMPT; family < JG_NFAMILIES; family++)
		jg_sql(&sql[family], values, NULL);
	return n;
}
