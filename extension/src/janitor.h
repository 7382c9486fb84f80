/* The janitor: partitions ahead, retention, expired keys. */
#ifndef JG_JANITOR_H
#define JG_JANITOR_H

#include "worker.h"

extern void jg_janitor_round(void);

/* partition_make.c: partitions that are wanted, and one ahead of what is in use. In a held database only the former. */
extern void jg_janitor_make_partitions(void);

/* partition_make.c: ids move on to a fresh partition each day. */
extern void jg_janitor_turn_day(void);

/* retention.c: what nobody keeps any longer. */
extern void jg_janitor_retention(void);

#endif
