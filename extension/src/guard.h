/* Statements of the state routine: the guards on the tables that carry state let them pass. */
#ifndef JG_GUARD_H
#define JG_GUARD_H

#include "sql.h"

/* As jg_sql() and jg_sql_partition(). Call them only where the transition has been checked against state.c. */
extern uint64 jg_guarded(JgSql *sql, Datum *values, const char *nulls);
extern uint64 jg_guarded_partition(JgPartitionSql *sql, Oid partition, Datum *values, const char *nulls);

#endif
