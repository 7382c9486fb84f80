/*
 * One value of a result as text: exact for programs, short for people.
 */
#ifndef JOBGRID_CLI_VALUE_H
#define JOBGRID_CLI_VALUE_H

#include <libpq-fe.h>
#include <time.h>

#include "terminal.h"

/*
 * Returns memory of the caller's: a moment relative to now, a duration in its two largest units, nothing for what is
 * null or empty, the rest escaped.
 */
extern char *value_for_people(const PGresult *result, int row, int column, const Terminal *terminal, time_t now);

/* Prints for a pipe: ISO 8601 in UTC, true and false, nothing for null, separators escaped. */
extern void value_for_programs(FILE *out, const PGresult *result, int row, int column);

#endif
