/*
 * Former runs, played again from where this one is.
 *
 * A sum of quantiles would be too late and a sum of medians too early, and both need that steps know nothing of each other;
 * a former run is what did happen together.
 */
#include "graph_replay.h"

#include <stddef.h>
#include <stdlib.h>

#include "mem.h"

#define ENOUGH 10 /* former runs that were as slow everywhere as this one is now */

typedef struct Replay
{
	const JgPlan *plan;
	int n;
	int64_t now;
	const JgPlanTimes *actual;
	const JgPlanSpan *history;
	int nhistory;
} Replay;

static int
compare_moments(const void *a, const void *b)
{
	int64_t x = *(const int64_t *) a;
	int64_t y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

int64_t
jg_quantile(const int64_t *sorted, int n, double share)
{
	double place = share * (n + 1) - 1;
	int below = (int) place;

	if (place <= 0)
		return sorted[0];
	if (below >= n - 1)
		return sorted[n - 1];
	return sorted[below] + (int64_t) ((place - below) * (double) (sorted[below + 1] - sorted[below]));
}

static const JgPlanSpan *
span_of(const Replay *replay, int run, int step)
{
	return &replay->history[(size_t) run * (size_t) replay->n + (size_t) step];
}

static bool
is_running(const Replay *replay, int step)
{
	return replay->actual[step].started != JG_PLAN_NOT && replay->actual[step].ended == JG_PLAN_NOT &&
		   !jg_plan_is_workflow(replay->plan, step);
}

static int64_t
elapsed(const Replay *replay, int step)
{
	return replay->now - replay->actual[step].started;
}

/* Whether all that runs now took longer in a former run. */
static bool
was_as_slow(const Replay *replay, int run)
{
	for (int step = 0; step < replay->n; step++)
		if (is_running(replay, step) && span_of(replay, run, step)->run <= elapsed(replay, step))
			return false;
	return true;
}

/* The former runs that are played again; returns how many. All of them, where too few were as slow as this one. */
static int
choose_runs(const Replay *replay, int *runs)
{
	int n = 0;

	for (int run = 0; run < replay->nhistory; run++)
		if (was_as_slow(replay, run))
			runs[n++] = run;
	if (n >= ENOUGH || n == replay->nhistory)
		return n;
	for (int run = 0; run < replay->nhistory; run++)
		runs[run] = run;
	return replay->nhistory;
}

/* Of a step that some former runs did not have: what it took in the middle of the others. */
static JgPlanSpan
usual_span(const Replay *replay, int step, int64_t *room)
{
	JgPlanSpan usual = {0, 0};

	for (int part = 0; part < 2; part++)
	{
		int n = 0;

		for (int run = 0; run < replay->nhistory; run++)
		{
			const JgPlanSpan *span = span_of(replay, run, step);

			if (span->run != JG_PLAN_NOT)
				room[n++] = part == 0 ? span->wait : span->run;
		}
		if (n == 0)
			return usual;
		qsort(room, (size_t) n, sizeof(int64_t), compare_moments);
		*(part == 0 ? &usual.wait : &usual.run) = jg_quantile(room, n, 0.5);
	}
	return usual;
}

/*
 * How long a step will have run that is running: as long as in the nth of the former runs in which it was as slow. What is
 * slower than ever is expected to go on for as long as it is late.
 */
static int64_t
remaining_run(const Replay *replay, int step, int nth)
{
	int64_t longest = 0;
	int n = 0;

	for (int run = 0; run < replay->nhistory; run++)
	{
		int64_t took = span_of(replay, run, step)->run;

		n += took > elapsed(replay, step);
		if (took > longest)
			longest = took;
	}
	if (n == 0)
		return longest == 0 ? elapsed(replay, step) : 2 * elapsed(replay, step) - longest;
	nth %= n;
	for (int run = 0;; run++)
		if (span_of(replay, run, step)->run > elapsed(replay, step) && nth-- == 0)
			return span_of(replay, run, step)->run;
}

static void
choose_spans(const Replay *replay, int run, const JgPlanSpan *usual, JgPlanSpan *spans)
{
	for (int step = 0; step < replay->n; step++)
	{
		const JgPlanSpan *then = span_of(replay, run, step);

		spans[step] = then->run != JG_PLAN_NOT ? *then : usual[step];
		if (is_running(replay, step) && spans[step].run <= elapsed(replay, step))
			spans[step].run = remaining_run(replay, step, run);
	}
}

static void
sum_up(const JgPlanTimes *played, int n, int nruns, int step, int64_t *room, JgPlanForecast *forecast)
{
	for (int i = 0; i < nruns; i++)
		room[i] = played[(size_t) i * (size_t) n + (size_t) step].started;
	qsort(room, (size_t) nruns, sizeof(int64_t), compare_moments);
	forecast->start_p50 = jg_quantile(room, nruns, 0.5);
	for (int i = 0; i < nruns; i++)
		room[i] = played[(size_t) i * (size_t) n + (size_t) step].ended;
	qsort(room, (size_t) nruns, sizeof(int64_t), compare_moments);
	forecast->end_p50 = jg_quantile(room, nruns, 0.5);
	forecast->end_p90 = jg_quantile(room, nruns, 0.9);
}

void
jg_plan_replay(const JgPlan *plan, int64_t now, const JgPlanTimes *actual, const JgPlanSpan *history, int nhistory,
			   JgPlanForecast *forecast)
{
	Replay replay = {plan, jg_plan_size(plan), now, actual, history, nhistory};
	size_t n = (size_t) replay.n;
	int *runs = mem_alloc((size_t) nhistory * sizeof(int));
	int nruns = choose_runs(&replay, runs);
	int64_t *room = mem_alloc((size_t) nhistory * sizeof(int64_t));
	JgPlanSpan *usual = mem_alloc(n * sizeof(JgPlanSpan));
	JgPlanSpan *spans = mem_alloc(n * sizeof(JgPlanSpan));
	JgPlanTimes *played = mem_alloc((size_t) nruns * n * sizeof(JgPlanTimes));

	for (int step = 0; step < replay.n; step++)
		usual[step] = usual_span(&replay, step, room);
	for (int i = 0; i < nruns; i++)
	{
		choose_spans(&replay, runs[i], usual, spans);
		jg_plan_forward(plan, now, actual, spans, played + (size_t) i * n);
	}
	for (int step = 0; step < replay.n; step++)
		sum_up(played, replay.n, nruns, step, room, &forecast[step]);
	mem_free(runs);
	mem_free(room);
	mem_free(usual);
	mem_free(spans);
	mem_free(played);
}
