/*
 * H: values that the job's name decides, so that a thousand hourly jobs do not all start at the same minute.
 */
#include "schedule.h"

/* Scatters the seed, differently for each field, so that they do not go together. */
static uint64_t
scatter(uint64_t seed, uint64_t field)
{
	uint64_t x = seed + (field + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t
values_of(JgHash hash, uint64_t number)
{
	unsigned range = hash.step > 0 ? hash.step : hash.high - hash.low + 1u;
	unsigned value = hash.low + (unsigned) (number % range);
	uint64_t bits = 0;

	for (; value <= hash.high; value += hash.step)
	{
		bits |= UINT64_C(1) << value;
		if (hash.step == 0)
			break;
	}
	return bits;
}

static void
bind_field(JgField *field, uint64_t seed, int number)
{
	if (field->hash.on)
		field->bits = values_of(field->hash, scatter(seed, (uint64_t) number));
	field->hash = (JgHash){0};
}

void
jg_schedule_bind(JgSchedule *schedule, uint64_t seed)
{
	bind_field(&schedule->second, seed, 0);
	bind_field(&schedule->minute, seed, 1);
	bind_field(&schedule->hour, seed, 2);
	if (schedule->hash_day.on)
		schedule->nth[JG_ANY_DAY].first |= (uint32_t) (values_of(schedule->hash_day, scatter(seed, 3)) >> 1);
	if (schedule->hash_weekday.on)
		schedule->weekdays |= (uint8_t) values_of(schedule->hash_weekday, scatter(seed, 4));
	schedule->hash_day = schedule->hash_weekday = (JgHash){0};
}
