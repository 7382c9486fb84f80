/*
 * The one table printer.
 */
#ifndef JOBGRID_CLI_TABLE_H
#define JOBGRID_CLI_TABLE_H

#include <libpq-fe.h>
#include <time.h>

#include "terminal.h"

typedef struct TableStyle
{
	const char *columns; /* names shown on a terminal, separated by blanks; null: all */
	bool record;         /* on a terminal one line a column, without those that are null */
} TableStyle;

/*
 * Results of one statement run count times print as one table: aligned on a terminal, else separated by tabs with a
 * header and all columns, so that what reads it never depends on a width.
 */
extern void table_print(FILE *out, const Terminal *terminal, time_t now, PGresult *const *results, int count,
						const TableStyle *style);

#endif
