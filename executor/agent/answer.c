/*
 * answer.c - what the database's answers have in common.
 */
#include "answer.h"

#include "pgbinary.h"

int
answer_key(const PgAnswer *answer, int row, AttemptKey *key, Err *e)
{
	int64_t attempt;

	*key = (AttemptKey){0};
	if (pgrow_int(answer->rows, row, "run_id", 1, INT64_MAX, &key->run_id, e) < 0 ||
		pgrow_int(answer->rows, row, "attempt", 1, INT32_MAX, &attempt, e) < 0 ||
		pgrow_int(answer->rows, row, "fence", INT64_MIN, INT64_MAX, &key->fence, e) < 0)
		return -1;
	key->attempt = (int32_t) attempt;
	return 0;
}
