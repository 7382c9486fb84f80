/*
 * Ghosts: attempts that executors have and this database has never heard of, because the commit that handed them out was
 * lost: with a primary that was not replicated to the end, or with all that came after the backup that was restored.
 *
 * The run that a ghost is of waits for nothing any more: it is parked as unknown until the executor tells its end. Where
 * there is no such run a new one stands for it. An executor is not believed more than that: what it shows never ends a
 * run by itself, and it shows nothing of jobs that its pool does not serve.
 */
#include "ghost.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "mb/pg_wchar.h"
#include "move.h"
#include "order.h"
#include "partition.h"
#include "shmem.h"
#include "sql.h"
#include "submit.h"
#include "unknown.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#define MAX_NAME 1024 /* what is kept of a name that means nothing here */

#define KEY_ARRAYS "unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)"
#define IS_GHOST "g.executor_id = $4 and g.run_id = u.run_id and g.attempt = u.attempt and g.fence = u.fence"

void
jg_ghost_runs(int32 executor_id, const JgAttemptKey *keys, int n, int64 *runs)
{
	static JgSql sql = {.text = "select u.n, coalesce(g.became, -1) from " KEY_ARRAYS
								" join jobgrid_engine.ghost g on " IS_GHOST " where g.what in ('made', 'nowhere')",
						.nargs = 4,
						.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID}};
	Datum values[4];
	uint64 found;

	memset(runs, 0, n * sizeof(int64));
	if (n == 0)
		return;
	jg_attempt_keys(keys, n, values);
	values[3] = Int32GetDatum(executor_id);
	found = jg_sql(&sql, values, NULL);
	for (uint64 i = 0; i < found; i++)
		runs[jg_sql_int64(i, 1) - 1] = jg_sql_int64(i, 2);
}

