/* A unit of work as one transaction; what the loop must know of it. */
#ifndef JG_WORKER_UNIT_H
#define JG_WORKER_UNIT_H

#include "worker.h"

extern void jg_unit_init(JgWorker worker);
extern void jg_unit_round_begins(void);
extern bool jg_unit_found_absent(void);

#endif
