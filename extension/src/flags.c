/*
 * Jobs that are taken out or bypassed: what becomes of their runs.
 *
 * New runs of such a job go to the scheduler, which ends them (scheduler.c). Here are those that were there before the flag, or
 * were submitted by a transaction that did not see it: the former are found when the flag's commit is seen, the latter by
 * their claim.
 */
#include "flags.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "move.h"
#include "skip.h"
#include "sql.h"

#define CHUNK 5000

/* Leaves the runs that are to be moved as the SPI result. */
static int
read_runs(int32 job_id, bool taken_out)
{
	static JgSql sql = {
		.text = "select l.run_id from jobgrid_engine.live_run l where l.job_id = $1"
				" and (l.place = 'ready' or $2 and l.place in ('pending', 'parked') and l.state <> 'unknown')"
				" order by l.run_id",
		.nargs = 2,
		.types = {INT4OID, BOOLOID}};
	Datum values[2] = {Int32GetDatum(job_id), BoolGetDatum(taken_out)};

	return (int) jg_sql(&sql, values, NULL);
}

/* Out of the queue; the look at pending runs bypasses them. */
static void
unqueue(Datum wanted)
{
	static JgSql sql = {.text = "select r.run_id from jobgrid_engine.ready r where r.run_id = any ($1)"
								" order by r.run_id for update skip locked",
						.nargs = 1,
						.types = {INT8ARRAYOID}};
	int n = (int) jg_sql(&sql, &wanted, NULL);
	int64 *run_ids = palloc(Max(n, 1) * sizeof(int64));

	for (int i = 0; i < n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	jg_move_batch(JG_READY, JG_QUEUED, JG_PENDING, JG_WAITING, JG_ENGINE, run_ids, n, "placement", 0, NULL);
}

bool
jg_flag_follow(int32 job_id)
{
	static JgSql sql = {.text = "select j.taken_out, " JG_FLAG_WORDS(
							"j") " from jobgrid.job j where j.job_id = $1 and (j.taken_out or j.bypassed)",
						.nargs = 1,
						.types = {INT4OID}};
	Datum value = Int32GetDatum(job_id);
	bool taken_out;
	char *message;
	int64 *run_ids;
	int n;

	if (jg_sql(&sql, &value, NULL) == 0)
		return true;
	taken_out = jg_sql_bool(0, 1);
	message = jg_sql_text(0, 2);
	n = read_runs(job_id, taken_out);
	run_ids = palloc(Max(n, 1) * sizeof(int64));
	for (int i = 0; i < n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	for (int first = 0; first < n; first += CHUNK)
	{
		Datum chunk = jg_array_int8(&run_ids[first], Min(CHUNK, n - first));

		if (taken_out)
			jg_skip_runs(chunk, "taken_out", message, JG_PASS_OVER, JG_ENGINE);
		else
			unqueue(chunk);
	}
	return n == 0 || read_runs(job_id, taken_out) == 0;
}

void
jg_flag_put_back(const JgNarrow *rows, int n)
{
	JgNarrow *waiting;

	if (n == 0)
		return;
	waiting = palloc(n * sizeof(JgNarrow));
	Assert(jg_transition_allowed(JG_QUEUED, JG_WAITING, JG_ENGINE));
	for (int i = 0; i < n; i++)
	{
		waiting[i] = rows[i];
		waiting[i].state = JG_WAITING;
		waiting[i].reason = "placement";
		waiting[i].since = jg_now();
		waiting[i].unmet = 0;
	}
	jg_narrow_insert(JG_PENDING, waiting, n);
	jg_ring(JG_SCHEDULER);
}
