/*
 * The two scores of an executor. A score orders whom the dispatcher wakes; who takes a run is whoever comes first.
 */
#include "score.h"

#define UNKNOWN_PART 0.5

static const JgMeasures weights[JG_NSCORES] = {
	[JG_SCORE_BALANCED] = {.cpu = 0.3, .memory = 0.3, .load = 0.25, .capability = 0.1, .success = 0.05},
	[JG_SCORE_RESPONSIVE] = {.cpu = 0.3, .memory = 0.25, .load = 0.25, .response = 0.2}};

static double
part(double value)
{
	return value >= 0 ? (value < 1 ? value : 1) : UNKNOWN_PART;
}

double
jg_score(JgScoreProfile profile, const JgMeasures *m)
{
	const JgMeasures *w = &weights[profile];

	return w->cpu * (1 - part(m->cpu)) + w->memory * (1 - part(m->memory)) + w->load * (1 - part(m->load)) +
		   w->capability * part(m->capability) + w->success * part(m->success) + w->response * (1 - part(m->response));
}

double
jg_score_capability(int asked, int offered)
{
	return (asked + 1.0) / (offered + 1.0);
}
