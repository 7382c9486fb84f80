/*
 * Fires whose moment has come.
 *
 * One that is late by no more than a minute is on time: an ordinary restart misses nothing. All others have been missed,
 * and the schedule says whether they are made up. Each is counted, whatever becomes of it.
 */
#include "catchup.h"

#include <string.h>

/* The latest fire in (since, now], which has one; looked for in windows that double, from now backwards. */
static int64_t
latest(const JgCatchup *catchup, int64_t since, int64_t now)
{
	int64_t found = since;
	int64_t at;

	for (int64_t window = 3600;; window *= 2)
	{
		int64_t after = now - since > window ? now - window : since;

		while (catchup->next_fire(catchup->schedule, after, &at) && at <= now)
			found = after = at;
		if (found > since || after == since)
			return found;
	}
}

/* What was seen of the missed fires: the latest `keep` of them are in a ring, whose next place is seen % keep. */
typedef struct Missed
{
	int64_t total;
	int64_t seen;
	int64_t last;
} Missed;

/* A clock that leapt by years leaves more than can be counted: of those only the latest is looked at. */
static Missed
count_missed(const JgCatchup *catchup, int64_t due, int64_t until, int keep, JgCaughtUp *result)
{
	Missed missed = {0};
	int64_t at = due;
	bool more = true;

	while (more && at <= until)
	{
		if (missed.total == JG_COUNT_MOST && !result->missed_more)
		{
			at = latest(catchup, at, until);
			result->missed_more = true;
			missed.seen = 0;
		}
		missed.last = at;
		result->runs[missed.seen++ % keep] = at;
		missed.total++;
		more = catchup->next_fire(catchup->schedule, at, &at);
	}
	return missed;
}

static void
reverse(int64_t *values, int n)
{
	for (int i = 0; i < n / 2; i++)
	{
		int64_t value = values[i];

		values[i] = values[n - 1 - i];
		values[n - 1 - i] = value;
	}
}

/*
 * The latest missed ones, up to the limit, are made up; the others are told. One more than the limit is kept: it is the
 * last of those that are not made up.
 */
static int64_t
make_up(const JgCatchup *catchup, int64_t due, int64_t until, int limit, JgCaughtUp *result)
{
	int keep = limit + 1;
	Missed missed = count_missed(catchup, due, until, keep, result);

	result->nruns = missed.seen < limit ? (int) missed.seen : limit;
	result->missed = missed.total - result->nruns;
	result->missed_first = due;
	if (missed.seen < keep)
	{
		result->missed_last = missed.last;
		return missed.last;
	}
	/* Turned so that the ring begins with the oldest. */
	reverse(result->runs, (int) (missed.seen % keep));
	reverse(result->runs + missed.seen % keep, keep - (int) (missed.seen % keep));
	reverse(result->runs, keep);
	result->missed_last = result->runs[0];
	memmove(result->runs, result->runs + 1, (size_t) limit * sizeof(result->runs[0]));
	return missed.last;
}

void
jg_catch_up(const JgCatchup *catchup, int64_t due, int64_t now, JgCaughtUp *result)
{
	int64_t late_until = now - JG_LATE_SECONDS - 1;
	int64_t at = due;
	int limit = 0;

	result->missed = 0;
	result->missed_more = result->held = result->ends = false;
	result->nruns = 0;
	if (catchup->when_missed == JG_MISSED_ALL)
		limit = catchup->limit < JG_MISSED_LIMIT_MOST ? catchup->limit : JG_MISSED_LIMIT_MOST;
	else if (catchup->when_missed != JG_MISSED_NONE)
		limit = 1;
	if (due <= late_until)
	{
		at = make_up(catchup, due, late_until, limit, result);
		result->held = catchup->when_missed == JG_MISSED_ASK;
		result->ends = !catchup->next_fire(catchup->schedule, at, &at);
	}
	/* On time; the latest missed one is of no use beside it. */
	if (!result->ends && at <= now && catchup->when_missed == JG_MISSED_LATEST && result->nruns > 0)
	{
		result->missed++;
		result->missed_last = result->runs[0];
		result->nruns = 0;
	}
	while (!result->ends && at <= now)
	{
		result->runs[result->nruns++] = at;
		result->ends = !catchup->next_fire(catchup->schedule, at, &at);
	}
	result->next = at;
}
