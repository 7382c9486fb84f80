/*
 * Scores of executors: the two formulas, what is unknown, and that no measure leads out of 0 to 1.
 */
#include "../../extension/src/score.h"

#include <math.h>
#include <stdlib.h>

#include "tap.h"

static int
near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void
check_formulas(void)
{
	static const JgMeasures best = {.cpu = 0, .memory = 0, .load = 0, .capability = 1, .success = 1, .response = 0};
	static const JgMeasures worst = {.cpu = 1, .memory = 1, .load = 1, .capability = 0, .success = 0, .response = 1};
	static const JgMeasures some = {
		.cpu = 0.5, .memory = 0.2, .load = 0.4, .capability = 0.5, .success = 0.9, .response = 0.25};
	static const JgMeasures unknown = {-1, -1, -1, -1, -1, -1};

	for (int p = 0; p < JG_NSCORES; p++)
	{
		ok(near(jg_score((JgScoreProfile) p, &best), 1), "profile %d: the best has 1", p);
		ok(near(jg_score((JgScoreProfile) p, &worst), 0), "profile %d: the worst has 0", p);
		ok(near(jg_score((JgScoreProfile) p, &unknown), 0.5), "profile %d: the unknown half of that", p);
	}
	ok(near(jg_score(JG_SCORE_BALANCED, &some), 0.3 * 0.5 + 0.3 * 0.8 + 0.25 * 0.6 + 0.1 * 0.5 + 0.05 * 0.9),
	   "balanced");
	ok(near(jg_score(JG_SCORE_RESPONSIVE, &some), 0.3 * 0.5 + 0.25 * 0.8 + 0.25 * 0.6 + 0.2 * 0.75), "responsive");
	ok(near(jg_score_capability(0, 0), 1) && near(jg_score_capability(0, 3), 0.25) &&
		   near(jg_score_capability(2, 3), 0.75),
	   "capability: what is offered beyond what is asked costs");
}

static void
check_range(unsigned seed)
{
	static const double odd[] = {-1, 0, 0.3, 1, 7, 1e300};
	int wrong = 0;

	srand(seed);
	for (int round = 0; round < 20000; round++)
	{
		double v[6];

		for (int i = 0; i < 6; i++)
			v[i] = rand() % 8 == 0 ? NAN : odd[rand() % 6];
		for (int p = 0; p < JG_NSCORES; p++)
		{
			const JgMeasures m = {v[0], v[1], v[2], v[3], v[4], v[5]};
			double score = jg_score((JgScoreProfile) p, &m);

			wrong += !(score >= 0 && score <= 1 + 1e-9);
		}
	}
	ok(wrong == 0, "20,000 random executors, seed %u", seed);
}

int
main(void)
{
	check_formulas();
	check_range(tap_seed());
	return done_testing();
}
