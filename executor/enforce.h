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

const char *enforce_word(Enforcement what);

/* Is it a word that only the keeper may say, known to this version or not? It need not be terminated. */
bool enforce_reserved(const char *word, size_t len);

/* A set as a comma list, and back; words that are not known are passed over. */
void enforce_put(Buf *out, unsigned set);
unsigned enforce_read(const char *list);

#endif
