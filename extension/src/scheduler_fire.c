/*
 * Schedules whose moment has come: each makes its runs, and its cursor moves on, in one commit.
 *
 * The agenda says whose turn it is; the rows of fire_cursor are the truth. It is read whenever this process starts or has
 * lost its place in it, and what an edit has changed is found by its mark. A schedule that cannot fire is marked with the
 * reason and keeps nobody waiting; one whose rows cannot be moved is set aside like any other row.
 *
 * A clock that goes back fires nothing twice: the cursor waits until the clock has come to it again. If it is ahead by
 * more than a day, the clock was wrong before, and the cursor goes back as well.
 */
#include "agenda.h"
#include "calendar.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "fire_harvest.h"
#include "lib/qunique.h"
#include "scheduler.h"
#include "sql.h"
#include "utils/builtins.h"
#include "worker_batch.h"
#include "zone_file.h"

#define OVERLAP_LOOK_MS 30000
#define FIRST_OVERLAP_LOOK_MS 1000
#define ENOUGH_RUNS 2000 /* of a batch */
#define ENOUGH_MS 200    /* of looking for them */
#define BACKLOG_ROWS 200

static JgAgenda agenda;
static JgAgenda backlog; /* entries of the agenda that were found to be late */
static bool agenda_read;
static bool unfinished; /* taken from the agenda and not yet written */
static JgFireRow *rows;
static int nrows;
static TimestampTz overlap_look_at;
static TimestampTz seen_at;

/* --- the agenda --- */

/* Reads all cursors; those that a wrong clock has driven far ahead go back first. */
static void
read_agenda(void *arg)
{
	static JgSql back_sql = {.text = "update jobgrid_engine.fire_cursor set edited = true, from_at = $1"
									 " where from_at > $1 + interval '1 day' returning schedule_id",
							 .nargs = 1,
							 .types = {TIMESTAMPTZOID}};
	static JgSql read_sql = {
		.text = "select c.schedule_id, c.next_at from jobgrid_engine.fire_cursor c"
				" where not c.edited and c.next_at < 'infinity' and not exists ("
				"  select from jobgrid_engine.set_aside a where a.place = 'fire' and a.run_id = c.schedule_id)"};
	Datum now = TimestampTzGetDatum(jg_now());
	uint64 n = jg_sql(&back_sql, &now, NULL);

	if (n > 0)
		ereport(WARNING, (errmsg("jobgrid: the clock was ahead by more than a day: %llu schedules go on from now",
								 (unsigned long long) n)));
	n = jg_sql(&read_sql, NULL, NULL);
	agenda.n = backlog.n = 0;
	for (uint64 i = 0; i < n; i++)
		jg_agenda_add(&agenda, jg_sql_int64(i, 2), jg_sql_int32(i, 1));
}

