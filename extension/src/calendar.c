/*
 * Calendars as the engine reads them.
 *
 * A calendar is made flat whenever it is read: its week or the calendars it is based on, then its own days. So nothing
 * derived is stored that could differ from the rows, and whoever edits them inside a transaction sees what follows.
 */
#include "calendar.h"

#include "args.h"
#include "calendar_rule.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define DEEPEST 16
#define NAME_BYTES 129

typedef struct CachedCalendar
{
	char name[NAME_BYTES];
	int64 stamp;
	JgWorkdays *workdays;
} CachedCalendar;

static JgWorkdays *flatten(const char *name, int depth);

/* Elements of a text array, NULL for null. */
static char **
texts_of(Datum array, int *n)
{
	Datum *values;
	char **texts;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, n);
	texts = palloc(Max(*n, 1) * sizeof(char *));
	for (int i = 0; i < *n; i++)
		texts[i] = TextDatumGetCString(values[i]);
	return texts;
}

static uint8
weekdays_of(Datum array)
{
	static const char *const names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
	uint8 weekdays = 0;
	int n;
	char **texts = texts_of(array, &n);

	for (int i = 0; i < n; i++)
		for (int weekday = 0; weekday < 7; weekday++)
			if (strcmp(texts[i], names[weekday]) == 0)
				weekdays |= 1 << weekday;
	return weekdays;
}

static void
take_fiscal_years(JgWorkdays *workdays, Datum starts, Datum weeks)
{
	Datum *values;
	int n;

	deconstruct_array(DatumGetArrayTypeP(starts), DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &values, NULL, &n);
	if (n == 0)
		return;
	workdays->nstarts = Min(n, JG_FISCAL_STARTS);
	for (int i = 0; i < workdays->nstarts; i++)
		workdays->starts[i] = DatumGetDateADT(values[i]) + JG_EPOCH_DAYS;
	deconstruct_array(DatumGetArrayTypeP(weeks), INT4OID, sizeof(int32), true, TYPALIGN_INT, &values, NULL, &n);
	for (int i = 0; i < Min(n, 3); i++)
		workdays->weeks[i] = (uint8) DatumGetInt32(values[i]);
}

static void
take_days(JgWorkdays *workdays, const char *name)
{
	static JgSql sql = {.text = "select day, kind <> 'holiday' from jobgrid.calendar_day where calendar = $1",
						.nargs = 1,
						.types = {TEXTOID}};
	Datum value = CStringGetTextDatum(name);
	uint64 n = jg_sql(&sql, &value, NULL);

	for (uint64 i = 0; i < n; i++)
	{
		bool isnull;

		jg_workdays_set(workdays, DatumGetDateADT(jg_sql_datum(i, 1, &isnull)) + JG_EPOCH_DAYS, jg_sql_bool(i, 2));
	}
}

/* The working days of both or either; fiscal years are the first's that has any. */
static JgWorkdays *
flatten_bases(char **bases, int n, bool both, int depth)
{
	JgWorkdays *workdays = flatten(bases[0], depth + 1);

	for (int i = 1; i < n; i++)
	{
		JgWorkdays *other = flatten(bases[i], depth + 1);

		if (both)
			jg_workdays_both(workdays, other);
		else
			jg_workdays_either(workdays, other);
		if (workdays->nstarts == 0)
		{
			workdays->nstarts = other->nstarts;
			memcpy(workdays->starts, other->starts, sizeof(workdays->starts));
			memcpy(workdays->weeks, other->weeks, sizeof(workdays->weeks));
		}
		pfree(other);
	}
	return workdays;
}

static JgWorkdays *
flatten_rule(const char *name, const char *text)
{
	JgWorkdays *workdays = palloc(sizeof(JgWorkdays));
	JgCalendarRule *rule = palloc(sizeof(JgCalendarRule));
	char *error;

	if (!jg_calendar_rule_read(text, rule, &error))
		elog(ERROR, "the rule of calendar \"%s\": %s", name, error);
	jg_calendar_rule_days(name, rule, workdays);
	pfree(rule);
	return workdays;
}

