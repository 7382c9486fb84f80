/* Parameters of new runs under the rules of their job. */
#ifndef JG_SUBMIT_PARAMETERS_H
#define JG_SUBMIT_PARAMETERS_H

#include "postgres.h"

#include "parameter.h"
#include "submit.h"

/*
 * What each of n runs will have: the defaults of the schema (jsonb), the job's parameters, those given (NULL for none).
 * Raises for the first that the schema refuses.
 */
extern Datum *jg_submit_bind(const JgSubmission *submission, const JgSubmitted *submitted, Datum schema, Datum of_job,
							 const Datum *given, const bool *none, int n);

#endif
