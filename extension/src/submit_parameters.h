/* Parameters of new runs under the rules of their job. */
#ifndef JG_SUBMIT_PARAMETERS_H
#define JG_SUBMIT_PARAMETERS_H

#include "postgres.h"

#include "parameter.h"
#include "submit.h"

/* Reads a schema (jsonb); raises where it cannot be read. */
extern JgParameterRules *jg_submit_rules(const JgSubmitted *submitted, Datum schema);

/*
 * What each of n runs will have: the defaults of the schema, the job's parameters, those given (NULL for none). Raises
 * for the first that the rules refuse.
 */
extern Datum *jg_submit_bind(const JgSubmission *submission, const JgSubmitted *submitted,
							 const JgParameterRules *rules, Datum of_job, const Datum *given, const bool *none, int n);

#endif
