/*
 * Rows that firing reads and writes, each statement for a whole batch.
 */
#include "fire_row.h"

#include "args.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "guard.h"
#include "guc.h"
#include "lane_make.h"
#include "parameter.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"

enum
{
	SCHEDULE_ID = 1,
	EDITED,
	FROM_AT,
	NEXT_AT,
	OLD_ZONE,
	OLD_ZONE_STAMP,
	OLD_ERROR,
	RULE,
	CALENDAR_STAMP = RULE + JG_RULE_COLUMNS,
	ENABLED,
	WHEN_MISSED,
	MISSED_LIMIT,
	ON_OVERLAP,
	MAX_PARALLEL,
	JITTER,
	JOB,
	JOB_ID,
	TENANT_ID,
	RANK,
	PRIORITY,
	QUEUE,
	PARAMETERS,
	SCHEMA,
	HELD,
	TAKEN_OUT,
	BYPASSED,
	CONDITIONS,
	LANE,
	BUSINESS_ZONE,
	ROLL,
	BUSINESS_CALENDAR,
	BUSINESS_STAMP,
	ROLE_MISSING,
	SKIPPING
};

/* The constraints of the columns know no other words. */
static int
choice(const char *word, const char *const *words)
{
	int place = jg_place(word, words);

	if (place == 0)
		elog(ERROR, "unknown word \"%s\"", word);
	return place - 1;
}

static void
read_skipping(uint64 i, JgFireRow *row)
{
	bool isnull;
	Datum ids = jg_sql_datum(i, SKIPPING, &isnull);
	ArrayType *array;

	row->nskipping = 0;
	if (isnull)
		return;
	array = DatumGetArrayTypePCopy(ids);
	row->nskipping = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	row->skipping = (const int32 *) ARR_DATA_PTR(array);
}

/* Edits have been judged, but two that were committed at the same time did not see each other. */
static void
bind_parameters(JgFireRow *row, Datum schema)
{
	JgParameterProblem problem;
	const JgParameterRules *rules = jg_parameter_rules_of(row->job_id, schema, &problem);

	if (rules == NULL || !jg_parameters_obey(rules, row->parameters, true, &problem))
		row->parameters_wrong = pstrdup(problem.message);
	else
		row->parameters = jg_parameters_filled(rules, row->parameters);
}

static void
read_row(uint64 i, JgFireRow *row)
{
	static const char *const missed[] = {"none", "latest", "all", "ask", NULL};
	static const char *const overlap[] = {"wait", "skip", "replace", "parallel", NULL};
	Datum schema;
	bool isnull;

	row->schedule_id = jg_sql_int32(i, SCHEDULE_ID);
	row->edited = jg_sql_bool(i, EDITED);
	row->from_at = jg_sql_int64(i, FROM_AT);
	row->next_at = jg_sql_int64(i, NEXT_AT);
	row->nbefore = 0;
	row->old_zone = jg_sql_text(i, OLD_ZONE);
	row->old_zone_stamp = jg_sql_int64(i, OLD_ZONE_STAMP);
	row->old_error = jg_sql_text(i, OLD_ERROR);
	row->calendar = jg_sql_text(i, RULE + JG_RULE_CALENDAR);
	row->calendar_stamp = jg_sql_int64(i, CALENDAR_STAMP);
	row->text = jg_rule_text(i, RULE);
	row->enabled = jg_sql_bool(i, ENABLED);
	row->when_missed = (JgWhenMissed) choice(jg_sql_text(i, WHEN_MISSED), missed);
	row->missed_limit = jg_sql_int32(i, MISSED_LIMIT);
	row->on_overlap = (JgOnOverlap) choice(jg_sql_text(i, ON_OVERLAP), overlap);
	row->max_parallel = row->on_overlap == JG_OVERLAP_PARALLEL ? jg_sql_int32(i, MAX_PARALLEL) : 1;
	row->jitter_us = jg_sql_int64(i, JITTER);
	row->job = jg_sql_text(i, JOB);
	row->job_id = jg_sql_int32(i, JOB_ID);
	row->tenant_id = jg_sql_int32(i, TENANT_ID);
	row->rank = jg_sql_int64(i, RANK);
	row->priority = jg_sql_text(i, PRIORITY);
	row->queue = jg_sql_text(i, QUEUE);
	row->parameters = jg_sql_datum(i, PARAMETERS, &isnull);
	row->parameters_wrong = NULL;
	schema = jg_sql_datum(i, SCHEMA, &isnull);
	if (!isnull)
		bind_parameters(row, schema);
	row->held = jg_sql_bool(i, HELD);
	row->taken_out = jg_sql_bool(i, TAKEN_OUT);
	row->bypassed = jg_sql_bool(i, BYPASSED);
	row->conditions = jg_sql_bool(i, CONDITIONS);
	row->lane_id = jg_sql_int32(i, LANE);
	row->business_zone = jg_sql_text(i, BUSINESS_ZONE);
	row->roll_us = jg_sql_int64(i, ROLL);
	row->business_calendar = jg_sql_text(i, BUSINESS_CALENDAR);
	row->business_stamp = jg_sql_int64(i, BUSINESS_STAMP);
	row->role_missing = jg_sql_text(i, ROLE_MISSING);
	read_skipping(i, row);
}

