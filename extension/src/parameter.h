/* Rules of a job's parameters (jobgrid.job.parameter_schema) inside the server. */
#ifndef JG_PARAMETER_H
#define JG_PARAMETER_H

#include "postgres.h"

#include "parameters/check.h"

/* Those of one job, in the memory context in which they were read, or remembered. */
typedef struct JgParameterRules
{
	JgParameterSchema *schema;
	bool has_defaults;
	Datum defaults; /* jsonb */
} JgParameterRules;

/* NULL: *problem says what is wrong with the schema (jsonb). */
extern JgParameterRules *jg_parameter_rules(Datum schema, JgParameterProblem *problem);

/* The same, remembered for the job as long as its schema stays; not to be kept beyond what is done at once. */
extern const JgParameterRules *jg_parameter_rules_of(int32 job_id, Datum schema, JgParameterProblem *problem);

/* Whether the parameters (jsonb) obey; complete: they are all that a run would have. */
extern bool jg_parameters_obey(const JgParameterRules *rules, Datum parameters, bool complete,
							   JgParameterProblem *problem);

/* The parameters with the defaults beneath. */
extern Datum jg_parameters_filled(const JgParameterRules *rules, Datum parameters);

/* JSON text that, merged over the parameters, is an answer to the problem; NULL where none can be told. */
extern char *jg_parameters_mended(const JgParameterRules *rules, Datum parameters, bool complete,
								  const JgParameterProblem *problem);

#endif
