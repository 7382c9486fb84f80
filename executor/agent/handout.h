/*
 * handout.h - what the answer to an exchange says of attempts, row by row.
 */
#ifndef JOBGRID_AGENT_HANDOUT_H
#define JOBGRID_AGENT_HANDOUT_H

#include <stdint.h>

#include "pgconn.h"

/* Why nothing is handed out and no report was taken; NULL: that is not so. */
const char *handout_held(const PgAnswer *answer);

/* Which reports were not taken, while the attempts that were reported are known. */
void handout_refusals(const PgAnswer *answer);

/* Attempts and orders of the answer to that request, the answers-th one. Returns how many attempts. */
int handout_take(const PgAnswer *answer, int64_t request, int64_t answers);

#endif
