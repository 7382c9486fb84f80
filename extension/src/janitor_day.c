/*
 * A new day begins a new partition: at midnight UTC the sequence of run ids moves to the bound of the next one, so that
 * a partition holds at most one day and can go with its age.
 *
 * The sequence must never go backwards. nextval() and this take locks that exclude each other; a transaction that has
 * drawn an id and is still open makes this wait a moment and then try again later, and submissions never wait longer.
 */
#include "janitor.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "partition.h"
#include "partition_make.h"
#include "sql.h"
#include "storage/lmgr.h"

#define SEQUENCE_LOCK_TIMEOUT_MS 200

static int64
day_of(TimestampTz moment)
{
	return moment / USECS_PER_DAY - (moment % USECS_PER_DAY < 0 ? 1 : 0);
}

TimestampTz
jg_janitor_next_midnight(void)
{
	return (day_of(jg_now()) + 1) * USECS_PER_DAY;
}

/* The bound the sequence has to move to, 0 = it may stay. *known: whether the partition after it is there. */
static int64
bound_to_move_to(bool *known)
{
	int64		last_id = jg_partition_last_id();
	int64		since;
	int64		until;
	Oid			partition = jg_partition_find(JG_FAMILY_RUN, last_id + 1, &since, &until);
	TimestampTz first;

	*known = true;
	if (last_id == 0 || !OidIsValid(partition))
		return 0;
	first = jg_partition_first_submitted(partition);
	if (first == 0 || day_of(first) >= day_of(jg_now()))
		return 0;
	*known = until < jg_partition_last(JG_FAMILY_RUN);
	return until;
}

bool
jg_janitor_new_day(void)
{
	static JgSql sql = {
		.text = "select setval('jobgrid_engine.run_id_seq', $1 - 1)", .nargs = 1, .types = {INT8OID}
	};
	bool		known;
	int64		bound = bound_to_move_to(&known);
	Datum		value;

	if (bound == 0)
		return true;
	if (!known)
		return false;			/* the partition comes first, in the next round */
	jg_partition_lock_timeout(SEQUENCE_LOCK_TIMEOUT_MS);
	LockRelationOid(jg_engine_relation("run_id_seq"), ShareRowExclusiveLock);
	if (jg_partition_last_id() >= bound - 1)
		return true;			/* a burst was faster */
	value = Int64GetDatum(bound);
	jg_sql(&sql, &value, NULL);
	return true;
}
