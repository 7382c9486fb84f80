/*
 * A question to the database and the form of its answer, the same in a table, a pipe and JSON.
 */
#ifndef JOBGRID_CLI_QUERY_H
#define JOBGRID_CLI_QUERY_H

#include "cli.h"
#include "failure.h"
#include "table.h"

typedef struct Query
{
	const char *sql; /* values only as $1, $2, … with a cast */
	TableStyle style;
	bool one; /* JSON is one object, not an array of them */
} Query;

/* Asks. With --json the result's first column, named "json", is the row as PostgreSQL's row_to_json() gives it. */
extern int query_ask(Cli *cli, const Query *query, int count, const char *const *values, PGresult **result,
					 Failure *failure);

/* Prints results of the same query as one answer. */
extern void query_show(const Cli *cli, const Query *query, PGresult *const *results, int count);

/* Both, for the common case; returns the number of rows. */
extern int query_answer(Cli *cli, const Query *query, int count, const char *const *values, Failure *failure);

/* Whether it is the number of a run; else it may be a name. */
extern bool query_is_run(const char *operand);

/* An operand that must be a run's number. */
extern int query_check_run(const char *operand, Failure *failure);

#define COUNT_OF(array) ((int) (sizeof(array) / sizeof *(array)))

#endif
