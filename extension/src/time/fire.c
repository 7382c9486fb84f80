/*
 * When a schedule fires.
 *
 * Time is walked span by span of one offset. Within a span local time and moments go side by side; what is special are
 * its edges: local times that the clock leaps over, at its beginning, and local times that are in two spans.
 */
#include "fire.h"

#include <stdlib.h>

#include "schedule_match.h"

#define NEVER INT64_MAX
#define LONGEST_MOVE 366 /* days */

/* Local seconds since 1970, from first up to but not including end. */
typedef struct LocalRange
{
	int64_t first;
	int64_t end;
} LocalRange;

/* What the policies mean for this schedule: a pace has other defaults. */
typedef struct Policy
{
	JgWhenSkips skips;
	bool first_pass;
	bool second_pass;
} Policy;

static Policy
policy_of(const JgFireRule *rule)
{
	bool paced = rule->schedule->paced;
	JgWhenRepeats repeats = rule->when_clock_repeats;
	Policy policy = {.skips = rule->when_clock_skips};

	if (policy.skips == JG_SKIPS_DEFAULT)
		policy.skips = paced ? JG_SKIPS_SKIP : JG_SKIPS_RUN_AFTER;
	else if (policy.skips == JG_SKIPS_AUTOSYS && paced)
		policy.skips = JG_SKIPS_SKIP;
	if (repeats == JG_REPEATS_DEFAULT)
		repeats = paced ? JG_REPEATS_BOTH : JG_REPEATS_FIRST;
	else if (repeats == JG_REPEATS_AUTOSYS)
		repeats = paced ? JG_REPEATS_BOTH : JG_REPEATS_SECOND;
	policy.first_pass = repeats != JG_REPEATS_SECOND;
	policy.second_pass = repeats != JG_REPEATS_FIRST;
	return policy;
}

/* Does a day without work, next to this working day on that side, hand its fires over to it? */
static bool
takes_over(const JgFireRule *rule, int32_t day, int step)
{
	for (int32_t other = day + step;
		 other >= 0 && other < JG_DAYS && abs(other - day) < LONGEST_MOVE && !jg_workdays_on(rule->workdays, other);
		 other += step)
		if (jg_schedule_on(rule->schedule, rule->workdays, other))
			return true;
	return false;
}

static bool
fires_on(const JgFireRule *rule, int32_t day)
{
	/* Who asks for days without work does not want them skipped. To move them is another wish, and has to be said. */
	bool wanted =
		rule->when_holiday == JG_HOLIDAY_RUN_ANYWAY ||
		(rule->when_holiday == JG_HOLIDAY_SKIP && (rule->schedule->nonworking || rule->schedule->if_nonworking));

	if (!wanted && !jg_workdays_on(rule->workdays, day))
		return false;
	if (jg_schedule_on(rule->schedule, rule->workdays, day))
		return true;
	if (rule->when_holiday == JG_HOLIDAY_RUN_BEFORE)
		return takes_over(rule, day, 1);
	if (rule->when_holiday == JG_HOLIDAY_RUN_AFTER)
		return takes_over(rule, day, -1);
	return false;
}

/* The first scheduled local second of the range. */
static int64_t
next_local(const JgFireRule *rule, LocalRange range)
{
	/* A fire may be moved behind the last day, as far as a calendar has days without work. */
	int64_t days = (int64_t) jg_schedule_last_day(rule->schedule) + LONGEST_MOVE;
	int32_t day;
	int32_t from;

	if (days > JG_DAYS)
		days = JG_DAYS;
	if (range.first < 0)
		range.first = 0;
	if (range.end > days * JG_DAY_SECONDS)
		range.end = days * JG_DAY_SECONDS;
	if (range.first >= range.end)
		return NEVER;
	day = (int32_t) (range.first / JG_DAY_SECONDS);
	from = (int32_t) (range.first % JG_DAY_SECONDS);
	for (; (int64_t) day * JG_DAY_SECONDS < range.end; day++, from = 0)
	{
		int32_t time = fires_on(rule, day) ? jg_schedule_time(rule->schedule, from) : -1;

		if (time >= 0)
		{
			int64_t local = (int64_t) day * JG_DAY_SECONDS + time;

			return local < range.end ? local : NEVER;
		}
	}
	return NEVER;
}

