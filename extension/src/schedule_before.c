/*
 * What schedules said until they were edited.
 *
 * An edit counts from its COMMIT on. Where the scheduler had not decided by then about all that was due, because it stood
 * still or the server was down, the edit keeps the old words beside the time they are for. Of a calendar only the name is
 * kept: its days are as they are now.
 */
#include "schedule_before.h"

#include "calendar.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(jobgrid_keep_before);

enum
{
	SCHEDULE_ID = 1,
	FROM_AT,
	UNTIL_AT,
	RULE,
	CALENDAR = RULE + JG_RULE_COLUMNS, /* by the name that it has now */
	CALENDAR_STAMP
};

typedef struct Words
{
	Datum values[2]; /* ids, until_at */
	Datum rows;      /* jsonb */
} Words;

/* The zone of a computed cursor is the one it was computed by: jobgrid.time_zone may have changed since. */
static void
load(void *arg)
{
	static JgSql sql = {
		.text =
			"select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (select c.schedule_id, c.from_at, $2 as until_at, s.schedule,"
			"  coalesce(case when not c.edited then c.zone end, s.time_zone, j.time_zone, k.time_zone, t.time_zone) as time_zone,"
			"  s.calendar, s.when_holiday, s.when_clock_skips, s.when_clock_repeats,"
			"  hashtextextended(j.tenant || '/' || j.full_name, 0) as seed, coalesce(s.valid_from, '-infinity') as valid_from,"
			"  coalesce(s.valid_until, 'infinity') as valid_until"
			"  from jobgrid_engine.fire_cursor c"
			"  join jobgrid.schedule s on s.schedule_id = c.schedule_id"
			"  join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job"
			"  join jobgrid.tenant t on t.name = j.tenant"
			"  left join jobgrid.calendar k on k.name = s.calendar"
			"  where c.schedule_id = any ($1) and (c.edited or c.next_at <= $2) and c.from_at < $2"
			"   and s.enabled and j.enabled) r",
		.nargs = 2,
		.types = {INT4ARRAYOID, TIMESTAMPTZOID}};
	Words *words = arg;
	bool isnull;

	jg_sql(&sql, words->values, NULL);
	words->rows = PointerGetDatum(PG_DETOAST_DATUM_COPY(jg_sql_datum(0, 1, &isnull)));
}

/*
 * keep_before(schedule_ids, until_at): called with the cursors locked and before they are changed. Of several edits in a
 * transaction the last one says until when.
 */
Datum
jobgrid_keep_before(PG_FUNCTION_ARGS)
{
	static JgSql sql = {.text = "insert into jobgrid_engine.schedule_before"
								" select * from jsonb_populate_recordset(null::jobgrid_engine.schedule_before, $1)"
								" on conflict (schedule_id, from_at) do update set until_at = excluded.until_at",
						.nargs = 1,
						.types = {JSONBOID}};
	Words words = {.values = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)}};

	SPI_connect();
	jg_sql_before(load, &words);
	jg_sql(&sql, &words.rows, NULL);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * Words that cannot be read any more, as their zone is gone, fired nothing. Where the clock has gone back behind the edit
 * they end now: what is still to come is by what is said since.
 */
int
jg_before_read(Datum schedule_ids, JgBefore **before)
{
	static JgSql sql = {
		.text =
			"select b.schedule_id, b.from_at, least(b.until_at, $2), b.schedule, b.time_zone, b.calendar, b.when_holiday,"
			" b.when_clock_skips, b.when_clock_repeats, b.seed, b.valid_from, b.valid_until, k.name, k.stamp"
			" from jobgrid_engine.schedule_before b join jobgrid.schedule s on s.schedule_id = b.schedule_id"
			/* It may have another name by now. */
			" left join lateral (select k.name, " JG_CALENDAR_STAMP(
				"k") " as stamp from jobgrid.calendar k"
					 "  where k.name in (b.calendar, s.calendar) order by k.name <> b.calendar limit 1) k on b.calendar is not null"
					 " where b.schedule_id = any ($1) order by b.schedule_id, b.from_at",
		.nargs = 2,
		.types = {INT4ARRAYOID, TIMESTAMPTZOID}};
	Datum values[2] = {schedule_ids, TimestampTzGetDatum(jg_now())};
	int found = (int) jg_sql(&sql, values, NULL);
	JgRuleText *texts = palloc(Max(found, 1) * sizeof(JgRuleText));
	char **calendars = palloc(Max(found, 1) * sizeof(char *));
	int64 *stamps = palloc(Max(found, 1) * sizeof(int64));
	JgBefore *list = palloc_extended(Max(found, 1) * sizeof(JgBefore), MCXT_ALLOC_HUGE);
	char *error;
	char *hint;
	int n = 0;

	for (int i = 0; i < found; i++)
	{
		list[i].schedule_id = jg_sql_int32(i, SCHEDULE_ID);
		list[i].from_at = jg_sql_int64(i, FROM_AT);
		list[i].until_at = jg_sql_int64(i, UNTIL_AT);
		texts[i] = jg_rule_text(i, RULE);
		calendars[i] = jg_sql_text(i, CALENDAR);
		stamps[i] = jg_sql_int64(i, CALENDAR_STAMP);
	}
	for (int i = 0; i < found; i++)
	{
		list[n] = list[i];
		texts[i].workdays = jg_calendar_cached(calendars[i], stamps[i]);
		n += texts[i].workdays != NULL && jg_rule_make(&list[n].rule, &texts[i], &error, &hint);
	}
	*before = list;
	return n;
}

void
jg_before_forget(Datum schedule_ids)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.schedule_before where schedule_id = any ($1)",
						.nargs = 1,
						.types = {INT4ARRAYOID}};

	jg_sql(&sql, &schedule_ids, NULL);
}

bool
jg_fires_next(const void *arg, int64_t after, int64_t *at)
{
	const JgFires *fires = arg;
	TimestampTz since = jg_to_moment(after);
	JgFire fire;

	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < fires->nbefore; i++)
	{
		const JgBefore *before = &fires->before[i];

		if (since < before->until_at && jg_rule_next(&before->rule, Max(since, before->from_at), &fire) &&
			jg_fire_moment(&fire) <= before->until_at)
		{
			*at = fire.at;
			return true;
		}
	}
	if (fires->rule == NULL || !jg_rule_next(fires->rule, Max(since, fires->from_at), &fire))
		return false;
	*at = fire.at;
	return true;
}
