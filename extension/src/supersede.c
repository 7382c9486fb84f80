/* A run in the place of one that has ended: the old one leaves the list of what needs attention. */
#include "supersede.h"

#include "catalog/pg_type.h"
#include "errors.h"
#include "guard.h"
#include "move.h"
#include "partition.h"
#include "sql.h"

void
jg_supersede(int64 old_run, int64 new_run, const char *state, const char *reason)
{
	static JgPartitionSql sql = {.text = "update %s set superseded_by = $2 where run_id = $1 and superseded_by is null",
								 .nargs = 2,
								 .types = {INT8OID, INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_RUN, old_run, RowExclusiveLock, &since, &until);
	Datum values[2] = {Int64GetDatum(old_run), Int64GetDatum(new_run)};
	uint64 updated;

	updated = jg_guarded_partition(&sql, partition, values, NULL);
	if (updated != 1)
		ereport(ERROR,
				(errcode(ERRCODE_JG_WRONG_STATE), errmsg("run %lld has been run again already", (long long) old_run)));
	jg_write_history(
		old_run, "rerun", state, state, "operator",
		psprintf("superseded by run %lld%s%s", (long long) new_run, reason ? ": " : "", reason ? reason : ""));
}
