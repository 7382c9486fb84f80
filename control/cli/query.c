/*
 * Asks and answers. JSON is PostgreSQL's own, of the same statement, so that no second opinion on types and names can
 * arise here; the only thing added is that characters which could steer a terminal are written as \u escapes, in a pipe
 * too, because --json promises the same bytes everywhere.
 */
#include "query.h"

#include <string.h>

#include "buf.h"
#include "text.h"

int
query_ask(Cli *cli, const Query *query, int count, const char *const *values, PGresult **result, Failure *failure)
{
	cleanup_buf Buf sql = {0};

	if (!cli->json)
		return db_query(cli->db, query->sql, count, values, result, failure);
	buf_printf(&sql, "select pg_catalog.row_to_json(q)::text as json, q.* from (%s) q", query->sql);
	return db_query(cli->db, buf_text(&sql), count, values, result, failure);
}

static void
print_json(const Query *query, PGresult *const *results, int count)
{
	const char *separator = query->one ? "" : "[";

	for (int i = 0; i < count; i++)
		for (int row = 0; row < PQntuples(results[i]); row++)
		{
			const char *json = PQgetvalue(results[i], row, 0);

			fputs(separator, stdout);
			text_put(stdout, json, strlen(json), TEXT_JSON);
			separator = query->one ? "\n" : ",\n ";
		}
	if (!query->one)
		fputs(*separator == '[' ? "[]" : "]", stdout);
	fputc('\n', stdout);
}

void
query_show(const Cli *cli, const Query *query, PGresult *const *results, int count)
{
	if (cli->json)
		print_json(query, results, count);
	else
		table_print(stdout, &cli->out, db_now(cli->db), results, count, &query->style);
}

int
query_answer(Cli *cli, const Query *query, int count, const char *const *values, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;

	if (query_ask(cli, query, count, values, &result, failure) < 0)
		return -1;
	query_show(cli, query, &result, 1);
	return PQntuples(result);
}

bool
query_is_run(const char *operand)
{
	return *operand && strspn(operand, "0123456789") == strlen(operand);
}

int
query_check_run(const char *operand, Failure *failure)
{
	if (query_is_run(operand))
		return 0;
	fail(failure, EXIT_CODE_USAGE, "\"%s\" is not the number of a run", operand);
	fail_hint(failure, "Runs and their numbers: jobgrid get runs");
	return -1;
}
