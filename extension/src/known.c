/*
 * What an executor says it has when it says hello, against what the database believes: each known attempt goes on, or is
 * taken up again, or is stale; each attempt that it was believed to have and does not name is given back or lost.
 *
 * Runs are locked in the order of their ids, as everybody does who locks more than one. What has its lease is looked at
 * without a lock: it is the rule, and nothing becomes of it here.
 */
#include "known.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "cluster.h"
#include "errors.h"
#include "ghost.h"
#include "lost.h"
#include "move.h"
#include "order.h"
#include "records.h"
#include "report.h"
#include "shmem.h"
#include "sql.h"
#include "unknown.h"
#include "utils/builtins.h"

#define MAX_KNOWN 100000
#define MAX_ATTEMPT 1000000000 /* numbers go up from there when the run is tried again */

static void
read_known(const Datum *values, const bool *nulls, void *item)
{
	JgKnown *known = item;
	char *state;

	if (nulls[0] || nulls[1] || nulls[2] || nulls[3])
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID),
						errmsg("run_id, attempt, fence and state of a known attempt must not be null")));
	known->key = (JgAttemptKey){DatumGetInt64(values[0]), DatumGetInt64(values[2]), DatumGetInt32(values[1])};
	state = TextDatumGetCString(values[3]);
	known->ended = strcmp(state, "ended") == 0;
	if (!known->ended && strcmp(state, "running") != 0)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("\"%s\" is no state of a known attempt", state),
						errhint("States are running and ended.")));
	if (!nulls[4] && !nulls[5])
	{
		known->tenant = TextDatumGetCString(values[4]);
		known->job = TextDatumGetCString(values[5]);
	}
}

/* By run, the newest first; of one attempt named twice the ended one. */
static int
compare_known(const void *a, const void *b)
{
	const JgKnown *x = a;
	const JgKnown *y = b;

	if (x->key.run_id != y->key.run_id)
		return x->key.run_id < y->key.run_id ? -1 : 1;
	if (x->key.fence != y->key.fence)
		return x->key.fence > y->key.fence ? -1 : 1;
	if (x->key.attempt != y->key.attempt)
		return x->key.attempt > y->key.attempt ? -1 : 1;
	return y->ended - x->ended;
}

JgKnownList
jg_known_read(ArrayType *array)
{
	JgKnownList list = {0};

	list.items = jg_records(array, "known_attempt", MAX_KNOWN, sizeof(JgKnown), read_known, &list.n);
	qsort(list.items, list.n, sizeof(JgKnown), compare_known);
	return list;
}

/* Nothing that a database of ours could ever have handed out. */
static bool
is_nonsense(const JgAttemptKey *key)
{
	return key->run_id < 1 || key->attempt < 1 || key->attempt > MAX_ATTEMPT || key->fence < 0 ||
		   jg_fence_attempt(key->fence) != key->attempt || jg_fence_epoch(key->fence) == 0 ||
		   jg_fence_epoch(key->fence) >= PG_INT32_MAX;
}

void
jg_known_require_epoch(const char *name, const JgKnownList *known)
{
	uint32 epoch = pg_atomic_read_u32(&jg_shared->epoch);
	const JgKnown *latest = NULL;

	for (int i = 0; i < known->n; i++)
	{
		const JgKnown *item = &known->items[i];

		if (!is_nonsense(&item->key) && jg_fence_epoch(item->key.fence) > epoch &&
			(latest == NULL || jg_fence_epoch(item->key.fence) > jg_fence_epoch(latest->key.fence)))
			latest = item;
	}
	if (latest == NULL)
		return;
	jg_cluster_later(jg_fence_epoch(latest->key.fence));
	ereport(ERROR,
			(errcode(ERRCODE_JG_LATER_EPOCH),
			 errmsg("executor \"%s\" has attempts of epoch %u, and this database is in epoch %u", name,
					jg_fence_epoch(latest->key.fence), epoch),
			 errdetail("Attempt %d of run %lld was handed out by a later primary: this server is an old one, or it was"
					   " restored from a backup that is older.",
					   latest->key.attempt, (long long) latest->key.run_id),
			 errhint("Stop an old primary. If this database is the one to work: SELECT jobgrid.unfreeze('...');")));
}

