/*
 * Moving averages over about the last 20 ends of an executor. They begin anew with the server; an end that is measured
 * and then rolled back does no harm.
 */
#include "measure.h"

#include "args.h"
#include "errors.h"
#include "fmgr.h"
#include "utils/builtins.h"

#define ENDS 20

PG_FUNCTION_INFO_V1(jobgrid_score);

static float4
average(float4 before, double value)
{
	return before < 0 ? value : before + (value - before) / ENDS;
}

static bool
is_state(const JgAttempt *attempt, JgState state)
{
	return strcmp(attempt->state, jg_state_name(state)) == 0;
}

void
jg_measure_ends(const JgAttempt *attempts, int n)
{
	JgExecutorSlot *slot;

	if (n == 0 || attempts[0].executor_id == 0)
		return;
	LWLockAcquire(jg_shared->lock, LW_EXCLUSIVE);
	slot = jg_executor_slot(attempts[0].executor_id, false);
	for (int i = 0; slot != NULL && i < n; i++)
	{
		const JgAttempt *attempt = &attempts[i];
		bool succeeded = is_state(attempt, JG_SUCCEEDED);

		if (succeeded || is_state(attempt, JG_FAILED))
			slot->success = average(slot->success, succeeded ? 1 : 0);
		if (attempt->started_at != 0)
			slot->response =
				average(slot->response, Max(attempt->started_at - attempt->claimed_at, 0) / (double) USECS_PER_SEC);
	}
	LWLockRelease(jg_shared->lock);
}

JgMeasures
jg_measures(const JgExecutorSlot *slot)
{
	return (JgMeasures){.cpu = slot->cpu,
						.memory = slot->memory,
						.load = slot->load,
						.capability = -1,
						.success = slot->success,
						.response = slot->response};
}

static JgScoreProfile
profile_named(const char *name)
{
	if (strcmp(name, "balanced") == 0)
		return JG_SCORE_BALANCED;
	if (strcmp(name, "responsive") == 0)
		return JG_SCORE_RESPONSIVE;
	ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("there is no score \"%s\"", jg_clip(name)),
					errhint("Scores are balanced and responsive.")));
}

/* score(profile, cpu, memory, load, capability, success, response): for the view. */
Datum
jobgrid_score(PG_FUNCTION_ARGS)
{
	double values[6];
	JgMeasures measures;
	JgScoreProfile profile;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	profile = profile_named(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	for (int i = 0; i < 6; i++)
		values[i] = PG_ARGISNULL(i + 1) ? -1 : PG_GETARG_FLOAT4(i + 1);
	measures = (JgMeasures){values[0], values[1], values[2], values[3], values[4], values[5]};
	PG_RETURN_FLOAT4((float4) jg_score(profile, &measures));
}
