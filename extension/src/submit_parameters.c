/*
 * Parameters of new runs under the rules of their job: bound and judged when the run is submitted, once and for all.
 *
 * Nothing that somebody gave is repeated beyond the value that is refused: among the others there may be one that belongs
 * to a secret and is in the wrong place.
 */
#include "submit_parameters.h"

#include "errors.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

/* Only a schema that no trigger has seen cannot be read. */
static const JgParameterRules *
read_schema(const JgSubmitted *submitted, Datum schema)
{
	JgParameterProblem problem;
	const JgParameterRules *rules = jg_parameter_rules_of(submitted->job_id, schema, &problem);

	if (rules == NULL)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID),
						errmsg("job \"%s\": parameter_schema: %s", submitted->job, problem.message),
						errdetail("%s", problem.detail),
						errhint("SELECT parameter_schema FROM jobgrid.job WHERE full_name = %s;",
								quote_literal_cstr(submitted->job))));
	return rules;
}

static char *
hint(const JgSubmission *submission, const JgSubmitted *submitted, const JgParameterProblem *problem, char *mended)
{
	char *tenant = submission->tenant ? psprintf(", tenant => %s", quote_literal_cstr(submission->tenant)) : "";

	if (problem->near[0] != '\0')
		return psprintf("Did you mean \"%s\"?", problem->near);
	if (problem->unknown && submission->original != 0 && submission->version == 0)
		return psprintf("Run it as it was: SELECT * FROM jobgrid.rerun(%lld, definition => 'original');",
						(long long) submission->rerun_of);
	if (mended == NULL)
		return psprintf("See what it takes with: SELECT parameter_schema FROM jobgrid.job WHERE full_name = %s;",
						quote_literal_cstr(submitted->job));
	if (submission->rerun_of != 0)
		return psprintf("For example: SELECT * FROM jobgrid.rerun(%lld, parameters => %s);",
						(long long) submission->rerun_of, quote_literal_cstr(mended));
	return psprintf("For example: SELECT * FROM jobgrid.submit(%s, parameters => %s%s);",
					quote_literal_cstr(submitted->job), quote_literal_cstr(mended), tenant);
}

Datum *
jg_submit_bind(const JgSubmission *submission, const JgSubmitted *submitted, Datum schema, Datum of_job,
			   const Datum *given, const bool *none, int n)
{
	Datum *bound = palloc(Max(n, 1) * sizeof(Datum));
	const JgParameterRules *rules = read_schema(submitted, schema);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext one = AllocSetContextCreate(caller, "parameters of a run", ALLOCSET_DEFAULT_SIZES);

	for (int i = 0; i < n; i++)
	{
		JgParameterProblem problem;
		bool has_own = given != NULL && !none[i];
		Datum merged;

		MemoryContextSwitchTo(one);
		merged = has_own ? DirectFunctionCall2(jsonb_concat, of_job, given[i]) : of_job;
		if (!jg_parameters_obey(rules, merged, true, &problem))
		{
			/* A rerun has the values of its run beneath; any other submission those of its job. */
			Datum beneath = submission->rerun_of != 0 ? merged : of_job;
			char *where = n > 1 ? psprintf(" It is in element %d of parameters.", i + 1) : "";

			ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("job \"%s\": %s", submitted->job, problem.message),
							errdetail("%s%s", problem.detail, where),
							errhint("%s", hint(submission, submitted, &problem,
											   jg_parameters_mended(rules, beneath, true, &problem)))));
		}
		merged = jg_parameters_filled(rules, merged);
		MemoryContextSwitchTo(caller);
		bound[i] = JsonbPGetDatum(DatumGetJsonbPCopy(merged));
		MemoryContextReset(one);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextDelete(one);
	return bound;
}