static bool
is_live(int64 run_id)
{
	static JgPartitionSql sql = {
		.text = "select from %s where run_id = $1 and state = 'live'", .nargs = 1, .types = {INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_RUN, run_id, AccessShareLock, &since, &until);
	Datum value = Int64GetDatum(run_id);

	return OidIsValid(partition) && jg_sql_partition(&sql, partition, &value, NULL) > 0;
}

JgGhostPlace
jg_ghost_find(int64 run_id)
{
	static JgSql sql = {.text = "select fence, executor_id from jobgrid_engine.live_run where run_id = $1",
						.nargs = 1,
						.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);
	JgGhostPlace place = {.live = false};

	/* Most of what is looked for has ended: that is seen in one place, not in five. */
	place.live = is_live(run_id) && jg_narrow_lock(run_id, &place.table, &place.row);
	if (!place.live)
		return place;
	if (jg_sql(&sql, &value, NULL) != 1)
		elog(ERROR, "run %lld is not where it was", (long long) run_id);
	place.fence = jg_sql_int64(0, 1);
	place.executor_id = jg_sql_int32(0, 2);
	return place;
}

/* The wide row of the run that the executor names, and whether it can be the one it means. */
typedef struct Run
{
	bool exists;
	bool gone;  /* it has been here, and was kept no longer */
	bool meant; /* its job is, or was once, the one that is named */
	bool served;
	int32 job_id;
	int32 version; /* the one it is bound to, else the current one */
	int32 attempts;
} Run;

static Run
find_run(const JgSayer *sayer, const JgKnown *known)
{
	static JgPartitionSql sql = {.text = "select r.job_id, coalesce(r.version, j.version), r.attempts,"
										 " $3::text is null or (j.tenant = $3 and j.full_name = $4) or exists ("
										 "  select from jobgrid_engine.job_version v where v.job_id = j.job_id"
										 "  and v.definition->>'full_name' = $4 and v.definition->>'tenant' = $3),"
										 " e.pool = j.pool or e.name = j.executor or e.name = r.pin"
										 " from %s r join jobgrid.job j on j.job_id = r.job_id"
										 " join jobgrid_engine.executor e on e.executor_id = $2 where r.run_id = $1",
								 .nargs = 4,
								 .types = {INT8OID, INT4OID, TEXTOID, TEXTOID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_RUN, known->key.run_id, AccessShareLock, &since, &until);
	Run run = {.exists = false};
	Datum values[4] = {Int64GetDatum(known->key.run_id), Int32GetDatum(sayer->executor_id)};

	if (known->job)
	{
		values[2] = CStringGetTextDatum(known->tenant);
		values[3] = CStringGetTextDatum(known->job);
	}
	run.gone = !OidIsValid(partition) && known->key.run_id < jg_partition_last(JG_FAMILY_RUN);
	if (!OidIsValid(partition) || jg_sql_partition(&sql, partition, values, known->job ? "    " : "  nn") == 0)
		return run;
	run.exists = true;
	run.job_id = jg_sql_int32(0, 1);
	run.version = jg_sql_int32(0, 2);
	run.attempts = jg_sql_int32(0, 3);
	run.meant = jg_sql_bool(0, 4);
	run.served = jg_sql_bool(0, 5);
	return run;
}

/* Whether exactly this attempt is on record. */
static bool
is_recorded(const JgAttemptKey *key)
{
	static JgPartitionSql sql = {.text = "select from %s where run_id = $1 and attempt = $2 and fence = $3",
								 .nargs = 3,
								 .types = {INT8OID, INT4OID, INT8OID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_ATTEMPT, key->run_id, AccessShareLock, &since, &until);
	Datum values[3] = {Int64GetDatum(key->run_id), Int32GetDatum(key->attempt), Int64GetDatum(key->fence)};

	return OidIsValid(partition) && jg_sql_partition(&sql, partition, values, NULL) > 0;
}

/* What is kept of a name may be cut: a job that there is has a shorter one. */
static Datum
name_datum(const char *name)
{
	int length = strlen(name);

	return PointerGetDatum(
		cstring_to_text_with_len(name, length > MAX_NAME ? pg_mbcliplen(name, length, MAX_NAME) : length));
}

/* Remembers what became of a ghost; false: that was known. A ghost that had no run may have one now. */
static bool
remember(const JgSayer *sayer, const JgKnown *known, const char *what, int64 became, const char *detail)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.ghost as g (executor_id, run_id, attempt, fence, what, became, seen_at, tenant,"
			" job, detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
			" on conflict (executor_id, run_id, attempt, fence) do update set what = excluded.what,"
			" became = excluded.became, detail = excluded.detail where g.what = 'nowhere' and excluded.what = 'made'",
		.nargs = 10,
		.types = {INT4OID, INT8OID, INT4OID, INT8OID, TEXTOID, INT8OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID}};
	Datum values[10] = {Int32GetDatum(sayer->executor_id), Int64GetDatum(known->key.run_id),
						Int32GetDatum(known->key.attempt), Int64GetDatum(known->key.fence),
						CStringGetTextDatum(what),         Int64GetDatum(became),
						TimestampTzGetDatum(jg_now())};
	char nulls[11] = "          ";

	nulls[5] = became == 0 ? 'n' : ' ';
	nulls[7] = nulls[8] = known->job == NULL ? 'n' : ' ';
	nulls[9] = detail == NULL ? 'n' : ' ';
	if (known->job)
	{
		values[7] = name_datum(known->tenant);
		values[8] = name_datum(known->job);
	}
	if (detail)
		values[9] = CStringGetTextDatum(detail);
	return jg_sql(&sql, values, nulls) > 0;
}

/* Nothing here can stand for it. It goes on there, and its end will be noted. */
static void
leave_nowhere(const JgSayer *sayer, const JgKnown *known, const char *why)
{
	if (remember(sayer, known, "nowhere", 0, why))
		ereport(LOG,
				(errmsg("executor \"%s\" has attempt %d of run %lld, which this database does not know", sayer->name,
						known->key.attempt, (long long) known->key.run_id),
				 errdetail_internal("%s", why), errhint("SELECT * FROM jobgrid.attention WHERE reason = 'ghost';")));
}

/* The unknown run as it is parked, from what a narrow row says. */
static void
park(const JgSayer *sayer, const JgKnown *known, const JgNarrow *row, int32 version)
{
	JgLease ghost = {.row = *row, .fence = known->key.fence, .version = version, .executor_id = sayer->executor_id};

	ghost.row.state = JG_UNKNOWN;
	ghost.row.reason = JG_REASON_GHOST;
	ghost.row.attempt = known->key.attempt;
	ghost.row.tries = row->tries + 1;
	ghost.row.since = jg_now();
	jg_unknown_park(&ghost, 1);
}

/* Takes a run from where it is. An older attempt that somebody was believed to have ends as unknown. */
static void
take_out(const JgGhostPlace *place)
{
	const JgAttemptKey key = {place->row.run_id, place->fence, place->row.attempt};
	JgLease older;
	int index;

	Assert(jg_transition_allowed(place->row.state, JG_UNKNOWN, JG_ENGINE));
	if (place->table == JG_LEASE)
	{
		if (jg_lease_delete(-1, &key, 1, JG_WAIT, &older, &index) != 1)
			elog(ERROR, "the lease of run %lld is gone", (long long) key.run_id);
		jg_unknown_attempt(&older, JG_REASON_GHOST, "a later attempt was shown", NULL, jg_now());
		jg_orders_forget(&key.run_id, 1);
		return;
	}
	if (place->row.state == JG_UNKNOWN)
		jg_unknown_close(key.run_id);
	jg_narrow_delete(place->table, key.run_id);
}

static void
haunt(const JgSayer *sayer, const JgKnown *known, const JgGhostPlace *place, const Run *run)
{
	take_out(place);
	park(sayer, known, &place->row, run->version);
	jg_write_history(known->key.run_id, "ghost", jg_state_name(place->row.state), "unknown", JG_REASON_GHOST,
					 psprintf("executor \"%s\" has attempt %d, which this database has not handed out", sayer->name,
							  known->key.attempt));
}

/* The job by its name, where the executor may have runs of it. */
static int32
find_job(const JgSayer *sayer, const JgKnown *known, int32 *version, char **why_not)
{
	static JgSql sql = {.text = "select j.job_id, j.version, e.pool = j.pool or e.name = j.executor from jobgrid.job j"
								" join jobgrid_engine.executor e on e.executor_id = $1"
								" where j.tenant = $2 and j.full_name = $3",
						.nargs = 3,
						.types = {INT4OID, TEXTOID, TEXTOID}};
	Datum values[3] = {Int32GetDatum(sayer->executor_id)};

	*why_not = "its executor does not know any more of which job";
	if (known->job == NULL)
		return 0;
	values[1] = CStringGetTextDatum(known->tenant);
	values[2] = CStringGetTextDatum(known->job);
	*why_not = "there is no such job";
	if (jg_sql(&sql, values, NULL) == 0)
		return 0;
	*why_not = "its executor is not in the pool of the job";
	if (!jg_sql_bool(0, 3))
		return 0;
	*version = jg_sql_int32(0, 2);
	return jg_sql_int32(0, 1);
}

/* A run that stands for what the executor has, where its own is not here. */
static void
conjure(const JgSayer *sayer, const JgKnown *known)
{
	JgSubmission submission = {.source = "ghost", .now = jg_now(), .by_engine = true, .has_labels = true};
	JgSubmitted submitted = {0};
	JgSubmitPlan *plan;
	JgNarrow row;
	int32 version;
	char *why_not;
	int64 run_id;

	submission.job_id = find_job(sayer, known, &version, &why_not);
	if (submission.job_id == 0)
	{
		leave_nowhere(sayer, known, why_not);
		return;
	}
	submission.labels =
		DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("{\"ghost_of\": %lld}", (long long) known->key.run_id)));
	plan = jg_submit_plan(&submission, &submitted);
	jg_submit_ids(&run_id, 1);
	row = jg_submit_wide(plan, run_id);
	park(sayer, known, &row, version);
	remember(sayer, known, "made", run_id, NULL);
	jg_write_history(run_id, "ghost", NULL, "unknown", JG_REASON_GHOST,
					 psprintf("executor \"%s\" has attempt %d of run %lld, which this database does not know",
							  sayer->name, known->key.attempt, (long long) known->key.run_id));
}

