/*
 * Reports that name no lease: of attempts that were given up and about whose runs nobody has decided since, and of
 * ghosts, which their executors know by other names. None of this is on the way of a report that names its lease.
 *
 * Who decides first wins: an attempt whose run has left `parked` is stale, unless what is reported is on record. While
 * somebody is at it, with a transaction that is still open, nothing is said at all: the executor is to ask again.
 */
#include "late.h"

#include "catalog/pg_type.h"
#include "ghost.h"
#include "partition.h"
#include "sql.h"
#include "unknown.h"

/* The reports that are looked at, each under the name that its attempt has here. */
typedef struct Late
{
	int n;
	const JgReport **reports;
	JgAttemptKey *keys;
} Late;

static const char *
words_of(const JgReport *report)
{
	if (report->has_exit)
		return psprintf("exit code %d", report->exit_code);
	return report->signal != 0 ? psprintf("signal %d", report->signal) : report->message;
}

/*
 * Starts, or ends, that are not current. Of a ghost for which there is no run nothing is left to be decided: its end is
 * noted with it.
 */
static Late
collect(int32 executor_id, const JgReport *reports, int n, bool starts, bool *current)
{
	Late late = {0};
	int64 *runs = palloc(n * sizeof(int64));
	int kept = 0;

	late.reports = palloc(n * sizeof(JgReport *));
	late.keys = palloc(n * sizeof(JgAttemptKey));
	for (int i = 0; i < n; i++)
	{
		if (current[i] || (reports[i].event == JG_EVENT_STARTED) != starts)
			continue;
		late.keys[late.n] = jg_report_key(&reports[i]);
		late.reports[late.n++] = &reports[i];
	}
	jg_ghost_runs(executor_id, late.keys, late.n, runs);
	for (int i = 0; i < late.n; i++)
	{
		const JgReport *report = late.reports[i];

		if (runs[i] == JG_GHOST_NOWHERE)
		{
			if (!starts)
				jg_ghost_ended(executor_id, &late.keys[i], words_of(report));
			current[report - reports] = true;
			continue;
		}
		late.reports[kept] = report;
		late.keys[kept] = late.keys[i];
		if (runs[i] != 0)
			late.keys[kept].run_id = runs[i];
		kept++;
	}
	late.n = kept;
	return late;
}

/*
 * A second report of an end that is on record is no news and no error. That an attempt is recorded as unknown means that
 * no end was: what its executor says of it now comes too late.
 */
static bool
already_recorded(const JgAttemptKey *key, const JgReport *report)
{
	static JgPartitionSql sql = {.text = "select from %s where run_id = $1 and attempt = $2 and fence = $3"
										 " and (state <> 'unknown' or $4)",
								 .nargs = 4,
								 .types = {INT8OID, INT4OID, INT8OID, BOOLOID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_ATTEMPT, key->run_id, AccessShareLock, &since, &until);
	Datum values[4] = {Int64GetDatum(key->run_id), Int32GetDatum(key->attempt), Int64GetDatum(key->fence),
					   BoolGetDatum(report->event == JG_EVENT_LOST)};

	return OidIsValid(partition) && jg_sql_partition(&sql, partition, values, NULL) > 0;
}

static void
pass_over_recorded(const Late *late, const JgReport *reports, bool *current)
{
	for (int i = 0; i < late->n; i++)
		if (!current[late->reports[i] - reports] && already_recorded(&late->keys[i], late->reports[i]))
			current[late->reports[i] - reports] = true;
}

bool
jg_late_starts(int32 executor_id, const JgReport *reports, int n, bool *current)
{
	Late late = collect(executor_id, reports, n, true, current);
	JgFound *found = palloc(Max(late.n, 1) * sizeof(JgFound));
	bool back = false;

	jg_unknown_found(executor_id, late.keys, late.n, JG_PASS_OVER, found);
	for (int i = 0; i < late.n; i++)
	{
		back = back || found[i] == JG_FOUND_BACK;
		if (found[i] == JG_FOUND_KEPT)
			current[late.reports[i] - reports] = true;
	}
	pass_over_recorded(&late, reports, current);
	return back;
}

void
jg_late_ends(int32 executor_id, const JgReport *reports, int n, bool *current)
{
	Late late = collect(executor_id, reports, n, false, current);
	const JgReport **about = palloc(Max(late.n, 1) * sizeof(JgReport *));
	JgLease *leases = palloc(Max(late.n, 1) * sizeof(JgLease));
	int *index = palloc(Max(late.n, 1) * sizeof(int));
	int taken = jg_unknown_take(executor_id, late.keys, late.n, JG_PASS_OVER, leases, index);

	for (int i = 0; i < taken; i++)
	{
		about[i] = late.reports[index[i]];
		current[about[i] - reports] = true;
	}
	jg_report_ends(about, leases, taken);
	pass_over_recorded(&late, reports, current);
}

static void
find_busy(int32 executor_id, const Late *late, const JgReport *reports, bool *busy)
{
	static JgSql sql = {
		.text = "select u.n from unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)"
				" where exists (select from jobgrid_engine.lease l where l.run_id = u.run_id"
				"  and l.attempt = u.attempt and l.fence = u.fence and l.executor_id = $4)"
				" or exists (select from jobgrid_engine.parked p where p.run_id = u.run_id"
				"  and p.attempt = u.attempt and p.fence = u.fence and p.executor_id = $4 and p.state = 'unknown')",
		.nargs = 4,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID}};
	Datum values[4];
	uint64 found;

	jg_attempt_keys(late->keys, late->n, values);
	values[3] = Int32GetDatum(executor_id);
	found = jg_sql(&sql, values, NULL);
	for (uint64 i = 0; i < found; i++)
		busy[late->reports[jg_sql_int64(i, 1) - 1] - reports] = true;
}

bool *
jg_late_busy(int32 executor_id, const JgReport *reports, int n, bool *current)
{
	bool *busy = palloc0(n * sizeof(bool));

	for (int starts = 0; starts < 2; starts++)
	{
		Late late = collect(executor_id, reports, n, starts == 1, current);

		if (late.n > 0)
			find_busy(executor_id, &late, reports, busy);
	}
	return busy;
}
