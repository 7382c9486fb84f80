/* The doorbell: tells a worker at COMMIT that there is something to do. No lock, no allocation, no NOTIFY. */
#ifndef JG_BELL_H
#define JG_BELL_H

#include "shmem.h"

extern void jg_bell_init(void);
extern void jg_ring(JgWorker worker);     /* at commit of this transaction */
extern void jg_ring_now(JgWorker worker); /* at once: nothing to be committed */
extern void jg_lanes_changed(void);       /* at commit: cached lanes are stale */
extern void jg_changes_changed(void);     /* at commit: there are other edits in advance */
extern void jg_shutters_changed(void);    /* at commit: jobs may be behind other run windows or blackouts */

#endif