typedef enum Standing
{
	STANDING_STALE,   /* an older one of its run, or nonsense */
	STANDING_TWICE,   /* the same attempt named twice */
	STANDING_CURRENT, /* it has its lease */
	STANDING_ODD      /* to be looked at */
} Standing;

/* Finds out which of the newest attempts have their leases. */
static void
find_current(int32 executor_id, const JgKnownList *known, Standing *standing)
{
	static JgSql sql = {
		.text = "select u.n from unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)"
				" join jobgrid_engine.lease l on l.run_id = u.run_id and l.attempt = u.attempt and l.fence = u.fence"
				" where l.executor_id = $4",
		.nargs = 4,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID}};
	JgAttemptKey *keys = palloc(Max(known->n, 1) * sizeof(JgAttemptKey));
	int *source = palloc(Max(known->n, 1) * sizeof(int));
	Datum values[4];
	int n = 0;
	uint64 found;

	for (int i = 0; i < known->n; i++)
	{
		if (standing[i] != STANDING_ODD)
			continue;
		keys[n] = known->items[i].key;
		source[n++] = i;
	}
	jg_attempt_keys(keys, n, values);
	values[3] = Int32GetDatum(executor_id);
	found = jg_sql(&sql, values, NULL);
	for (uint64 i = 0; i < found; i++)
		standing[source[jg_sql_int64(i, 1) - 1]] = STANDING_CURRENT;
}

static Standing *
find_standings(int32 executor_id, const JgKnownList *known)
{
	Standing *standing = palloc(Max(known->n, 1) * sizeof(Standing));
	const JgKnown *newest = NULL;

	for (int i = 0; i < known->n; i++)
	{
		const JgKnown *item = &known->items[i];

		if (is_nonsense(&item->key))
			standing[i] = STANDING_STALE;
		else if (newest == NULL || newest->key.run_id != item->key.run_id)
		{
			newest = item;
			standing[i] = STANDING_ODD;
		}
		else
			standing[i] = item->key.fence == newest->key.fence ? STANDING_TWICE : STANDING_STALE;
	}
	find_current(executor_id, known, standing);
	return standing;
}

/* What the executor was believed to have and does not name. */
typedef struct Missing
{
	JgAttemptKey key;
	bool given_up;      /* parked as unknown, else it has a lease */
	bool never_started; /* its journal would know it */
} Missing;

#define NOT_KNOWN                                                                                         \
	" not exists (select from unnest($1, $2, $3) u(run_id, attempt, fence) where u.run_id = m.run_id and" \
	" u.attempt = m.attempt and u.fence = m.fence)"

static Missing *
find_missing(const JgSayer *sayer, const JgKnownList *known, int *n)
{
	static JgSql sql = {
		.text = "select m.run_id, m.attempt, m.fence, false, $6 and m.state = 'starting' from jobgrid_engine.lease m"
				" where $5 and m.executor_id = $4 and" NOT_KNOWN
				" union all select m.run_id, m.attempt, m.fence, true, true from jobgrid_engine.parked m"
				" where $6 and m.executor_id = $4 and m.state = 'unknown' and m.reason = 'executor_lost'"
				" and m.started_at is null and" NOT_KNOWN " order by 1",
		.nargs = 6,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID, BOOLOID, BOOLOID}};
	JgAttemptKey *keys = palloc(Max(known->n, 1) * sizeof(JgAttemptKey));
	Datum values[6];
	Missing *missing;

	for (int i = 0; i < known->n; i++)
		keys[i] = known->items[i].key;
	jg_attempt_keys(keys, known->n, values);
	values[3] = Int32GetDatum(sayer->executor_id);
	values[4] = BoolGetDatum(!sayer->same_instance);
	values[5] = BoolGetDatum(sayer->same_journal);
	*n = (int) jg_sql(&sql, values, NULL);
	missing = palloc(Max(*n, 1) * sizeof(Missing));
	for (int i = 0; i < *n; i++)
	{
		missing[i].key = (JgAttemptKey){jg_sql_int64(i, 1), jg_sql_int64(i, 3), jg_sql_int32(i, 2)};
		missing[i].given_up = jg_sql_bool(i, 4);
		missing[i].never_started = jg_sql_bool(i, 5);
	}
	return missing;
}

