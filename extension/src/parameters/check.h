/* Whether the parameters of a run obey the rules of its job. Pure: no server inside. */
#ifndef JG_PARAMETERS_CHECK_H
#define JG_PARAMETERS_CHECK_H

#include "schema.h"

/*
 * The parameters as a JSON object. Complete: they are all that a run would have, so that what is required must be among
 * them, unless the schema has a default for it. False: *problem is the first that is wrong.
 */
extern bool jg_parameters_check(const JgParameterSchema *schema, const char *text, size_t length, bool complete,
								JgParameterProblem *problem);

/* Appends the defaults as a JSON object. */
extern void jg_parameters_defaults(const JgParameterSchema *schema, Buf *out);

/*
 * Appends a JSON object of allowed values: for the parameter of that name and, if they have to be complete, for what is
 * required and not in the text. Merged over the text it is an answer to the problem. False where the rules give no value
 * away.
 */
extern bool jg_parameters_example(const JgParameterSchema *schema, const char *text, size_t length, bool complete,
								  const char *name, Buf *out);

#endif
