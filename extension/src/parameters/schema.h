/* The rules for the parameters of a job, read from the text of jobgrid.job.parameter_schema. Pure: no server inside. */
#ifndef JG_PARAMETERS_SCHEMA_H
#define JG_PARAMETERS_SCHEMA_H

#include "rule.h"

#define JG_SCHEMA_BYTES 65536
#define JG_SCHEMA_PARAMETERS 100
#define JG_SCHEMA_ENUM 100
#define JG_SCHEMA_DESCRIPTION 1000 /* bytes */

typedef struct JgParameterSchema
{
	JsonDoc *doc;
	const JgPatterns *patterns;
	int n;
	JgParameterRule *rules;
} JgParameterSchema;

/*
 * Reads the text, which must live as long as the schema, as must the patterns. NULL: *problem says what is wrong with it.
 * Memory comes from common/mem.h.
 */
extern JgParameterSchema *jg_schema_read(const char *text, size_t length, const JgPatterns *patterns,
										 JgParameterProblem *problem);
extern void jg_schema_free(JgParameterSchema *schema);

/* NULL where the schema does not name it. */
extern const JgParameterRule *jg_schema_rule(const JgParameterSchema *schema, const char *name, size_t length);

#endif