/* Gives edited rows what they said before. All is sorted by schedule. */
static void
attach_before(JgFireRow *rows, int n)
{
	int32 *ids = palloc(Max(n, 1) * sizeof(int32));
	int nids = 0;
	JgBefore *before;
	int nbefore;
	int b = 0;

	for (int i = 0; i < n; i++)
		if (rows[i].edited)
			ids[nids++] = rows[i].schedule_id;
	nbefore = nids > 0 ? jg_before_read(jg_array_int4(ids, nids), &before) : 0;
	for (int i = 0; b < nbefore && i < n; i++)
	{
		if (rows[i].schedule_id != before[b].schedule_id)
			continue;
		rows[i].before = &before[b];
		for (; b < nbefore && before[b].schedule_id == rows[i].schedule_id; b++)
			rows[i].nbefore++;
	}
}

/* A part of the jitter that the schedule and the moment decide, so that a repeated try decides the same. */
TimestampTz
jg_fire_due_at(const JgFireRow *row, TimestampTz scheduled_for)
{
	int64 key[2] = {row->schedule_id, scheduled_for};
	uint64 hash = hash_bytes_extended((const unsigned char *) key, sizeof(key), 0);

	return scheduled_for + (row->jitter_us > 0 ? (int64) (hash % (uint64) row->jitter_us) : 0);
}

#define STAMP_K JG_CALENDAR_STAMP("k")
#define STAMP_B JG_CALENDAR_STAMP("b")
#define LANE_JOIN JG_LANE_JOIN("$2", "j.executor")

int
jg_fire_rows_read(const int64 *schedule_ids, int n, JgFireRow *rows)
{
	static JgSql sql = {
		.text =
			"select c.schedule_id, c.edited, c.from_at, c.next_at, c.zone, c.zone_stamp, c.error, s.schedule,"
			" coalesce(s.time_zone, j.time_zone, k.time_zone, t.time_zone), s.calendar, s.when_holiday,"
			" s.when_clock_skips, s.when_clock_repeats, hashtextextended(j.tenant || '/' || j.full_name, 0),"
			" coalesce(s.valid_from, '-infinity'), coalesce(s.valid_until, 'infinity'), " STAMP_K
			", s.enabled and j.enabled,"
			" s.when_missed, s.missed_limit, s.on_overlap,"
			" s.max_parallel, (extract(epoch from s.jitter) * 1000000)::bigint, j.full_name, j.job_id, t.tenant_id,"
			" p.rank::bigint, p.name, j.queue, j.parameters || s.parameters, nullif(j.parameter_schema, '{}'), j.held,"
			" j.taken_out, j.bypassed,"
			" " JG_JOB_WAITS(
				"j") ", l.lane_id,"
					 " coalesce(a.time_zone, t.time_zone, $3),"
					 " (extract(epoch from coalesce(a.roll_time, '00:00')) * 1000000)::bigint, b.name, " STAMP_B ","
					 " case when j.kind = 'sql' and not exists (select from pg_catalog.pg_roles r where r.rolname = j.sql_role)"
					 "  then j.sql_role end,"
					 " case when x.shutters is not null then (select array_agg(z.shutter_id) from jobgrid_engine.shutter_text z"
					 "  where z.shutter_id = any (x.shutters)"
					 "   and (z.what_happens = 'skip' or z.run_window is not null and j.when_outside = 'skip')) end"
					 " from unnest($1) u(id) join jobgrid_engine.fire_cursor c on c.schedule_id = u.id"
					 " join jobgrid.schedule s on s.schedule_id = c.schedule_id"
					 " join jobgrid.job j on j.tenant = s.tenant and j.full_name = s.job"
					 " join jobgrid.tenant t on t.name = j.tenant"
					 " join jobgrid.priority_level p on p.name = j.priority"
					 " left join jobgrid.calendar k on k.name = s.calendar"
					 " left join jobgrid.application a on a.name = j.application"
					 " left join jobgrid.calendar b on b.name = coalesce(a.calendar, t.default_calendar)" LANE_JOIN
					 " order by c.schedule_id",
		.nargs = 3,
		.types = {INT8ARRAYOID, BOOLOID, TEXTOID}};
	Datum values[3] = {jg_array_int8(schedule_ids, n), BoolGetDatum(jg_guc_mode == JG_MODE_SHADOW),
					   CStringGetTextDatum(jg_guc_time_zone)};
	int found = (int) jg_sql(&sql, values, NULL);

	Assert(found <= n);
	for (int i = 0; i < found; i++)
		read_row(i, &rows[i]);
	return found;
}