/* Triggers refuse names that do not exist and cycles; here they are only survived. */
static JgWorkdays *
flatten(const char *name, int depth)
{
	static JgSql sql = {.text = "select workdays, based_on, combine = 'both', fiscal_years, fiscal_weeks, rule"
								" from jobgrid.calendar where name = $1",
						.nargs = 1,
						.types = {TEXTOID}};
	Datum value = CStringGetTextDatum(name);
	JgWorkdays *workdays;
	char *rule;
	bool has_week;
	uint8 weekdays = JG_MONDAY_TO_FRIDAY;
	Datum week;
	Datum starts;
	Datum weeks;
	char **bases;
	int nbases;
	bool isnull;

	if (depth > DEEPEST)
		elog(ERROR, "calendar \"%s\" is based on itself", name);
	if (jg_sql(&sql, &value, NULL) == 0)
	{
		if (depth > 0)
			elog(ERROR, "calendar \"%s\" does not exist", name);
		return NULL;
	}
	week = jg_sql_datum(0, 1, &isnull);
	has_week = !isnull;
	if (has_week)
		weekdays = weekdays_of(week);
	bases = texts_of(jg_sql_datum(0, 2, &isnull), &nbases);
	starts = PointerGetDatum(DatumGetArrayTypePCopy(jg_sql_datum(0, 4, &isnull)));
	weeks = PointerGetDatum(DatumGetArrayTypePCopy(jg_sql_datum(0, 5, &isnull)));
	rule = jg_sql_text(0, 6);
	if (rule != NULL)
		workdays = flatten_rule(name, rule);
	else if (nbases > 0)
	{
		workdays = flatten_bases(bases, nbases, jg_sql_bool(0, 3), depth);
		for (int32 day = 0; has_week && day < JG_DAYS; day++)
			if (!(weekdays >> jg_civil_weekday(day) & 1))
				jg_workdays_set(workdays, day, false);
	}
	else
	{
		workdays = palloc(sizeof(JgWorkdays));
		jg_workdays_init(workdays, weekdays);
	}
	take_days(workdays, name);
	take_fiscal_years(workdays, starts, weeks);
	return workdays;
}

/* Never changes, and takes longer to make than all else that is to be known of a schedule. */
static const JgWorkdays *
by_week(void)
{
	static JgWorkdays workdays;
	static bool made;

	if (!made)
		jg_workdays_init(&workdays, JG_MONDAY_TO_FRIDAY);
	made = true;
	return &workdays;
}

const JgWorkdays *
jg_calendar_load(const char *name)
{
	return name != NULL ? flatten(name, 0) : by_week();
}

const JgWorkdays *
jg_calendar_visible(const char *name)
{
	static JgSql sql = {.text = "select from jobgrid.calendar c where c.name = $1"
								" and (c.tenant is null or c.tenant = any (jobgrid_engine.visible_tenant_names()))",
						.nargs = 1,
						.types = {TEXTOID}};
	Datum value;

	if (name == NULL)
		return jg_calendar_load(NULL);
	value = CStringGetTextDatum(name);
	if (jg_sql(&sql, &value, NULL) == 0)
		ereport(ERROR, (errcode(ERRCODE_JG_NOT_FOUND), errmsg("calendar \"%s\" does not exist", jg_clip(name)),
						errhint("List calendars with: SELECT name, description FROM jobgrid.calendar;")));
	return jg_calendar_load(name);
}

const JgWorkdays *
jg_calendar_cached(const char *name, int64 stamp)
{
	static HTAB *cache;
	CachedCalendar *entry;
	JgWorkdays *fresh;
	bool found;

	if (name == NULL)
		return by_week();
	if (cache == NULL)
	{
		HASHCTL control = {.keysize = NAME_BYTES, .entrysize = sizeof(CachedCalendar), .hcxt = TopMemoryContext};

		cache = hash_create("jobgrid calendars", 32, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	}
	entry = hash_search(cache, name, HASH_FIND, NULL);
	if (entry != NULL && entry->stamp == stamp)
		return entry->workdays;
	fresh = flatten(name, 0);
	if (fresh == NULL)
		return NULL;
	if (entry == NULL)
	{
		JgWorkdays *place = MemoryContextAlloc(TopMemoryContext, sizeof(JgWorkdays));

		entry = hash_search(cache, name, HASH_ENTER, &found);
		entry->workdays = place;
	}
	*entry->workdays = *fresh;
	entry->stamp = stamp;
	pfree(fresh);
	return entry->workdays;
}
