/* Results that jobs give back, as jsonb. */
#ifndef JG_RESULT_H
#define JG_RESULT_H

#include "postgres.h"

/*
 * The text as jsonb in the current memory context. False: it is none; *problem says why, and no error is raised, because
 * one job's nonsense must not spoil the reports of others.
 */
extern bool jg_result_parse(const char *text, Datum *result, char **problem);

#endif
