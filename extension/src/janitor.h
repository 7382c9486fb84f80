/* The janitor: partitions ahead, retention, expired keys. */
#ifndef JG_JANITOR_H
#define JG_JANITOR_H

#include "worker.h"

extern void jg_janitor_round(void);

/* partition_make.c: partitions that are wanted, one ahead of what is in use, and a fresh one each day. */
extern void jg_janitor_make_partitions(void);

/* retention.c: what nobody keeps any longer. */
extern void jg_janitor_retention(void);

#endif
