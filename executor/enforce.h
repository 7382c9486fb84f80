/*
 * enforce.h - the words for what a node can hold a job to.
 *
 * The keeper finds out, the agent tells the database, and jobs require them by name.
 */
#ifndef JOBGRID_ENFORCE_H
#define JOBGRID_ENFORCE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

typedef enum Enforcement
{
	ENFORCE_CONTAIN,
	ENFORCE_CPU,
	ENFORCE_MEMORY,
	ENFORCE_PROCESSES,
	ENFORCE_IO,
	ENFORCE_NETWORK,
	ENFORCE_END
} Enforcement;

#define ENFORCE_BIT(what) (1u << (what))

/* Is it a word that only the keeper may say, known to this version or not? */
bool enforce_reserved(const char *word);

/* A set as a comma list. */
void enforce_put(Buf *out, unsigned set);

#endif
