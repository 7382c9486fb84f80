/* Where a worker belongs: the control database, and the extension in it. */
#ifndef JG_WORKER_HOME_H
#define JG_WORKER_HOME_H

#include "postgres.h"

#include "shmem.h"

extern void jg_home_init(void); /* from _PG_init: asks for shared memory */

/* Waits until the worker may start: at most a few starts a second, whoever kills it. */
extern void jg_home_throttle(JgWorker worker);

/* Connects to the control database as the bootstrap superuser. Does not return while there is none: see the file. */
extern void jg_home_connect(JgWorker worker);

/*
 * Inside a transaction: is the extension there, in the version of this library? If so it stays for this transaction.
 * Logs once when the answer changes.
 */
extern bool jg_home_enter(JgWorker worker);

#endif
