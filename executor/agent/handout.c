/*
 * handout.c - what the answer to an exchange says of attempts, row by row.
 */
#include "handout.h"

#include <stdbool.h>
#include <string.h>

#include "answer.h"
#include "attempts.h"
#include "log.h"
#include "pgbinary.h"

static const char *
what_of(const PgAnswer *answer, int row)
{
	const char *what = pgrow_text(answer->rows, row, "what");

	return what ? what : "";
}

const char *
handout_held(const PgAnswer *answer)
{
	const char *why;

	if (PQntuples(answer->rows) == 0 || strcmp(what_of(answer, 0), "held") != 0)
		return NULL;
	why = pgrow_text(answer->rows, 0, "detail");
	return why ? why : "";
}

void
handout_refusals(const PgAnswer *answer)
{
	for (int row = 0; row < PQntuples(answer->rows); row++)
	{
		const char *what = what_of(answer, row);
		bool stale = strcmp(what, "stale") == 0;
		AttemptKey key;
		Err e;

		if ((!stale && strcmp(what, "later") != 0) || answer_key(answer, row, &key, &e) < 0)
			continue;
		if (stale)
			attempts_stale(&key);
		else
			attempts_later(&key);
	}
}

int
handout_take(const PgAnswer *answer, int64_t request, int64_t answers)
{
	int taken = 0;

	for (int row = 0; row < PQntuples(answer->rows); row++)
	{
		const char *what = what_of(answer, row);
		const char *kind = pgrow_text(answer->rows, row, "kind");
		const char *detail = pgrow_text(answer->rows, row, "detail");
		bool is_attempt = strcmp(what, "attempt") == 0;
		AttemptKey key;
		Err e;

		if (!is_attempt && strcmp(what, "order") != 0)
			continue;
		if (answer_key(answer, row, &key, &e) < 0)
			log_warnx("an answer that cannot be read: %s", e.message);
		else if (is_attempt)
		{
			attempts_take(&key, kind ? kind : "", detail);
			taken++;
		}
		else if (detail != NULL)
			attempts_order(&key, detail, request, answers);
	}
	return taken;
}
