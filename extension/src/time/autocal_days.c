/*
 * The days that a rule gives, in one walk from day to day.
 *
 * The walk begins before the range, at the last workday there, and ends behind it, at the first one: nothing farther away
 * can be moved into the range. Workdays of a month or period are counted when the walk enters it, so that each day knows
 * its ordinals from both ends; no day is looked at more often than that.
 */
#include "autocal_condition.h"
#include "civil.h"

/* Ordinals of a day from both ends; 0 where it is not counted. */
typedef struct Ordinal
{
	int first;
	int last;
} Ordinal;

/* Days that are counted together, up to the walk's day and in all. */
typedef struct Span
{
	int32_t first;
	int32_t last;
	int workdays;
	int weekdays;
	int all_workdays;
	int all_weekdays;
} Span;

typedef struct Walk
{
	const JgAutocal *rule;
	const JgAutocalDates *dates;
	int next_holiday; /* the first that is not before the day */
	int next_period;  /* the first that does not end before the day */

	int32_t day;
	int weekday;
	bool holiday;
	bool workday;
	int month_of_year;
	int32_t year_first;
	int32_t year_last;
	Span month;
	Span period; /* of the cycle, if the day is in_period */
	bool in_period;

	/* Where the range lies, before adjust, and what was found. */
	int32_t since;
	int32_t until;
	uint64_t *days;
	int32_t last_workday; /* before or at the day; far away = none known */
	int32_t waiting;      /* earliest candidate that goes to the next workday; INT32_MAX = none */
} Walk;

static bool
is_weekday(int weekday)
{
	return weekday >= 1 && weekday <= 5;
}

static bool
works_on(const JgAutocal *rule, int weekday)
{
	return (rule->workdays >> weekday & 1) != 0;
}

