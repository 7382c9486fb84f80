/*
 * Plans of workflows: moments by hand, what decides when all is over, and how often former runs, played again, are right.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../extension/src/graph/graph_plan.h"
#include "../../extension/src/graph/graph_replay.h"
#include "mem.h"
#include "tap.h"

#define NOT JG_PLAN_NOT
#define MOST 64
#define HISTORY 40
#define TRIALS 1000
#define MANY 100000

/* --- by hand --- */

/*
 * 0 is the workflow of the others: 1 and 2 begin, 3 waits for both, 4 is a workflow after 3 with 5 in it and 6 after 5; 7
 * waits for 1 or 2.
 */
static const JgPlanStep steps[] = {{-1, true, {0}}, {0, false, {0}}, {0, false, {0}}, {0, false, {0}},
								   {0, true, {0}},  {4, false, {0}}, {4, false, {0}}, {0, false, {1, 0}}};
static const JgPlanWait waits[] = {{3, 1, 0}, {3, 2, 0}, {4, 3, 0}, {6, 5, 0}, {7, 1, 0}, {7, 2, 0}};

#define NSTEPS 8
#define NWAITS 6

static const JgPlanSpan spans[NSTEPS] = {{0, 0}, {0, 10}, {0, 30}, {5, 20}, {0, 2}, {0, 7}, {1, 3}, {0, 4}};
static const JgPlanTimes nothing[NSTEPS] = {{NOT, NOT}, {NOT, NOT}, {NOT, NOT}, {NOT, NOT},
											{NOT, NOT}, {NOT, NOT}, {NOT, NOT}, {NOT, NOT}};

static const char *
list(const JgPlanTimes *times, int n)
{
	static char text[400];
	int length = 0;

	for (int i = 0; i < n; i++)
		length += snprintf(text + length, sizeof(text) - (size_t) length, "%lld-%lld ", (long long) times[i].started,
						   (long long) times[i].ended);
	return text;
}

static void
check(const char *name, const char *got, const char *wanted)
{
	ok(strcmp(got, wanted) == 0, "%s: %s", name, got);
}

static void
check_forward(void)
{
	JgPlan *plan = jg_plan_make(steps, NSTEPS, waits, NWAITS);
	JgPlanTimes actual[NSTEPS];
	JgPlanTimes expected[NSTEPS];
	JgPlanSpan back[NSTEPS];
	int layers[NSTEPS];

	jg_plan_forward(plan, 0, nothing, spans, expected);
	check("nothing has begun", list(expected, NSTEPS), "0-68 0-10 0-30 35-55 55-68 55-62 63-66 10-14 ");
	jg_plan_spans(plan, expected, back);
	ok(memcmp(back, spans, sizeof(spans)) == 0, "what a run took is what it was made of");
	jg_plan_layers(plan, layers);
	ok(layers[0] == 0 && layers[1] == 1 && layers[3] == 2 && layers[4] == 3 && layers[5] == 4 && layers[6] == 5 &&
		   layers[7] == 2,
	   "layers");

	memcpy(actual, nothing, sizeof(actual));
	actual[0] = (JgPlanTimes){0, NOT};
	actual[1] = (JgPlanTimes){2, 11};
	actual[2] = (JgPlanTimes){2, NOT};
	jg_plan_forward(plan, 20, actual, spans, expected);
	check("under way", list(expected, NSTEPS), "0-70 2-11 2-32 37-57 57-70 57-64 65-68 20-24 ");
	jg_plan_forward(plan, 50, actual, spans, expected);
	check("late", list(expected, NSTEPS), "0-88 2-11 2-50 55-75 75-88 75-82 83-86 50-54 ");
	actual[2] = (JgPlanTimes){NOT, 12};
	actual[3] = (JgPlanTimes){NOT, 12};
	jg_plan_forward(plan, 20, actual, spans, expected);
	check("steps that were skipped", list(expected, NSTEPS), "0-33 2-11 12-12 12-12 20-33 20-27 28-31 20-24 ");
	jg_plan_free(plan);
}

static void
check_bad(void)
{
	static const JgPlanWait circle[] = {{1, 2, 0}, {2, 1, 0}};
	static const JgPlanWait astray[] = {{1, 8, 0}};
	static const JgPlanWait own[] = {{0, 1, 0}};

	ok(jg_plan_make(steps, NSTEPS, circle, 2) == NULL, "a circle");
	ok(jg_plan_make(steps, NSTEPS, astray, 1) == NULL, "a step that is none");
	ok(jg_plan_make(steps, NSTEPS, own, 1) == NULL, "a workflow that waits for its own step");
	jg_plan_free(NULL);
}

