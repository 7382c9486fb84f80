/* The session of an executor: who it is, and its lease in shared memory. */
#ifndef JG_SESSION_H
#define JG_SESSION_H

#include "postgres.h"

#include "utils/uuid.h"

#define JG_MAX_SLOTS 100000 /* what an executor may say it has free */

/* The executor this backend is bound to by hello(); raises where it is not. */
extern int32 jg_session_executor(void);

/* The executor this backend may write output for, bound by hello() or hello_log(); raises where it is not. */
extern int32 jg_session_writer(void);

/* Renews the lease; free_slots < 0 leaves them. */
extern void jg_session_renew(int free_slots);

/* Raises where the session's role is no executor's. */
extern void jg_session_require_role(void);

/* Whether a session of another instance holds the executor. */
extern bool jg_session_taken(int32 executor_id, const pg_uuid_t *instance);

/* Makes this backend the executor's session, and the older one, if there is one, nobody's. Undone by a rollback. */
extern void jg_session_bind(int32 executor_id, const pg_uuid_t *instance, int slots);

/* What the executor has was not looked at, because the database does not work: when it does, it must say so again. */
extern void jg_session_unsettled(bool unsettled);

/* Says whether the executor is worth a wake-up: it has free slots and found nothing to fill them. */
extern void jg_session_idle(bool idle);

/* Says for which lanes it has no room (jg_lane_bit). */
extern void jg_session_full(uint64 lanes);

#endif
