/* The session of an executor: who it is, and its lease in shared memory. */
#ifndef JG_SESSION_H
#define JG_SESSION_H

#include "postgres.h"

/* The executor this backend is bound to by hello(); raises where it is not. */
extern int32 jg_session_executor(void);

/* The executor this backend may write output for, bound by hello() or hello_log(); raises where it is not. */
extern int32 jg_session_writer(void);

/* Renews the lease; free_slots < 0 leaves them. */
extern void jg_session_renew(int free_slots);

/* Says whether the executor is worth a wake-up: it has free slots and found nothing to fill them. */
extern void jg_session_idle(bool idle);

#endif
