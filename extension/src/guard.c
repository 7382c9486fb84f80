/*
 * The guards on the tables that carry state: triggers that let nothing through but the state routine.
 *
 * They hold for a superuser too. Whoever must get past them (a repair by hand) can disable the triggers, which is
 * logged as DDL and not done by accident. INSERT is guarded by privilege, because restore inserts.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "errors.h"
#include "fmgr.h"
#include "guard.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(jobgrid_guard_state);
PG_FUNCTION_INFO_V1(jobgrid_guard_truncate);

static int depth; /* > 0 while a statement of the state routine runs */

uint64
jg_guarded(JgSql *sql, Datum *values, const char *nulls)
{
	volatile uint64 processed = 0;

	depth++;
	PG_TRY();
	{
		processed = jg_sql(sql, values, nulls);
	}
	PG_FINALLY();
	{
		depth--;
	}
	PG_END_TRY();
	return processed;
}

uint64
jg_guarded_partition(JgPartitionSql *sql, Oid partition, Datum *values, const char *nulls)
{
	volatile uint64 processed = 0;

	depth++;
	PG_TRY();
	{
		processed = jg_sql_partition(sql, partition, values, nulls);
	}
	PG_FINALLY();
	{
		depth--;
	}
	PG_END_TRY();
	return processed;
}

static void
pg_attribute_noreturn() refuse(const char *relation, const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_JG_GUARDED),
					errmsg("%s on \"%s\" is not allowed: the state of runs changes only through jobgrid's functions",
						   what, relation),
					errhint("See cancel(), hold(), release(), retry(), rerun() and set_outcome().")));
}

Datum
jobgrid_guard_state(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event))
		elog(ERROR, "jobgrid_guard_state: must be a BEFORE row trigger");
	if (depth == 0)
		refuse(RelationGetRelationName(trigger->tg_relation),
			   TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? "DELETE" : "UPDATE");
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}

Datum
jobgrid_guard_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "jobgrid_guard_truncate: must be a trigger");
	refuse(RelationGetRelationName(trigger->tg_relation), "TRUNCATE");
	return (Datum) 0;
}