static int
compare_ids(const void *a, const void *b)
{
	int64 x = *(const int64 *) a;
	int64 y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/*
 * From the agenda. What an outage has left waits until nothing is due that is on time, and comes in smaller batches: it may
 * take minutes, and the others are to fire to the second meanwhile.
 */
static int
take_due(int64 *ids, int n)
{
	TimestampTz now = jg_now();
	TimestampTz late_until = now - (JG_LATE_SECONDS + 1) * USECS_PER_SEC;
	int edited = n;
	JgAgendaEntry entry;

	while (jg_agenda_take(&agenda, late_until, &entry))
		jg_agenda_add(&backlog, entry.moment, entry.id);
	while (n < JG_BATCH_ROWS && jg_agenda_take(&agenda, now, &entry))
		ids[n++] = entry.id;
	if (n == 0)
		while (n < BACKLOG_ROWS && jg_agenda_take(&backlog, now, &entry))
			ids[n++] = entry.id;
	unfinished = unfinished || n > edited;
	return n;
}

/* Whose turn it is, sorted: edited ones first, then by the agenda. */
static int
next_ids(JgBatch *batch, int64 *ids)
{
	static JgSql edited_sql = {
		.text =
			"select c.schedule_id from jobgrid_engine.fire_cursor c where c.edited and not exists ("
			"  select from jobgrid_engine.set_aside a where a.place = 'fire' and a.run_id = c.schedule_id) limit $1",
		.nargs = 1,
		.types = {INT4OID}};
	Datum most = Int32GetDatum(JG_BATCH_ROWS);
	int n;

	if (batch->only != 0 || batch->retry)
		return jg_batch_candidates(batch, ids);
	n = (int) jg_sql(&edited_sql, &most, NULL);
	for (int i = 0; i < n; i++)
		ids[i] = jg_sql_int64(i, 1);
	n = take_due(ids, n);
	qsort(ids, n, sizeof(int64), compare_ids);
	n = (int) qunique(ids, n, sizeof(int64), compare_ids);
	batch->seen = n;
	return n;
}

static void
take(JgBatch *batch)
{
	int64 ids[JG_BATCH_ROWS];
	int64 locked[JG_BATCH_ROWS];
	int n = next_ids(batch, ids);

	nrows = 0;
	if (n == 0)
		return;
	/* Should one of them not even be read, they are read one by one. */
	memcpy(batch->run_ids, ids, n * sizeof(int64));
	batch->n = n;
	rows = palloc(n * sizeof(JgFireRow));
	nrows = jg_fire_rows_lock(ids, n, rows);
	batch->n = 0;
	for (int i = 0; i < nrows; i++)
		locked[i] = rows[i].schedule_id;
	jg_batch_keep_locked(batch, ids, n, locked, nrows);
	unfinished = unfinished && nrows > 0;
}

/* --- what becomes of one schedule --- */

static const char *
missed_reason(JgWhenMissed when_missed)
{
	static const char *const names[] = {"when_missed none", "when_missed latest", "when_missed all", "when_missed ask"};

	return names[when_missed];
}

static void
tell_missed(JgHarvest *harvest, const JgFireRow *row, const JgCaughtUp *caught, const char *reason)
{
	JgFireOutcome *missed;

	if (caught->missed == 0)
		return;
	missed = jg_harvest_tell(harvest, row, jg_to_moment(caught->missed_first), "missed", reason);
	missed->until = jg_to_moment(caught->missed_last);
	missed->fires = caught->missed;
}

/*
 * All fires of a schedule from the first that is due up to now; the cursor goes behind them. Where there are too many for
 * one transaction it goes behind the last that is made, and the others are due as before. That is not done with what was
 * said before an edit, which would have to be kept.
 */
static void
fire_due(JgHarvest *harvest, const JgFireRow *row, const JgFires *fires, const JgBusiness *business, int64 due,
		 JgCursor *cursor)
{
	JgCatchup catchup = {
		.when_missed = row->when_missed, .limit = row->missed_limit, .next_fire = jg_fires_next, .schedule = fires};
	static JgCaughtUp result; /* too large for a stack */
	JgCaughtUp *caught = &result;
	int room = ENOUGH_RUNS - harvest->nruns;
	int64 last;

	jg_catch_up(&catchup, due, jg_to_seconds(harvest->now), caught);
	if (row->when_missed == JG_MISSED_ALL && caught->nruns > room && row->nbefore == 0)
	{
		caught->nruns = room;
		caught->next = caught->runs[room];
		caught->ends = false;
	}
	last = caught->nruns > 0 ? caught->runs[caught->nruns - 1] : caught->missed_last;
	tell_missed(harvest, row, caught, missed_reason(row->when_missed));
	for (int i = 0; i < caught->nruns; i++)
		jg_harvest_fire(harvest, row, business, jg_to_moment(caught->runs[i]), caught->held && i == 0);
	cursor->from_at = Max(jg_to_moment(last), row->edited ? row->from_at : jg_to_moment(last));
	cursor->next_at = caught->ends ? DT_NOEND : jg_to_moment(caught->next);
}

/* An edit has switched it off while fires of the time before were to be decided: whoever did so wants none made up. */
static void
miss_before(JgHarvest *harvest, const JgFireRow *row)
{
	JgFires fires = {.before = row->before, .nbefore = row->nbefore};
	JgCatchup catchup = {.when_missed = JG_MISSED_NONE, .next_fire = jg_fires_next, .schedule = &fires};
	static JgCaughtUp result;
	int64_t due;

	if (row->nbefore == 0 || !jg_fires_next(&fires, jg_to_seconds(row->before[0].from_at), &due))
		return;
	jg_catch_up(&catchup, due, jg_to_seconds(row->from_at) + JG_LATE_SECONDS + 1, &result);
	tell_missed(harvest, row, &result, "disabled");
}

/* Marks the schedule with what is wrong; it fires again when it, or what it depends on, has been edited. */
static void
quarantine(const JgFireRow *row, JgCursor *cursor, const char *error)
{
	cursor->error = error;
	cursor->next_at = DT_NOEND;
	if (row->old_error == NULL)
		ereport(LOG, (errmsg("jobgrid: schedule of job \"%s\" cannot fire: %s", row->job, error)));
}

/* New rules of its zone have moved the next fire: people who have planned with it should know. */
static void
tell_of_move(const JgFireRow *row, const JgCursor *cursor)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.schedule_event (schedule_id, at, event, detail)"
				" values ($1, $2, 'zone_changed', format('the rules of %s have changed: the next fire is %s, not %s',"
				"  $3, $4 at time zone 'UTC', $5 at time zone 'UTC'))",
		.nargs = 5,
		.types = {INT4OID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
	Datum values[5] = {Int32GetDatum(row->schedule_id), TimestampTzGetDatum(jg_now()),
					   CStringGetTextDatum(cursor->zone), TimestampTzGetDatum(cursor->next_at),
					   TimestampTzGetDatum(row->next_at)};

	jg_sql(&sql, values, NULL);
}

static bool
moved_by_zone(const JgFireRow *row, const JgCursor *cursor)
{
	return row->edited && row->old_zone != NULL && strcmp(row->old_zone, cursor->zone) == 0 &&
		   row->old_zone_stamp != cursor->zone_stamp && row->next_at != cursor->next_at && row->next_at > row->from_at;
}

/* The first fire that is to be decided; false: there is none. */
static bool
first_fire(const JgFireRow *row, const JgFires *fires, int64_t *due)
{
	if (row->edited)
		return jg_fires_next(fires, jg_to_seconds(row->nbefore > 0 ? row->before[0].from_at : row->from_at), due);
	*due = jg_to_seconds(row->next_at);
	return true;
}

/* What it said before has had its last word. */
static void
add_settled(JgHarvest *harvest, const JgFireRow *row)
{
	if (row->edited)
		harvest->settled[harvest->nsettled++] = row->schedule_id;
}

static void
look_at(JgHarvest *harvest, JgFireRow *row)
{
	JgCursor *cursor = &harvest->cursors[harvest->ncursors++];
	JgBusiness business = {0};
	JgFires fires = {.before = row->before, .nbefore = row->nbefore};
	JgRule rule;
	char *error;
	char *hint;
	int64 stamp;
	int64_t due;

	/* Edited while the clock was wrong, which read_agenda() has not seen. */
	if (row->edited && row->from_at > harvest->now + USECS_PER_DAY)
		row->from_at = harvest->now;
	fires.from_at = row->from_at;
	*cursor = (JgCursor){.schedule_id = row->schedule_id, .from_at = row->from_at, .next_at = DT_NOEND};
	if (!row->enabled)
	{
		miss_before(harvest, row);
		add_settled(harvest, row);
		return;
	}
	row->text.workdays = jg_calendar_cached(row->calendar, row->calendar_stamp);
	if (row->text.workdays == NULL)
	{
		quarantine(row, cursor, psprintf("calendar \"%s\" does not exist", row->calendar));
		return;
	}
	business.zone = jg_zone_load(row->business_zone, &stamp);
	if (row->business_calendar != NULL)
		business.workdays = jg_calendar_cached(row->business_calendar, row->business_stamp);
	if (business.zone == NULL)
	{
		quarantine(row, cursor,
				   psprintf("time zone \"%s\" of its application or tenant does not exist", row->business_zone));
		return;
	}
	if (!jg_rule_make(&rule, &row->text, &error, &hint))
	{
		quarantine(row, cursor, error);
		return;
	}
	cursor->zone = pstrdup(rule.zone);
	cursor->zone_stamp = rule.zone_stamp;
	if (row->role_missing)
		cursor->error = psprintf("role \"%s\" does not exist any more", row->role_missing);
	else if (row->parameters_wrong)
		cursor->error = row->parameters_wrong;
	fires.rule = &rule;
	/* Without anything from before an edit fires from its COMMIT on, which takes its turn like any other. */
	if (!first_fire(row, &fires, &due))
		cursor->next_at = DT_NOEND;
	else if (jg_to_moment(due) <= harvest->now && (!row->edited || row->nbefore > 0))
		fire_due(harvest, row, &fires, &business, due, cursor);
	else
		cursor->next_at = jg_to_moment(due);
	add_settled(harvest, row);
	if (moved_by_zone(row, cursor))
		tell_of_move(row, cursor);
}

/* --- a batch --- */

/* Edited ones, then the earliest: whoever comes last may have to wait for another batch. */
static int
compare_rows(const void *a, const void *b)
{
	const JgFireRow *x = a;
	const JgFireRow *y = b;

	if (x->edited != y->edited)
		return x->edited ? -1 : 1;
	return (x->next_at > y->next_at) - (x->next_at < y->next_at);
}

static bool
is_enough(const JgHarvest *harvest)
{
	return harvest->nruns >= ENOUGH_RUNS ||
		   (harvest->ncursors > 0 && TimestampDifferenceExceeds(harvest->now, jg_now(), ENOUGH_MS));
}

static void
process(JgBatch *batch)
{
	JgHarvest harvest;

	Assert(batch->n == nrows);
	jg_harvest_begin(&harvest, rows, nrows);
	qsort(rows, nrows, sizeof(JgFireRow), compare_rows);
	/* After an outage a few schedules may make more of it than a transaction should: the others are due as before. */
	for (int i = 0; i < nrows; i++)
	{
		if (!rows[i].edited && rows[i].next_at > harvest.now)
		{
			/* An entry that was true once. */
			if (rows[i].next_at < DT_NOEND)
				jg_agenda_add(&agenda, rows[i].next_at, rows[i].schedule_id);
		}
		else if (!is_enough(&harvest))
			look_at(&harvest, &rows[i]);
		else if (!rows[i].edited)
			jg_agenda_add(&agenda, rows[i].next_at, rows[i].schedule_id);
	}
	if (jg_harvest_write(&harvest))
		overlap_look_at = TimestampTzPlusMilliseconds(harvest.now, FIRST_OVERLAP_LOOK_MS);
	/* Should this transaction fail after all, its rows are taken one by one; an entry is only a look at a row. */
	unfinished = false;
	for (int i = 0; i < harvest.ncursors; i++)
		if (harvest.cursors[i].next_at < DT_NOEND)
			jg_agenda_add(&agenda, harvest.cursors[i].next_at, harvest.cursors[i].schedule_id);
}

static JgBatch fires = {.unit = {.name = "firing schedules", .body = jg_batch_body},
						.place = "fire",
						.again = {.text =
									  "select schedule_id from (select c.schedule_id from jobgrid_engine.set_aside a"
									  "  join jobgrid_engine.fire_cursor c on c.schedule_id = a.run_id"
									  "  where a.place = 'fire' and a.until <= $1"
									  "  order by a.until limit $2) r order by 1",
								  .nargs = 2,
								  .types = {TIMESTAMPTZOID, INT4OID},
								  .replan = true},
						.take = take,
						.process = process};

static void
release_overlaps(void *arg)
{
	static JgSql any_sql = {.text = "select from jobgrid_engine.pending_on"
									" where business_date = '-infinity' and not met limit 1"};

	jg_overlap_release(NULL, 0);
	overlap_look_at =
		jg_sql(&any_sql, NULL, NULL) > 0 ? TimestampTzPlusMilliseconds(jg_now(), OVERLAP_LOOK_MS) : DT_NOEND;
}

void
jg_scheduler_fires(void)
{
	static JgUnit agenda_unit = {.name = "reading the agenda", .body = read_agenda};
	static JgUnit overlap_unit = {.name = "looking at runs that wait for others of their job",
								  .body = release_overlaps};

	/* Cursors may be far ahead of a clock that has gone back. */
	if (jg_now() < seen_at - USECS_PER_DAY)
		agenda_read = false;
	seen_at = jg_now();
	if (!agenda_read || unfinished)
	{
		if (jg_unit_run(&agenda_unit, NULL) != JG_UNIT_DONE)
			return;
		agenda_read = true;
		unfinished = false;
	}
	jg_batch_drain(&fires);
	if (overlap_look_at <= jg_now())
		jg_unit_run(&overlap_unit, NULL);
	jg_worker_wake_at(overlap_look_at);
	/* What failed has said when it goes on. */
	if (fires.unit.retry_at > 0)
		return;
	if (agenda.n > 0)
		jg_worker_wake_at(agenda.entries[0].moment);
	if (backlog.n > 0)
		jg_worker_wake_at(jg_now());
}
