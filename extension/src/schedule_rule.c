/*
 * A schedule that can be asked when it fires.
 *
 * Nothing is cached here: reading a text costs microseconds, and who keeps a rule must know when it is stale.
 */
#include "schedule_rule.h"

#include "args.h"
#include "clock.h"
#include "guc.h"
#include "sql.h"
#include "zone_file.h"

TimestampTz
jg_fire_moment(const JgFire *fire)
{
	return jg_to_moment(fire->at);
}

DateADT
jg_zone_day(const JgZone *zone, TimestampTz moment, int64 roll_us)
{
	int64 seconds = jg_to_seconds(moment - roll_us);
	int64 local = seconds + jg_zone_span(zone, jg_to_seconds(moment)).offset;
	int64 day = local / SECS_PER_DAY - (local % SECS_PER_DAY < 0);

	return (DateADT) (day - JG_EPOCH_DAYS);
}

JgRuleText
jg_rule_text(uint64 row, int first)
{
	return (JgRuleText){.schedule = jg_sql_text(row, first + JG_RULE_SCHEDULE),
						.time_zone = jg_sql_text(row, first + JG_RULE_TIME_ZONE),
						.when_holiday = jg_sql_text(row, first + JG_RULE_WHEN_HOLIDAY),
						.when_clock_skips = jg_sql_text(row, first + JG_RULE_WHEN_CLOCK_SKIPS),
						.when_clock_repeats = jg_sql_text(row, first + JG_RULE_WHEN_CLOCK_REPEATS),
						.has_calendar = jg_sql_text(row, first + JG_RULE_CALENDAR) != NULL,
						.seed = (uint64) jg_sql_int64(row, first + JG_RULE_SEED),
						.valid_from = jg_sql_int32(row, first + JG_RULE_VALID_FROM),
						.valid_until = jg_sql_int32(row, first + JG_RULE_VALID_UNTIL)};
}

static bool
take_policies(JgRule *rule, const JgRuleText *text, char **error, char **hint)
{
	static const char *const skips[] = {"run_after", "skip", "autosys", NULL};
	static const char *const repeats[] = {"first", "second", "both", "autosys", NULL};
	static const char *const holidays[] = {"run_anyway", "skip", "run_before", "run_after", NULL};
	int when_skips = jg_place(text->when_clock_skips, skips);
	int when_repeats = jg_place(text->when_clock_repeats, repeats);
	int when_holiday = jg_place(text->when_holiday, holidays);

	*hint = NULL;
	if (text->when_clock_skips != NULL && when_skips == 0)
		*error =
			psprintf("when_clock_skips is run_after, skip or autosys, not \"%s\"", jg_clip(text->when_clock_skips));
	else if (text->when_clock_repeats != NULL && when_repeats == 0)
		*error = psprintf("when_clock_repeats is first, second, both or autosys, not \"%s\"",
						  jg_clip(text->when_clock_repeats));
	else if (text->when_holiday != NULL && when_holiday == 0)
		*error = psprintf("when_holiday is skip, run_before, run_after or run_anyway, not \"%s\"",
						  jg_clip(text->when_holiday));
	else
	{
		rule->fire.when_clock_skips = (JgWhenSkips) when_skips;
		rule->fire.when_clock_repeats = (JgWhenRepeats) when_repeats;
		if (when_holiday == 0)
			rule->fire.when_holiday = text->has_calendar ? JG_HOLIDAY_SKIP : JG_HOLIDAY_RUN_ANYWAY;
		else
			rule->fire.when_holiday = (JgWhenHoliday) (when_holiday - 1);
		return true;
	}
	return false;
}

static bool
take_zone(JgRule *rule, const JgRuleText *text, char **error, char **hint)
{
	const char *name = rule->schedule.zone[0] != '\0' ? rule->schedule.zone
					   : text->time_zone != NULL      ? text->time_zone
													  : jg_guc_time_zone;

	rule->fire.zone = jg_zone_load(name, &rule->zone_stamp);
	if (rule->fire.zone == NULL)
	{
		*error = psprintf("time zone \"%s\" does not exist", jg_clip(name));
		*hint = pstrdup("List zones with: SELECT name FROM pg_timezone_names ORDER BY name;");
		return false;
	}
	strlcpy(rule->zone, name, sizeof(rule->zone));
	return true;
}

static bool
needs_fiscal_years(const JgSchedule *schedule)
{
	return schedule->period == JG_FISCAL_PERIOD || schedule->period == JG_FISCAL_QUARTER ||
		   schedule->period == JG_FISCAL_YEAR;
}

static int32
limit_day(DateADT date)
{
	if (date == DATEVAL_NOBEGIN)
		return 0;
	if (date == DATEVAL_NOEND)
		return JG_DAYS;
	return Max(Min(date + JG_EPOCH_DAYS, JG_DAYS), 0);
}

bool
jg_rule_make(JgRule *rule, const JgRuleText *text, char **error, char **hint)
{
	JgScheduleError wrong;

	memset(rule, 0, sizeof(*rule));
	if (!jg_schedule_parse(text->schedule, &rule->schedule, &wrong))
	{
		*error = pstrdup(wrong.message);
		*hint = wrong.hint[0] != '\0' ? pstrdup(wrong.hint) : NULL;
		return false;
	}
	if (!take_zone(rule, text, error, hint) || !take_policies(rule, text, error, hint))
		return false;
	if (needs_fiscal_years(&rule->schedule) && text->workdays->nstarts == 0)
	{
		*error = pstrdup("its calendar has no fiscal years");
		*hint = pstrdup("Give it a calendar whose fiscal_years are set: first days of fiscal years, such as "
						"'{2026-02-01,2027-01-31}'.");
		return false;
	}
	rule->bound = rule->schedule;
	jg_schedule_bind(&rule->bound, text->seed);
	rule->fire.schedule = &rule->bound;
	rule->fire.workdays = text->workdays;
	rule->first_day = limit_day(text->valid_from);
	rule->last_day = limit_day(text->valid_until);
	return true;
}

bool
jg_rule_next(const JgRule *rule, TimestampTz after, JgFire *fire)
{
	int64 moment = jg_to_seconds(after);
	/* No zone is further than a day from UTC: nothing of the first day lies before this. */
	int64 earliest = ((int64) rule->first_day - 2) * SECS_PER_DAY;

	for (moment = Max(moment, earliest); jg_fire_next(&rule->fire, moment, fire); moment = fire->at)
	{
		if (fire->day > rule->last_day)
			return false;
		if (fire->day >= rule->first_day)
			return true;
	}
	return false;
}