bool
jg_known_unsettled(const JgSayer *sayer, const JgKnownList *known)
{
	Standing *standing = find_standings(sayer->executor_id, known);
	int nmissing;

	for (int i = 0; i < known->n; i++)
		if (standing[i] == STANDING_ODD)
			return true;
	(void) find_missing(sayer, known, &nmissing);
	return nmissing > 0;
}

/* As if the executor had returned it. */
static void
give_back(const JgSayer *sayer, const Missing *missing)
{
	JgReport report = {.run_id = missing->key.run_id,
					   .fence = missing->key.fence,
					   .attempt = missing->key.attempt,
					   .event = JG_EVENT_RETURNED};
	const JgReport *about = &report;
	JgLease lease;
	int index;
	int taken = missing->given_up ? jg_unknown_take(sayer->executor_id, &missing->key, 1, JG_WAIT, &lease, &index)
								  : jg_lease_delete(sayer->executor_id, &missing->key, 1, JG_WAIT, &lease, &index);
	JgState to;

	if (taken == 0)
		return; /* somebody has decided meanwhile */
	to = jg_lease_cancelled(&lease) ? JG_CANCELLED : missing->given_up ? JG_WAITING : JG_QUEUED;
	jg_report_ends(&about, &lease, 1);
	jg_orders_forget(&lease.row.run_id, 1);
	jg_write_history(lease.row.run_id, "returned", jg_state_name(lease.row.state), jg_state_name(to), NULL,
					 psprintf("executor \"%s\" came back with its journal, and attempt %d is not in it:"
							  " it was never started",
							  sayer->name, lease.row.attempt));
}

static void
settle_missing(const JgSayer *sayer, const Missing *missing)
{
	if (missing->never_started)
		give_back(sayer, missing);
	else
		jg_lose_leases(sayer->executor_id, &missing->key.run_id, 1, JG_WAIT);
}

/* One known attempt without a lease; true: it is stale. */
static bool
settle_odd(const JgSayer *sayer, const JgKnown *known)
{
	JgAttemptKey here = known->key;
	JgGhostPlace place;
	int64 ghost_run;
	JgFound found;

	jg_ghost_runs(sayer->executor_id, &known->key, 1, &ghost_run);
	if (ghost_run > 0)
		here.run_id = ghost_run;
	/* Its report is all that matters: nobody has to wait for who may be deciding about the run at this moment. */
	if (known->ended && jg_unknown_is(sayer->executor_id, &here))
		return false;
	place = jg_ghost_find(here.run_id);
	if (place.live && place.fence == here.fence)
	{
		if (place.executor_id != sayer->executor_id)
			return true;
		if (place.table == JG_PARKED && !known->ended)
			jg_unknown_found(sayer->executor_id, &here, 1, JG_WAIT, &found);
		return false;
	}
	/* A run that stands for a ghost and is not the ghost's any more has been decided about. */
	return ghost_run > 0 || jg_ghost_judge(sayer, known, &place);
}

JgStale
jg_known_settle(const JgSayer *sayer, const JgKnownList *known)
{
	Standing *standing = find_standings(sayer->executor_id, known);
	int nmissing;
	Missing *missing = find_missing(sayer, known, &nmissing);
	JgStale stale = {.n = 0};
	int next = 0;

	stale.run_ids = palloc(Max(known->n, 1) * sizeof(int64));
	stale.fences = palloc(Max(known->n, 1) * sizeof(int64));
	for (int i = 0; i < known->n; i++)
	{
		const JgKnown *item = &known->items[i];

		while (next < nmissing && missing[next].key.run_id <= item->key.run_id)
			settle_missing(sayer, &missing[next++]);
		if (standing[i] != STANDING_STALE && (standing[i] != STANDING_ODD || !settle_odd(sayer, item)))
			continue;
		stale.run_ids[stale.n] = item->key.run_id;
		stale.fences[stale.n++] = item->key.fence;
	}
	while (next < nmissing)
		settle_missing(sayer, &missing[next++]);
	jg_ghosts_forget(sayer->executor_id, known);
	return stale;
}