/* It was handed out by another server than those that this database knows of, and the run went on here without it. */
static bool
ran_unseen(const JgKnown *known, int32 last_attempt)
{
	if (known->key.attempt > last_attempt)
		return true;
	return jg_fence_epoch(known->key.fence) < pg_atomic_read_u32(&jg_shared->epoch) && !is_recorded(&known->key);
}

bool
jg_ghost_judge(const JgSayer *sayer, const JgKnown *known, const JgGhostPlace *place)
{
	Run run = find_run(sayer, known);

	if (run.gone)
		return true;
	if (!run.exists || !run.meant)
	{
		conjure(sayer, known);
		return false;
	}
	if (!run.served)
	{
		leave_nowhere(sayer, known, "its executor is not in the pool of the job");
		return false;
	}
	if (place->live && known->key.attempt > place->row.attempt && known->key.fence > place->fence)
	{
		haunt(sayer, known, place, &run);
		return false;
	}
	if (ran_unseen(known, place->live ? place->row.attempt : run.attempts) &&
		remember(sayer, known, "repeated", known->key.run_id, NULL))
		jg_write_history(known->key.run_id, "ghost", NULL, NULL, JG_REASON_GHOST,
						 psprintf("executor \"%s\" has attempt %d, which this database has not handed out:"
								  " the run may have run twice",
								  sayer->name, known->key.attempt));
	return true;
}

void
jg_ghost_ended(int32 executor_id, const JgAttemptKey *key, const char *words)
{
	static JgSql sql = {
		.text = "update jobgrid_engine.ghost set ended_at = $5, outcome = $6 where executor_id = $4 and run_id = $1"
				" and attempt = $2 and fence = $3 and ended_at is null",
		.nargs = 6,
		.types = {INT8OID, INT4OID, INT8OID, INT4OID, TIMESTAMPTZOID, TEXTOID}};
	Datum values[6] = {Int64GetDatum(key->run_id), Int32GetDatum(key->attempt),   Int64GetDatum(key->fence),
					   Int32GetDatum(executor_id), TimestampTzGetDatum(jg_now()), (Datum) 0};

	if (words)
		values[5] = CStringGetTextDatum(words);
	jg_sql(&sql, values, words ? "      " : "     n");
}

void
jg_ghosts_forget(int32 executor_id, const JgKnownList *known)
{
	static JgSql sql = {.text =
							"delete from jobgrid_engine.ghost g where g.executor_id = $4"
							" and not exists (select from " KEY_ARRAYS " where " IS_GHOST ")"
							" and (g.acknowledged_at is not null or g.what = 'made' and not exists ("
							"  select from jobgrid_engine.parked p where p.run_id = g.became and p.state = 'unknown'))",
						.nargs = 4,
						.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID}};
	JgAttemptKey *keys = palloc(Max(known->n, 1) * sizeof(JgAttemptKey));
	Datum values[4];

	for (int i = 0; i < known->n; i++)
		keys[i] = known->items[i].key;
	jg_attempt_keys(keys, known->n, values);
	values[3] = Int32GetDatum(executor_id);
	jg_sql(&sql, values, NULL);
}
