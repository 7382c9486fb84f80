/*
 * When schedules start their jobs, as rows say it.
 *
 * Everything is read into memory first, because a session sees what others see for as long as a statement takes only; what
 * is computed from it later asks the database nothing. Nothing here depends on what the scheduler has noted.
 */
#include "preview_side.h"

#include "calendar.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"

struct JgPreviewBlackout
{
	int32 id;
	bool skips;
	const JgShutter *shutter;
};

typedef struct KnownCalendar
{
	const char *name;
	const JgWorkdays *workdays;
} KnownCalendar;

enum
{
	SCHEDULE_ID = 1,
	JOB_ID,
	TENANT,
	JOB,
	NAME,
	RULE,
	ENABLED = RULE + JG_RULE_COLUMNS,
	QUEUES,
	RUN_WINDOW,
	WINDOW_ZONE,
	SKIPS_OUTSIDE,
	BLACKOUTS,
	TOKENS,
	BLACKOUT_ROWS, /* for SAYS alone */
	SAYS
};

static void
load_blackouts(JgPreviewSide *side)
{
	static JgSql sql = {.text = "select b.blackout_id, b.what_happens = 'skip' from jobgrid.blackout b where b.enabled"
								" order by b.blackout_id"};

	side->nblackouts = (int) jg_sql(&sql, NULL, NULL);
	side->blackouts = palloc(Max(side->nblackouts, 1) * sizeof(struct JgPreviewBlackout));
	for (int i = 0; i < side->nblackouts; i++)
		side->blackouts[i] = (struct JgPreviewBlackout){.id = jg_sql_int32(i, 1), .skips = jg_sql_bool(i, 2)};
	for (int i = 0; i < side->nblackouts; i++)
		side->blackouts[i].shutter = jg_shutter_of_blackout(side->blackouts[i].id);
}

static void
read_ids(uint64 i, JgPreviewSchedule *row)
{
	bool isnull;
	ArrayType *ids = DatumGetArrayTypePCopy(jg_sql_datum(i, BLACKOUTS, &isnull));

	row->nblackouts = ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids));
	row->blackouts = (const int32 *) ARR_DATA_PTR(ids);
}

static void
read_tokens(uint64 i, JgPreviewSchedule *row)
{
	bool isnull;
	Datum *tokens;

	deconstruct_array(DatumGetArrayTypeP(jg_sql_datum(i, TOKENS, &isnull)), TEXTOID, -1, false, TYPALIGN_INT, &tokens,
					  NULL, &row->ntokens);
	row->tokens = palloc(Max(row->ntokens, 1) * sizeof(char *));
	for (int t = 0; t < row->ntokens; t++)
		row->tokens[t] = TextDatumGetCString(tokens[t]);
}

static void
read_row(uint64 i, JgPreviewSchedule *row)
{
	row->schedule_id = jg_sql_int32(i, SCHEDULE_ID);
	row->job_id = jg_sql_int32(i, JOB_ID);
	row->tenant = jg_sql_text(i, TENANT);
	row->job = jg_sql_text(i, JOB);
	row->name = jg_sql_text(i, NAME);
	row->says = jg_sql_text(i, SAYS);
	row->text = jg_rule_text(i, RULE);
	row->enabled = jg_sql_bool(i, ENABLED);
	row->queues = jg_sql_bool(i, QUEUES);
	row->run_window = jg_sql_text(i, RUN_WINDOW);
	row->window_zone = jg_sql_text(i, WINDOW_ZONE);
	row->skips_outside = jg_sql_bool(i, SKIPS_OUTSIDE);
	read_ids(i, row);
	read_tokens(i, row);
}

static const JgWorkdays *
workdays_of(const char *calendar, KnownCalendar *known, int *nknown)
{
	for (int i = 0; i < *nknown; i++)
		if (strcmp(known[i].name, calendar) == 0)
			return known[i].workdays;
	known[*nknown] = (KnownCalendar){calendar, jg_calendar_load(calendar[0] != '\0' ? calendar : NULL)};
	return known[(*nknown)++].workdays;
}

static void
load_calendars(JgPreviewSide *side, char **calendars)
{
	KnownCalendar *known = palloc(Max(side->n, 1) * sizeof(KnownCalendar));
	int nknown = 0;

	for (int i = 0; i < side->n; i++)
	{
		side->schedules[i].workdays = workdays_of(calendars[i], known, &nknown);
		side->schedules[i].text.workdays = side->schedules[i].workdays;
	}
}

