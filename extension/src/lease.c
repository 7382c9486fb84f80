/*
 * Leases: rows of live runs that somebody works on.
 *
 * The fence is the only key by which a lease ends: whoever does not name the current one changes nothing.
 */
#include "lease.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "move.h"
#include "sql.h"
#include "utils/tuplestore.h"

int64
jg_fence(uint32 epoch, int32 attempt)
{
	return ((int64) epoch << 32) | (uint32) attempt;
}

uint32
jg_fence_epoch(int64 fence)
{
	return (uint32) (fence >> 32);
}

int32
jg_fence_attempt(int64 fence)
{
	return (int32) (uint32) fence;
}

bool
jg_lease_cancelled(const JgLease *lease)
{
	return lease->cancel_at != 0 && lease->cancel_by != NULL;
}

bool
jg_lease_drained(const JgLease *lease)
{
	return lease->cancel_at != 0 && lease->cancel_by == NULL;
}

void
jg_attempt_keys(const JgAttemptKey *keys, int n, Datum *values)
{
	JgArray columns[3] = {jg_array(INT8OID, n), jg_array(INT4OID, n), jg_array(INT8OID, n)};

	for (int i = 0; i < n; i++)
	{
		jg_array_add(&columns[0], Int64GetDatum(keys[i].run_id));
		jg_array_add(&columns[1], Int32GetDatum(keys[i].attempt));
		jg_array_add(&columns[2], Int64GetDatum(keys[i].fence));
	}
	for (int i = 0; i < 3; i++)
		values[i] = jg_array_datum(&columns[i]);
}

void
jg_lease_current(int32 executor_id, const JgAttemptKey *keys, int n, bool *current, TimestampTz *claimed_at)
{
	static JgSql sql = {
		.text = "select u.n, l.claimed_at from unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)"
				" join jobgrid_engine.lease l on l.run_id = u.run_id and l.attempt = u.attempt and l.fence = u.fence"
				" where l.run_id = any ($1) and l.executor_id = $4",
		.nargs = 4,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID}};
	Datum values[4];
	uint64 found;

	jg_attempt_keys(keys, n, values);
	values[3] = Int32GetDatum(executor_id);
	found = jg_sql(&sql, values, NULL);
	for (uint64 i = 0; i < found; i++)
	{
		int64 at = jg_sql_int64(i, 1) - 1;

		current[at] = true;
		if (claimed_at)
			claimed_at[at] = jg_sql_int64(i, 2);
	}
}