/* What the clock leapt over when the span began, and fires at or behind its beginning instead. */
static bool
next_skipped(const JgFireRule *rule, Policy policy, JgSpan before, JgSpan span, int64_t moment, JgFire *fire)
{
	LocalRange gap = {span.since + before.offset, span.since + span.offset};
	int64_t local;

	if (policy.skips == JG_SKIPS_SKIP || moment - span.since > gap.end - gap.first)
		return false;
	local = next_local(rule, gap);
	if (local == NEVER)
		return false;
	fire->at = span.since;
	if (policy.skips == JG_SKIPS_AUTOSYS)
		fire->at += (local - gap.first) / 60;
	if (fire->at < moment)
		return false;
	fire->day = (int32_t) (local / JG_DAY_SECONDS);
	fire->time = (int32_t) (local % JG_DAY_SECONDS);
	fire->offset = span.offset;
	fire->clock_skips = true;
	fire->clock_repeats = false;
	return true;
}

/* What the span's own local times say, from the moment on. */
static bool
next_regular(const JgFireRule *rule, Policy policy, const JgSpan spans[3], int64_t moment, JgFire *fire)
{
	JgSpan before = spans[0];
	JgSpan span = spans[1];
	JgSpan after = spans[2];
	LocalRange range = {moment + span.offset, span.until == INT64_MAX ? INT64_MAX : span.until + span.offset};
	/* Local times up to here are a second pass, and from there on a first one. */
	int64_t second_until = span.since == INT64_MIN ? INT64_MIN : span.since + before.offset;
	int64_t first_from = span.until == INT64_MAX ? INT64_MAX : span.until + after.offset;
	int64_t local;

	if (!policy.second_pass && range.first < second_until)
		range.first = second_until;
	if (!policy.first_pass && range.end > first_from)
		range.end = first_from;
	local = next_local(rule, range);
	if (local == NEVER)
		return false;
	fire->at = local - span.offset;
	fire->day = (int32_t) (local / JG_DAY_SECONDS);
	fire->time = (int32_t) (local % JG_DAY_SECONDS);
	fire->offset = span.offset;
	fire->clock_skips = false;
	fire->clock_repeats = local < second_until || local >= first_from;
	return true;
}

bool
jg_fire_next(const JgFireRule *rule, int64_t after, JgFire *fire)
{
	Policy policy = policy_of(rule);
	int64_t end = (int64_t) JG_DAYS * JG_DAY_SECONDS + JG_DAY_SECONDS;
	int64_t moment = after < -JG_DAY_SECONDS ? -JG_DAY_SECONDS : after < end ? after + 1 : end;

	while (moment < end)
	{
		JgFire skipped;
		JgSpan spans[3];
		bool has_skipped;
		bool has_regular;

		spans[1] = jg_zone_span(rule->zone, moment);
		spans[0] = spans[1].since == INT64_MIN ? spans[1] : jg_zone_span(rule->zone, spans[1].since - 1);
		spans[2] = spans[1].until == INT64_MAX ? spans[1] : jg_zone_span(rule->zone, spans[1].until);
		has_skipped =
			spans[0].offset < spans[1].offset && next_skipped(rule, policy, spans[0], spans[1], moment, &skipped);
		has_regular = next_regular(rule, policy, spans, moment, fire);
		if (has_skipped && (!has_regular || skipped.at < fire->at))
		{
			*fire = skipped;
			return true;
		}
		if (has_regular)
			return true;
		if (spans[1].until == INT64_MAX)
			return false;
		moment = spans[1].until;
	}
	return false;
}
