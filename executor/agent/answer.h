/*
 * answer.h - what the database's answers have in common.
 */
#ifndef JOBGRID_AGENT_ANSWER_H
#define JOBGRID_AGENT_ANSWER_H

#include "err.h"
#include "message.h"
#include "pgconn.h"

/* The attempt that a row names, in columns run_id, attempt, fence. */
int answer_key(const PgAnswer *answer, int row, AttemptKey *key, Err *e);

#endif