void
jg_preview_load(JgPreviewSide *side, Datum tenants, bool all_tenants)
{
	static JgSql sql = {
		.text =
			"select r.*, r::text from (select s.schedule_id, j.job_id, s.tenant, s.job, s.name, s.schedule,"
			"  coalesce(s.time_zone, j.time_zone, k.time_zone, t.time_zone, current_setting('jobgrid.time_zone')) as zone,"
			"  s.calendar, s.when_holiday, s.when_clock_skips, s.when_clock_repeats,"
			"  hashtextextended(s.tenant || '/' || s.job, 0), coalesce(s.valid_from, '-infinity') as valid_from,"
			"  coalesce(s.valid_until, 'infinity') as valid_until, s.enabled and j.enabled as enabled,"
			"  s.on_overlap = 'wait' as queues, j.run_window,"
			"  case when j.run_window is not null then coalesce(j.time_zone, t.time_zone, current_setting('jobgrid.time_zone'))"
			"   end as window_zone,"
			"  j.when_outside = 'skip' as skips_outside,"
			"  array(select b.blackout_id from jobgrid_engine.blackout_job b where b.job_id = j.job_id order by 1) as blackouts,"
			"  array(select jsonb_object_keys(j.needs_tokens)) as tokens,"
			"  (select jsonb_agg(to_jsonb(x) - '{name,reason,row_version,updated_at,updated_by}'::text[] order by x.blackout_id)"
			"   from jobgrid_engine.blackout_job b join jobgrid.blackout x using (blackout_id) where b.job_id = j.job_id)"
			"  from jobgrid.schedule s"
			"  join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job"
			"  join jobgrid.tenant t on t.name = s.tenant"
			"  left join jobgrid.calendar k on k.name = s.calendar"
			"  where $2 or t.tenant_id = any ($1)) r order by r.schedule_id",
		.nargs = 2,
		.types = {INT4ARRAYOID, BOOLOID}};
	Datum values[2] = {tenants, BoolGetDatum(all_tenants)};
	char **calendars;

	side->n = (int) jg_sql(&sql, values, NULL);
	side->schedules = palloc_extended(Max(side->n, 1) * sizeof(JgPreviewSchedule), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	calendars = palloc(Max(side->n, 1) * sizeof(char *));
	for (int i = 0; i < side->n; i++)
	{
		read_row(i, &side->schedules[i]);
		calendars[i] = side->schedules[i].text.has_calendar ? jg_sql_text(i, RULE + JG_RULE_CALENDAR) : "";
	}
	load_calendars(side, calendars);
	load_blackouts(side);
}

static const struct JgPreviewBlackout *
blackout_of(const JgPreviewSide *side, int32 id)
{
	for (int i = 0; i < side->nblackouts; i++)
		if (side->blackouts[i].id == id)
			return &side->blackouts[i];
	elog(ERROR, "blackout %d was not loaded", id);
}

/* What the job of a schedule is behind, and what of it makes no run of a fire. */
typedef struct Behind
{
	const JgShutter **shutters;
	bool *skips;
	int n;
} Behind;

static Behind
behind_of(const JgPreviewSide *side, const JgPreviewSchedule *schedule)
{
	Behind behind = {.shutters = palloc((schedule->nblackouts + 1) * sizeof(JgShutter *)),
					 .skips = palloc((schedule->nblackouts + 1) * sizeof(bool))};

	if (schedule->run_window != NULL)
	{
		behind.shutters[behind.n] = jg_shutter_of_window(schedule->run_window, schedule->window_zone);
		behind.skips[behind.n++] = schedule->skips_outside;
	}
	for (int i = 0; i < schedule->nblackouts; i++)
	{
		const struct JgPreviewBlackout *blackout = blackout_of(side, schedule->blackouts[i]);

		behind.shutters[behind.n] = blackout->shutter;
		behind.skips[behind.n++] = blackout->skips;
	}
	return behind;
}

static bool
is_skipped(const Behind *behind, TimestampTz due)
{
	for (int i = 0; i < behind->n; i++)
		if (behind->skips[i] && behind->shutters[i] != NULL && jg_shutter_closed(behind->shutters[i], due))
			return true;
	return false;
}

JgStarts
jg_preview_starts(const JgPreviewSide *side, const JgPreviewSchedule *schedule, TimestampTz after, TimestampTz until,
				  int most)
{
	JgStarts starts = {.at = NULL};
	int room = 64;
	Behind behind;
	JgRule rule;
	JgFire fire;
	char *error;
	char *hint;

	if (!schedule->enabled || schedule->workdays == NULL || !jg_rule_make(&rule, &schedule->text, &error, &hint))
		return starts;
	behind = behind_of(side, schedule);
	starts.at = palloc(room * sizeof(TimestampTz));
	while (jg_rule_next(&rule, after, &fire) && (after = jg_fire_moment(&fire)) <= until)
	{
		TimestampTz start;

		CHECK_FOR_INTERRUPTS();
		if (starts.fires++ == most)
		{
			starts.cut = true;
			break;
		}
		if (is_skipped(&behind, after))
			continue;
		start = jg_shutters_open(behind.shutters, behind.n, after);
		if (start == DT_NOEND || (schedule->queues && starts.n > 0 && starts.at[starts.n - 1] == start))
			continue;
		if (starts.n == room)
		{
			room *= 2;
			starts.at = repalloc_huge(starts.at, room * sizeof(TimestampTz));
		}
		starts.at[starts.n++] = start;
	}
	return starts;
}
