/* The janitor: partitions ahead, what is too old goes, expired keys. */
#ifndef JG_JANITOR_H
#define JG_JANITOR_H

#include "postgres.h"

#include "utils/timestamp.h"

extern void jg_janitor_round(void);

/* janitor_day.c: at midnight UTC the next run begins a new partition. SPI connected; false: not possible now. */
extern bool jg_janitor_new_day(void);
extern TimestampTz jg_janitor_next_midnight(void);

/* janitor_old.c: drops what nobody may want to see any more. Runs its own units. */
extern void jg_janitor_drop_old(void);

/* janitor_keys.c: deletes expired idempotency keys and what was left behind by runs that went another way. */
extern void jg_janitor_keys(void);

#endif