/* The first holiday that is not before the day. */
static int
holiday_from(const JgAutocalDates *dates, int32_t day)
{
	int low = 0;
	int high = dates->nholidays;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (dates->holidays[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
count(const Walk *walk, int32_t first, int32_t last, int *workdays, int *weekdays)
{
	int next = holiday_from(walk->dates, first);

	*workdays = 0;
	*weekdays = 0;
	for (int32_t day = first; day <= last; day++)
	{
		int weekday = jg_civil_weekday(day);

		while (next < walk->dates->nholidays && walk->dates->holidays[next] < day)
			next++;
		if (next < walk->dates->nholidays && walk->dates->holidays[next] == day)
			continue;
		*workdays += works_on(walk->rule, weekday);
		*weekdays += is_weekday(weekday);
	}
}

static void
enter_span(const Walk *walk, int32_t first, int32_t last, Span *span)
{
	span->first = first;
	span->last = last;
	count(walk, first, last, &span->all_workdays, &span->all_weekdays);
	count(walk, first, walk->day - 1, &span->workdays, &span->weekdays);
}

static void
enter_month(Walk *walk)
{
	JgDate date = jg_civil_date(walk->day);
	int32_t first = walk->day - date.day + 1;

	walk->month_of_year = date.month;
	walk->year_first = jg_civil_day(date.year, 1, 1);
	walk->year_last = jg_civil_day(date.year, 12, 31);
	enter_span(walk, first, first + jg_civil_month_length(date.year, date.month) - 1, &walk->month);
}

static void
enter_period(Walk *walk)
{
	const JgAutocalDates *dates = walk->dates;

	while (walk->next_period < dates->nperiods && dates->periods[walk->next_period].end < walk->day)
		walk->next_period++;
	walk->in_period = walk->next_period < dates->nperiods && dates->periods[walk->next_period].start <= walk->day;
	if (walk->in_period)
		enter_span(walk, dates->periods[walk->next_period].start, dates->periods[walk->next_period].end, &walk->period);
}

static void
count_day(const Walk *walk, Span *span)
{
	span->workdays += walk->workday;
	span->weekdays += is_weekday(walk->weekday) && !walk->holiday;
}

static void
enter_day(Walk *walk, int32_t day)
{
	const JgAutocalDates *dates = walk->dates;

	walk->day = day;
	walk->weekday = jg_civil_weekday(day);
	while (walk->next_holiday < dates->nholidays && dates->holidays[walk->next_holiday] < day)
		walk->next_holiday++;
	walk->holiday = walk->next_holiday < dates->nholidays && dates->holidays[walk->next_holiday] == day;
	walk->workday = works_on(walk->rule, walk->weekday) && !walk->holiday;
	if (day > walk->month.last)
		enter_month(walk);
	if (!walk->in_period || day > walk->period.last)
		enter_period(walk);
	count_day(walk, &walk->month);
	if (walk->in_period)
		count_day(walk, &walk->period);
	if (walk->workday)
		walk->last_workday = day;
}

/* Of each so manieth day from the first on. */
static Ordinal
every(int step, int32_t first, int32_t day, int32_t last)
{
	return (Ordinal){(day - first) / step + 1, (last - day) / step + 1};
}

/* Of weeks that begin on the first day; the last one may be short. */
static Ordinal
weeks(int32_t first, int32_t day, int32_t last)
{
	int week = (day - first) / 7;

	return day < first ? (Ordinal){0, 0} : (Ordinal){week + 1, (last - first) / 7 - week + 1};
}

static Ordinal
counted(bool counts, int so_far, int all)
{
	return counts ? (Ordinal){so_far, all - so_far + 1} : (Ordinal){0, 0};
}

static Ordinal
ordinal(const Walk *walk, const JgAutocalNode *leaf)
{
	const Span *month = &walk->month;
	const Span *period = &walk->period;
	int shift = leaf->weekday == JG_AUTOCAL_ANY ? 0 : (leaf->weekday - jg_civil_weekday(walk->year_first) + 7) % 7;
	int day_of_week = (walk->day - walk->year_first) % 7;

	if (leaf->unit >= JG_AUTOCAL_PERIOD_DAY && !walk->in_period)
		return (Ordinal){0, 0};
	switch ((JgAutocalUnit) leaf->unit)
	{
		case JG_AUTOCAL_MONTH_DAY:
			return every(1, month->first, walk->day, month->last);
		case JG_AUTOCAL_MONTH_WORKDAY:
			return counted(walk->workday, month->workdays, month->all_workdays);
		case JG_AUTOCAL_MONTH_WEEKDAY:
			return counted(is_weekday(walk->weekday) && !walk->holiday, month->weekdays, month->all_weekdays);
		case JG_AUTOCAL_MONTH_SAME:
			return every(7, month->first, walk->day, month->last);
		case JG_AUTOCAL_WEEK_DAY:
			return (Ordinal){day_of_week + 1, 7 - day_of_week};
		case JG_AUTOCAL_YEAR_WEEK:
			return weeks(walk->year_first + shift, walk->day, walk->year_last);
		case JG_AUTOCAL_PERIOD_DAY:
			return every(1, period->first, walk->day, period->last);
		case JG_AUTOCAL_PERIOD_WEEK:
			return weeks(period->first, walk->day, period->last);
		case JG_AUTOCAL_PERIOD_WORKDAY:
			return counted(walk->workday, period->workdays, period->all_workdays);
		case JG_AUTOCAL_PERIOD_SAME:
			return every(7, period->first, walk->day, period->last);
		case JG_AUTOCAL_PERIOD:
			return counted(true, walk->next_period + 1, walk->dates->nperiods);
	}
	return (Ordinal){0, 0};
}

static bool
leaf_fits(const Walk *walk, const JgAutocalNode *leaf)
{
	bool same = leaf->unit == JG_AUTOCAL_MONTH_SAME || leaf->unit == JG_AUTOCAL_PERIOD_SAME;
	Ordinal nth;

	if (leaf->month != 0 && leaf->month != walk->month_of_year)
		return false;
	if (same && leaf->weekday != walk->weekday)
		return false;
	nth = ordinal(walk, leaf);
	switch ((JgAutocalPick) leaf->pick)
	{
		case JG_AUTOCAL_EACH:
			return nth.first > 0;
		case JG_AUTOCAL_NTH:
			return nth.first == leaf->n;
		case JG_AUTOCAL_NTH_LAST:
			return nth.last == leaf->n;
		case JG_AUTOCAL_EVEN:
			return nth.first > 0 && nth.first % 2 == 0;
		case JG_AUTOCAL_ODD:
			return nth.first % 2 == 1;
	}
	return false;
}

static bool
is_candidate(const Walk *walk)
{
	bool stack[JG_AUTOCAL_STACK] = {false};
	int top = -1;

	if (walk->rule->nnodes == 0)
		return walk->in_period || walk->dates->nperiods == 0;
	for (int i = 0; i < walk->rule->nnodes; i++)
	{
		const JgAutocalNode *node = &walk->rule->nodes[i];

		switch ((JgAutocalOp) node->op)
		{
			case JG_AUTOCAL_LEAF:
				stack[++top] = leaf_fits(walk, node);
				break;
			case JG_AUTOCAL_NOT:
				stack[top] = !stack[top];
				break;
			case JG_AUTOCAL_AND:
				top--;
				stack[top] = stack[top] && stack[top + 1];
				break;
			case JG_AUTOCAL_OR:
				top--;
				stack[top] = stack[top] || stack[top + 1];
				break;
		}
	}
	return stack[0];
}

static void
give(Walk *walk, int32_t day)
{
	if (day >= walk->since && day <= walk->until)
		walk->days[(day - walk->since) / 64] |= UINT64_C(1) << (day - walk->since) % 64;
}

/* What becomes of a candidate; false: there is no workday to move it to. */
static bool
settle(Walk *walk)
{
	bool as_holiday = walk->holiday && walk->rule->holiday != JG_AUTOCAL_NONE;
	JgAutocalAction action = as_holiday ? walk->rule->holiday : walk->rule->non_workday;

	if (!as_holiday && walk->rule->holiday == JG_AUTOCAL_ONLY)
		return true;
	if (!as_holiday && walk->workday)
	{
		if (action != JG_AUTOCAL_ONLY)
			give(walk, walk->day);
		return true;
	}
	if (action == JG_AUTOCAL_NEXT && !as_holiday && walk->rule->nonwork_to_work)
		action = JG_AUTOCAL_WORKDAY;
	switch (action)
	{
		case JG_AUTOCAL_NONE:
		case JG_AUTOCAL_ONLY:
		case JG_AUTOCAL_SCHEDULE:
			give(walk, walk->day);
			return true;
		case JG_AUTOCAL_NEXT:
			give(walk, walk->day + 1);
			return true;
		case JG_AUTOCAL_WORKDAY:
			if (walk->waiting > walk->day)
				walk->waiting = walk->day;
			return true;
		case JG_AUTOCAL_PREVIOUS:
			give(walk, walk->last_workday);
			/* Before the range the walk may have missed the workday: it does not matter there. */
			return walk->day < walk->since || walk->day - walk->last_workday <= JG_AUTOCAL_FARTHEST;
	}
	return true;
}

/* Workdays come to those that wait for one. */
static bool
end_waiting(Walk *walk)
{
	if (walk->workday && walk->waiting != INT32_MAX)
	{
		give(walk, walk->day);
		walk->waiting = INT32_MAX;
	}
	return walk->waiting == INT32_MAX || walk->day - walk->waiting < JG_AUTOCAL_FARTHEST;
}

/* The last workday before the range, or as far from it as actions look. */
static int32_t
find_start(const Walk *walk)
{
	for (int32_t day = walk->since - 1; day > walk->since - JG_AUTOCAL_FARTHEST; day--)
	{
		int holiday = holiday_from(walk->dates, day);

		if (works_on(walk->rule, jg_civil_weekday(day)) &&
			!(holiday < walk->dates->nholidays && walk->dates->holidays[holiday] == day))
			return day;
	}
	return walk->since - JG_AUTOCAL_FARTHEST;
}

static const char *
wrong_with(const JgAutocal *rule, const JgAutocalDates *dates)
{
	if (rule->needs_cycle && dates->nperiods == 0)
		return "the conditions need a cycle";
	for (int i = 0; i < dates->nperiods; i++)
	{
		const JgAutocalPeriod *period = &dates->periods[i];

		if (period->end < period->start)
			return "a period of the cycle ends before it starts";
		if ((int64_t) period->end - period->start >= JG_AUTOCAL_LONGEST)
			return "a period of the cycle is longer than 366 days";
		if (i > 0 && period->start <= period[-1].end)
			return "periods of the cycle overlap or are not sorted";
	}
	return NULL;
}

bool
jg_autocal_days(const JgAutocal *rule, const JgAutocalDates *dates, int32_t since, int32_t until, uint64_t *days,
				const char **why)
{
	Walk walk = {.rule = rule, .dates = dates, .days = days, .waiting = INT32_MAX};
	int32_t day;

	*why = wrong_with(rule, dates);
	if (*why != NULL)
		return false;
	for (int i = 0; i < JG_AUTOCAL_ROOM(since, until); i++)
		days[i] = 0;
	walk.since = since - rule->adjust;
	walk.until = until - rule->adjust;
	day = find_start(&walk);
	walk.next_holiday = holiday_from(dates, day);
	walk.month.last = day - 1;
	walk.last_workday = day - JG_AUTOCAL_FARTHEST - 1;
	for (; day <= walk.until + JG_AUTOCAL_FARTHEST && walk.last_workday <= walk.until; day++)
	{
		enter_day(&walk, day);
		if (!end_waiting(&walk) || (is_candidate(&walk) && !settle(&walk)))
		{
			*why = "a day is to be moved, but there is no workday within 366 days";
			return false;
		}
	}
	return true;
}
