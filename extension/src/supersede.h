/* A run in the place of one that has ended. */
#ifndef JG_SUPERSEDE_H
#define JG_SUPERSEDE_H

#include "postgres.h"

/*
 * Links the old run, which ended as `state`, to the new one, and records why (NULL: nobody said). Raises where it has been
 * superseded before. SPI must be connected.
 */
extern void jg_supersede(int64 old_run, int64 new_run, const char *state, const char *reason);

#endif
