/* SQL runs as the dispatcher has them: what belongs to a slot in this process. */
#ifndef JG_DISPATCHER_SQL_H
#define JG_DISPATCHER_SQL_H

#include "postgres.h"

#include "postmaster/bgworker.h"
#include "sqlslot.h"

/* Both NULL for a slot that an earlier dispatcher filled. */
typedef struct JgSqlStarted
{
	dsm_segment *segment;
	BackgroundWorkerHandle *handle;
} JgSqlStarted;

extern JgSqlStarted jg_sql_started[JG_SQL_SLOTS];

/*
 * Decides about leases of SQL runs that are not among those at work: of before a restart. False: not about all, somebody's
 * open transaction has locked one. SPI connected.
 */
extern bool jg_dispatcher_restarted(const int64 *at_work, int n);

/* A session that ended before its first statement: the run goes again, which is no try. SPI connected. */
extern void jg_dispatcher_not_begun(const JgSqlSlot *slot);

/* Forgets segment and handle of a slot. */
extern void jg_sql_let_go(int index);

#endif