void
jg_lease_put_stale(ReturnSetInfo *result, const JgAttemptKey *key)
{
	Datum values[3] = {Int64GetDatum(key->run_id), Int32GetDatum(key->attempt), Int64GetDatum(key->fence)};
	bool nulls[3] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static JgSql insert_sql = {
	.text = "insert into jobgrid_engine.lease (run_id, rank, since, job_id, tenant_id, lane_id, attempt, tries,"
			" business_date, state, reason, fence, version, executor_id, claimed_at, started_at, unmet)"
			" select u.*, 0 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) u",
	.nargs = 16,
	.types = {INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
			  INT4ARRAYOID, DATEARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
			  TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}};

void
jg_lease_insert(const JgLease *leases, int n)
{
	static const Oid types[16] = {INT8OID, INT8OID, TIMESTAMPTZOID, INT4OID,       INT4OID, INT4OID,
								  INT4OID, INT4OID, DATEOID,        TEXTOID,       TEXTOID, INT8OID,
								  INT4OID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	JgArray columns[16];
	Datum values[16];

	if (n == 0)
		return;
	for (int i = 0; i < 16; i++)
		columns[i] = jg_array(types[i], n);
	for (int i = 0; i < n; i++)
	{
		const JgLease *lease = &leases[i];

		Assert(jg_transition_allowed(JG_QUEUED, lease->row.state, JG_ENGINE));
		jg_array_add(&columns[0], Int64GetDatum(lease->row.run_id));
		jg_array_add(&columns[1], Int64GetDatum(lease->row.rank));
		jg_array_add(&columns[2], TimestampTzGetDatum(lease->claimed_at));
		jg_array_add(&columns[3], Int32GetDatum(lease->row.job_id));
		jg_array_add(&columns[4], Int32GetDatum(lease->row.tenant_id));
		jg_array_add_int4(&columns[5], lease->row.lane_id);
		jg_array_add(&columns[6], Int32GetDatum(lease->row.attempt));
		jg_array_add(&columns[7], Int32GetDatum(lease->row.tries));
		jg_array_add(&columns[8], DateADTGetDatum(lease->row.business_date));
		jg_array_add_text(&columns[9], jg_state_name(lease->row.state));
		jg_array_add_text(&columns[10], lease->row.reason);
		jg_array_add(&columns[11], Int64GetDatum(lease->fence));
		jg_array_add(&columns[12], Int32GetDatum(lease->version));
		jg_array_add_int4(&columns[13], lease->executor_id);
		jg_array_add(&columns[14], TimestampTzGetDatum(lease->claimed_at));
		jg_array_add_time(&columns[15], lease->started_at);
	}
	for (int i = 0; i < 16; i++)
		values[i] = jg_array_datum(&columns[i]);
	jg_sql(&insert_sql, values, NULL);
}

#define KEY_TYPES                                         \
	{                                                     \
		INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID \
	}
#define KEYS "unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)"
#define IS_NAMED                                                                                                 \
	" l.run_id = any ($1) and l.run_id = u.run_id and l.attempt = u.attempt and l.fence = u.fence and ($4 = -1 " \
	"or coalesce(l.executor_id, 0) = $4)"

static JgSql delete_sql = {.text = "delete from jobgrid_engine.lease l using " KEYS " where" IS_NAMED
								   " returning u.n, " JG_LEASE_COLUMNS("l"),
						   .nargs = 4,
						   .types = KEY_TYPES};

/* A row that nobody has touched since it was written. Nearly all are, and to lock each before would cost a record each. */
static JgSql delete_untouched_sql = {.text = "delete from jobgrid_engine.lease l using " KEYS " where" IS_NAMED
											 " and l.xmax = '0' returning u.n, " JG_LEASE_COLUMNS("l"),
									 .nargs = 4,
									 .types = KEY_TYPES};

static JgSql delete_unlocked_sql = {.text = "delete from jobgrid_engine.lease l using (select u.n, l.run_id from " KEYS
											" join jobgrid_engine.lease l on" IS_NAMED " for update of l skip locked) u"
											" where l.run_id = u.run_id returning u.n, " JG_LEASE_COLUMNS("l"),
									.nargs = 4,
									.types = KEY_TYPES};

void
jg_lease_read(uint64 i, JgLease *lease)
{
	bool isnull;
	char *state = jg_sql_text(i, 11);

	memset(lease, 0, sizeof(*lease));
	lease->row.run_id = jg_sql_int64(i, 2);
	lease->row.rank = jg_sql_int64(i, 3);
	lease->row.since = jg_sql_int64(i, 4);
	lease->row.job_id = jg_sql_int32(i, 5);
	lease->row.tenant_id = jg_sql_int32(i, 6);
	lease->row.lane_id = jg_sql_int32(i, 7);
	lease->row.attempt = jg_sql_int32(i, 8);
	lease->row.tries = jg_sql_int32(i, 9);
	lease->row.business_date = DatumGetDateADT(jg_sql_datum(i, 10, &isnull));
	if (!jg_state_parse(state, &lease->row.state))
		elog(ERROR, "run %lld has the unknown state \"%s\"", (long long) lease->row.run_id, state);
	lease->row.reason = jg_sql_text(i, 12);
	lease->fence = jg_sql_int64(i, 13);
	lease->version = jg_sql_int32(i, 14);
	lease->executor_id = jg_sql_int32(i, 15);
	lease->claimed_at = jg_sql_int64(i, 16);
	lease->started_at = jg_sql_int64(i, 17);
	lease->cancel_at = jg_sql_int64(i, 18);
	lease->cancel_by = jg_sql_text(i, 19);
	lease->cancel_reason = jg_sql_text(i, 20);
}

static int
delete_by(JgSql *sql, Datum *values, JgLease *leases, int *index)
{
	int deleted = (int) jg_guarded(sql, values, NULL);

	for (int i = 0; i < deleted; i++)
	{
		index[i] = (int) jg_sql_int64(i, 1) - 1;
		jg_lease_read(i, &leases[i]);
	}
	return deleted;
}

int
jg_lease_delete(int32 executor_id, const JgAttemptKey *keys, int n, JgWait wait, JgLease *leases, int *index)
{
	Datum values[4];
	int deleted;

	if (n == 0)
		return 0;
	jg_attempt_keys(keys, n, values);
	values[3] = Int32GetDatum(executor_id);
	if (wait == JG_WAIT)
		return delete_by(&delete_sql, values, leases, index);
	deleted = delete_by(&delete_untouched_sql, values, leases, index);
	if (deleted < n)
		deleted += delete_by(&delete_unlocked_sql, values, leases + deleted, index + deleted);
	return deleted;
}

bool
jg_lease_is_busy(int64 run_id)
{
	static JgSql lock_sql = {.text = "select from jobgrid_engine.lease where run_id = $1 for update skip locked",
							 .nargs = 1,
							 .types = {INT8OID}};
	static JgSql look_sql = {
		.text = "select from jobgrid_engine.lease where run_id = $1", .nargs = 1, .types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);

	return jg_sql(&lock_sql, &value, NULL) == 0 && jg_sql(&look_sql, &value, NULL) > 0;
}

JgDefinitions
jg_lease_definitions(const JgLease *leases, int n)
{
	int32 *jobs = palloc(Max(n, 1) * sizeof(int32));
	int32 *versions = palloc(Max(n, 1) * sizeof(int32));

	for (int i = 0; i < n; i++)
	{
		jobs[i] = leases[i].row.job_id;
		versions[i] = leases[i].version;
	}
	return jg_definitions(jobs, versions, n, false);
}

void
jg_lease_give_back(const JgLease *leases, int n)
{
	JgNarrow *queued = palloc(Max(n, 1) * sizeof(JgNarrow));
	JgNarrow *waiting = palloc(Max(n, 1) * sizeof(JgNarrow));
	int nqueued = 0;
	int nwaiting = 0;

	for (int i = 0; i < n; i++)
	{
		/* From unknown only the scheduler's way leads back to the queue. */
		bool given_up = leases[i].row.state == JG_UNKNOWN;
		JgNarrow *row = given_up ? &waiting[nwaiting++] : &queued[nqueued++];

		*row = leases[i].row;
		row->state = given_up ? JG_WAITING : JG_QUEUED;
		row->reason = given_up ? "placement" : NULL;
		row->since = jg_now();
		row->tries = Max(row->tries - 1, 0);
		row->unmet = 0;
		Assert(jg_transition_allowed(leases[i].row.state, row->state, JG_ENGINE));
	}
	if (nqueued > 0)
		jg_narrow_insert(JG_READY, queued, nqueued);
	if (nwaiting > 0)
		jg_narrow_insert(JG_PENDING, waiting, nwaiting);
}
