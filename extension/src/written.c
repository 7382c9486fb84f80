/*
 * Who may still write about an attempt.
 *
 * Its executor may, while the attempt has the lease, or is the last one of a run parked as unknown, also where the
 * executor knows it by the name of a ghost. Nobody else's executor adds to an attempt.
 */
#include "written.h"

#include "catalog/pg_type.h"
#include "ghost.h"
#include "sql.h"

/* Those that have no lease, by their names here; ghosts that have no run write to nowhere. */
static int
unleased(int32 executor_id, const JgAttemptKey *keys, int n, JgWritten *written, JgAttemptKey *names, int *which)
{
	int64 *runs = palloc(n * sizeof(int64));
	int nleft = 0;
	int kept = 0;

	for (int i = 0; i < n; i++)
	{
		if (written[i].taken)
			continue;
		names[nleft] = keys[i];
		which[nleft++] = i;
	}
	jg_ghost_runs(executor_id, names, nleft, runs);
	for (int i = 0; i < nleft; i++)
	{
		written[which[i]].taken = runs[i] == JG_GHOST_NOWHERE;
		if (written[which[i]].taken)
			continue;
		names[kept] = names[i];
		if (runs[i] != 0)
			names[kept].run_id = runs[i];
		which[kept++] = which[i];
	}
	return kept;
}

static void
find_unknown(int32 executor_id, const JgAttemptKey *names, const int *which, int n, JgWritten *written)
{
	static JgSql sql = {
		.text = "select u.n, coalesce(p.claimed_at, p.since - interval '30 days')"
				" from unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)"
				" join jobgrid_engine.parked p on p.run_id = u.run_id and p.attempt = u.attempt and p.fence = u.fence"
				" where p.run_id = any ($1) and p.executor_id = $4 and p.state = 'unknown'",
		.nargs = 4,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID}};
	Datum values[4];
	uint64 found;

	if (n == 0)
		return;
	jg_attempt_keys(names, n, values);
	values[3] = Int32GetDatum(executor_id);
	found = jg_sql(&sql, values, NULL);
	for (uint64 i = 0; i < found; i++)
	{
		int at = (int) jg_sql_int64(i, 1) - 1;

		written[which[at]] = (JgWritten){.taken = true, .run_id = names[at].run_id, .claimed_at = jg_sql_int64(i, 2)};
	}
}

void
jg_written(int32 executor_id, const JgAttemptKey *keys, int n, JgWritten *written)
{
	bool *current = palloc0(Max(n, 1) * sizeof(bool));
	TimestampTz *claimed_at = palloc0(Max(n, 1) * sizeof(TimestampTz));
	JgAttemptKey *names = palloc(Max(n, 1) * sizeof(JgAttemptKey));
	int *which = palloc(Max(n, 1) * sizeof(int));
	bool all = true;

	jg_lease_current(executor_id, keys, n, current, claimed_at);
	for (int i = 0; i < n; i++)
	{
		written[i] = (JgWritten){.taken = current[i],
								 .leased = current[i],
								 .run_id = current[i] ? keys[i].run_id : 0,
								 .claimed_at = claimed_at[i]};
		all = all && current[i];
	}
	if (!all)
	{
		n = unleased(executor_id, keys, n, written, names, which);
		find_unknown(executor_id, names, which, n, written);
	}
}