static const char *
path_of(const JgPlan *plan, const JgPlanTimes *times)
{
	static char text[200];
	bool critical[NSTEPS];
	int64_t slack[NSTEPS];
	int length = 0;

	jg_plan_path(plan, times, critical, slack);
	for (int i = 0; i < NSTEPS; i++)
		length += snprintf(text + length, sizeof(text) - (size_t) length, "%d%s:%lld ", i, critical[i] ? "!" : "",
						   (long long) slack[i]);
	return text;
}

static void
check_path(void)
{
	JgPlan *plan = jg_plan_make(steps, NSTEPS, waits, NWAITS);
	JgPlanTimes times[NSTEPS];

	jg_plan_forward(plan, 0, nothing, spans, times);
	check("the way that takes longest", path_of(plan, times), "0!:0 1:20 2!:0 3!:0 4!:0 5!:0 6!:0 7:54 ");
	times[7] = (JgPlanTimes){100, 130};
	times[0].ended = 130;
	check("a step that began late for other reasons", path_of(plan, times), "0!:0 1:20 2!:0 3:62 4:62 5:62 6:62 7!:0 ");
	jg_plan_free(plan);
}

static void
check_quantiles(void)
{
	static const int64_t values[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};

	ok(jg_quantile(values, 1, 0.5) == 10 && jg_quantile(values, 1, 0.9) == 10, "quantiles of one");
	ok(jg_quantile(values, 10, 0.5) == 55, "the middle of ten");
	ok(jg_quantile(values, 10, 0.9) == 99, "nine tenths of ten");
	ok(jg_quantile(values, 9, 0.9) == 90, "nine tenths of nine");
	ok(jg_quantile(values, 10, 0.01) == 10 && jg_quantile(values, 10, 0.99) == 100, "not beyond the ends");
}

static void
check_replay(void)
{
	JgPlan *plan = jg_plan_make(steps, NSTEPS, waits, NWAITS);
	JgPlanSpan history[3 * NSTEPS];
	JgPlanTimes actual[NSTEPS];
	JgPlanForecast forecast[NSTEPS];

	for (int run = 0; run < 3; run++)
		for (int i = 0; i < NSTEPS; i++)
			history[run * NSTEPS + i] = (JgPlanSpan){0, run * (i == 2 ? 10 : 1)};
	history[2 * NSTEPS + 3].run = history[2 * NSTEPS + 3].wait = NOT;
	memcpy(actual, nothing, sizeof(actual));
	jg_plan_replay(plan, 0, actual, history, 3, forecast);
	/* 3 is not in the last run: its middle is 0.5. */
	ok(forecast[3].start_p50 == 10 && forecast[0].end_p50 == 15 && forecast[0].end_p90 == 28,
	   "from the beginning: %lld %lld", (long long) forecast[0].end_p50, (long long) forecast[0].end_p90);
	actual[0].started = actual[1].started = actual[2].started = 0;
	actual[1].ended = 1;
	jg_plan_replay(plan, 15, actual, history, 3, forecast);
	ok(forecast[2].end_p50 == 20, "what runs longer than once ends as where it was as slow: %lld",
	   (long long) forecast[2].end_p50);
	jg_plan_replay(plan, 26, actual, history, 3, forecast);
	ok(forecast[2].end_p50 == 32, "what is slower than ever goes on for as long as it is late: %lld",
	   (long long) forecast[2].end_p50);
	jg_plan_free(plan);
}

/* --- synthetic histories --- */

typedef struct Model
{
	int n;
	JgPlanStep steps[MOST];
	JgPlanWait waits[3 * MOST];
	int nwaits;
	double usual[MOST]; /* seconds */
	double spread;      /* of each step by itself */
	double common;      /* of all of a run together */
} Model;