int
jg_fire_rows_lock(const int64 *schedule_ids, int n, JgFireRow *rows)
{
	/* A lock waits for no edit, but sees its mark as soon as it is there: only a later statement sees the edit as well. */
	static JgSql sql = {.text = "select c.schedule_id from jobgrid_engine.fire_cursor c"
								" where c.schedule_id = any ($1) order by c.schedule_id for update skip locked",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	Datum wanted = jg_array_int8(schedule_ids, n);
	int64 *locked = palloc(n * sizeof(int64));
	int nlocked = (int) jg_sql(&sql, &wanted, NULL);
	int found;

	Assert(nlocked <= n);
	for (int i = 0; i < nlocked; i++)
		locked[i] = jg_sql_int32(i, 1);
	found = jg_fire_rows_read(locked, nlocked, rows);
	attach_before(rows, found);
	return found;
}

void
jg_cursors_write(const JgCursor *cursors, int n, TimestampTz now)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.fire_cursor c set edited = false, from_at = u.from_at, next_at = u.next_at,"
				" zone = u.zone, zone_stamp = u.zone_stamp, error = u.error,"
				" error_since = case when u.error is not null then coalesce(c.error_since, $7) end"
				" from unnest($1, $2, $3, $4, $5, $6) u(schedule_id, from_at, next_at, zone, zone_stamp, error)"
				" where c.schedule_id = u.schedule_id",
		.nargs = 7,
		.types = {INT4ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID,
				  TIMESTAMPTZOID}};
	JgArray columns[6] = {jg_array(INT4OID, n), jg_array(TIMESTAMPTZOID, n), jg_array(TIMESTAMPTZOID, n),
						  jg_array(TEXTOID, n), jg_array(INT8OID, n),        jg_array(TEXTOID, n)};
	Datum values[7];

	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
	{
		jg_array_add(&columns[0], Int32GetDatum(cursors[i].schedule_id));
		jg_array_add(&columns[1], TimestampTzGetDatum(cursors[i].from_at));
		jg_array_add(&columns[2], TimestampTzGetDatum(cursors[i].next_at));
		jg_array_add_text(&columns[3], cursors[i].zone);
		jg_array_add(&columns[4], Int64GetDatum(cursors[i].zone_stamp));
		jg_array_add_text(&columns[5], cursors[i].error);
	}
	for (int i = 0; i < 6; i++)
		values[i] = jg_array_datum(&columns[i]);
	values[6] = TimestampTzGetDatum(now);
	jg_sql(&sql, values, NULL);
}

void
jg_fire_outcomes_write(const JgFireOutcome *outcomes, int n, TimestampTz now, bool *new)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.fire (schedule_id, scheduled_for, until, fires, at, run_id, outcome, reason)"
			" select u.schedule_id, u.scheduled_for, u.until, u.fires, $8, u.run_id, u.outcome, u.reason"
			" from unnest($1, $2, $3, $4, $5, $6, $7)"
			" u(schedule_id, scheduled_for, until, fires, run_id, outcome, reason)"
			" on conflict do nothing returning schedule_id, scheduled_for",
		.nargs = 8,
		.types = {INT4ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID,
				  TEXTARRAYOID, TIMESTAMPTZOID}};
	JgArray columns[7] = {jg_array(INT4OID, n), jg_array(TIMESTAMPTZOID, n), jg_array(TIMESTAMPTZOID, n),
						  jg_array(INT8OID, n), jg_array(INT8OID, n),        jg_array(TEXTOID, n),
						  jg_array(TEXTOID, n)};
	Datum values[8];
	int inserted;
	int next = 0;

	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
	{
		const JgFireOutcome *outcome = &outcomes[i];

		jg_array_add(&columns[0], Int32GetDatum(outcome->schedule_id));
		jg_array_add(&columns[1], TimestampTzGetDatum(outcome->scheduled_for));
		jg_array_add(&columns[2], TimestampTzGetDatum(outcome->until));
		jg_array_add(&columns[3], Int64GetDatum(outcome->fires));
		if (outcome->run_id != 0)
			jg_array_add(&columns[4], Int64GetDatum(outcome->run_id));
		else
			jg_array_add_null(&columns[4]);
		jg_array_add_text(&columns[5], outcome->outcome);
		jg_array_add_text(&columns[6], outcome->reason);
	}
	for (int i = 0; i < 7; i++)
		values[i] = jg_array_datum(&columns[i]);
	values[7] = TimestampTzGetDatum(now);
	inserted = (int) jg_sql(&sql, values, NULL);
	/* Rows come back in the order in which they went in. */
	for (int i = 0; i < n; i++)
	{
		new[i] = next < inserted &&jg_sql_int32(next, 1) == outcomes[i].schedule_id &&jg_sql_int64(next, 2) ==
				 outcomes[i].scheduled_for;
		next += new[i];
	}
	if (next != inserted)
		elog(ERROR, "%d of %d fires on record are not in their order", next, inserted);
}