static double
uniform(void)
{
	return ((double) random() + 1) / ((double) RAND_MAX + 2);
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static void
make_model(Model *m, double spread, double common)
{
	memset(m, 0, sizeof(*m));
	m->n = 10 + (int) (random() % (MOST - 10));
	m->spread = spread;
	m->common = common;
	m->steps[0] = (JgPlanStep){.parent = -1, .workflow = true};
	for (int i = 1; i < m->n; i++)
	{
		m->steps[i] = (JgPlanStep){.parent = 0};
		m->usual[i] = exp(3 + 4 * uniform());
		for (int j = (int) (random() % 3); j > 0 && i > 1; j--)
			m->waits[m->nwaits++] = (JgPlanWait){i, 1 + (int) (random() % (i - 1)), 0};
	}
}

static void
make_run(const Model *m, const JgPlan *plan, JgPlanTimes *times)
{
	JgPlanSpan took[MOST];
	JgPlanTimes none[MOST];
	double day = exp(m->common * normal());

	for (int i = 0; i < m->n; i++)
	{
		none[i] = (JgPlanTimes){NOT, NOT};
		took[i] = (JgPlanSpan){0, (int64_t) (1e6 * m->usual[i] * day * exp(m->spread * normal()))};
	}
	jg_plan_forward(plan, 0, none, took, times);
}

/* What is known of a run at a moment. */
static void
look(const Model *m, const JgPlanTimes *times, int64_t now, JgPlanTimes *seen)
{
	for (int i = 0; i < m->n; i++)
		seen[i] = (JgPlanTimes){times[i].started <= now ? times[i].started : NOT,
								times[i].ended <= now ? times[i].ended : NOT};
}

/* In how many of 1000 runs nothing was later than p90, asked when so much of them was over. */
static int
hits(double spread, double common, int nhistory, double over)
{
	int right = 0;

	for (int trial = 0; trial < TRIALS; trial++)
	{
		static JgPlanSpan history[HISTORY * MOST];
		JgPlanTimes times[MOST];
		JgPlanTimes seen[MOST];
		JgPlanForecast forecast[MOST];
		Model m;
		JgPlan *plan;

		make_model(&m, spread, common);
		plan = jg_plan_make(m.steps, m.n, m.waits, m.nwaits);
		for (int run = 0; run < nhistory; run++)
		{
			make_run(&m, plan, times);
			jg_plan_spans(plan, times, &history[run * m.n]);
		}
		make_run(&m, plan, times);
		look(&m, times, (int64_t) (over * (double) times[0].ended), seen);
		jg_plan_replay(plan, (int64_t) (over * (double) times[0].ended), seen, history, nhistory, forecast);
		right += times[0].ended <= forecast[0].end_p90;
		jg_plan_free(plan);
	}
	return right * 1000 / TRIALS;
}

static void
check_hits(unsigned seed)
{
	static const struct
	{
		const char *name;
		double spread;
		double common;
		int nhistory;
		double over;
	} cases[] = {{"steps of their own", 0.4, 0, 40, 0}, {"slow days", 0.2, 0.4, 40, 0},
				 {"wild steps", 1, 0, 40, 0},           {"ten former runs", 0.4, 0.1, 10, 0},
				 {"a third is over", 0.4, 0, 40, 0.3},  {"two thirds are over", 0.5, 0, 40, 0.6}};

	for (int i = 0; i < (int) (sizeof(cases) / sizeof(*cases)); i++)
	{
		int right = hits(cases[i].spread, cases[i].common, cases[i].nhistory, cases[i].over);

		ok(right >= 850 && right <= 950, "%s: %d of 1000 are over before p90, seed %u", cases[i].name, right, seed);
	}
}

/* --- sizes --- */

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static void
check_size(void)
{
	JgPlanStep *many = mem_zalloc(MANY * sizeof(JgPlanStep));
	JgPlanWait *chain = mem_alloc(MANY * sizeof(JgPlanWait));
	JgPlanSpan *took = mem_alloc(MANY * sizeof(JgPlanSpan));
	JgPlanTimes *times = mem_alloc(MANY * sizeof(JgPlanTimes));
	JgPlanTimes *none = mem_alloc(MANY * sizeof(JgPlanTimes));
	bool *critical = mem_alloc(MANY * sizeof(bool));
	int64_t *slack = mem_alloc(MANY * sizeof(int64_t));
	double began = seconds();
	int on_path = 0;
	JgPlan *plan;

	for (int i = 0; i < MANY; i++)
	{
		many[i] = (JgPlanStep){.parent = i == 0 ? -1 : 0, .workflow = i == 0};
		took[i] = (JgPlanSpan){0, i == 0 ? 0 : 1};
		none[i] = (JgPlanTimes){NOT, NOT};
		chain[i] = (JgPlanWait){i, i - 1, 0};
	}
	plan = jg_plan_make(many, MANY, chain + 2, MANY - 2);
	jg_plan_forward(plan, 0, none, took, times);
	jg_plan_path(plan, times, critical, slack);
	for (int i = 0; i < MANY; i++)
		on_path += critical[i];
	ok(times[0].ended == MANY - 1 && on_path == MANY, "a chain of 100,000 steps, %.2f s", seconds() - began);
	ok(seconds() - began < 5, "in time");
	jg_plan_free(plan);
	mem_free(many);
	mem_free(chain);
	mem_free(took);
	mem_free(times);
	mem_free(none);
	mem_free(critical);
	mem_free(slack);
}

int
main(void)
{
	unsigned seed = tap_seed();

	srandom(seed);
	check_forward();
	check_bad();
	check_path();
	check_quantiles();
	check_replay();
	check_hits(seed);
	check_size();
	return done_testing();
}
