/*
 * Unknown: runs with an attempt that nobody can tell about, until somebody decides or the executor comes back with it.
 *
 * While it is not known how an attempt ended it has no row in `attempt`: all that is known of it stands in the run's row
 * in `parked`, so that the executor can take it up again or tell its end, as long as nobody has decided meanwhile. The
 * row's lock makes the two exclude each other. Whether a run becomes unknown is decided elsewhere.
 */
#include "unknown.h"

#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "move.h"
#include "order.h"
#include "sql.h"

#define NCOLUMNS 19

void
jg_unknown_park(const JgLease *leases, int n)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.parked (run_id, rank, since, job_id, tenant_id, lane_id, attempt, tries,"
			" business_date, state, reason, fence, version, executor_id, claimed_at, started_at, cancel_at, cancel_by,"
			" cancel_reason, unmet) select u.*, 0 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
			" $14, $15, $16, $17, $18, $19) u",
		.nargs = NCOLUMNS,
		.types = {INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
				  INT4ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT4ARRAYOID,
				  INT4ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID,
				  TEXTARRAYOID}};
	static const Oid types[NCOLUMNS] = {INT8OID,        INT8OID,        TIMESTAMPTZOID, INT4OID, INT4OID,
										INT4OID,        INT4OID,        INT4OID,        DATEOID, TEXTOID,
										TEXTOID,        INT8OID,        INT4OID,        INT4OID, TIMESTAMPTZOID,
										TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID,        TEXTOID};
	JgArray columns[NCOLUMNS];
	Datum values[NCOLUMNS];

	for (int i = 0; i < NCOLUMNS; i++)
		columns[i] = jg_array(types[i], n);
	for (int i = 0; i < n; i++)
	{
		const JgLease *lease = &leases[i];

		Assert(lease->row.state == JG_UNKNOWN);
		jg_array_add(&columns[0], Int64GetDatum(lease->row.run_id));
		jg_array_add(&columns[1], Int64GetDatum(lease->row.rank));
		jg_array_add(&columns[2], TimestampTzGetDatum(lease->row.since));
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
		jg_array_add_time(&columns[14], lease->claimed_at);
		jg_array_add_time(&columns[15], lease->started_at);
		jg_array_add_time(&columns[16], lease->cancel_at);
		jg_array_add_text(&columns[17], lease->cancel_by);
		jg_array_add_text(&columns[18], lease->cancel_reason);
	}
	for (int i = 0; i < NCOLUMNS; i++)
		values[i] = jg_array_datum(&columns[i]);
	jg_sql(&sql, values, NULL);
}

#define KEY_TYPES                                         \
	{                                                     \
		INT8ARRAYOID, INT4ARRAYOID, INT8ARRAYOID, INT4OID \
	}
#define IS_THE_LAST                                                                                                     \
	" where p.run_id = any ($1) and p.run_id = u.run_id and p.attempt = u.attempt and p.fence = u.fence and p.state = " \
	"'unknown' and p.executor_id = $4"

/* The keys and the executor as parameters. */
static void
key_values(int32 executor_id, const JgAttemptKey *keys, int n, Datum *values)
{
	jg_attempt_keys(keys, n, values);
	values[3] = Int32GetDatum(executor_id);
}

int
jg_unknown_take(int32 executor_id, const JgAttemptKey *keys, int n, JgWait wait, JgLease *leases, int *index)
{
	static JgSql sql = {.text = "delete from jobgrid_engine.parked p using unnest($1, $2, $3)"
								" with ordinality u(run_id, attempt, fence, n)" IS_THE_LAST
								" returning u.n, " JG_LEASE_COLUMNS("p"),
						.nargs = 4,
						.types = KEY_TYPES};
	static JgSql unlocked_sql = {
		.text = "delete from jobgrid_engine.parked p using (select u.n, p.run_id from jobgrid_engine.parked p,"
				" unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)" IS_THE_LAST
				" for update of p skip locked) u where p.run_id = u.run_id returning u.n, " JG_LEASE_COLUMNS("p"),
		.nargs = 4,
		.types = KEY_TYPES};
	Datum values[4];
	int taken;

	if (n == 0)
		return 0;
	key_values(executor_id, keys, n, values);
	taken = (int) jg_guarded(wait == JG_WAIT ? &sql : &unlocked_sql, values, NULL);
	for (int i = 0; i < taken; i++)
	{
		index[i] = (int) jg_sql_int64(i, 1) - 1;
		jg_lease_read(i, &leases[i]);
	}
	return taken;
}

/* Moves one run from parked to lease; it has been locked. */
static void
give_back(int64 run_id)
{
	static JgSql sql = {
		.text = "with p as (delete from jobgrid_engine.parked where run_id = $1 returning *)"
				" insert into jobgrid_engine.lease (run_id, rank, since, job_id, tenant_id, lane_id, attempt, tries,"
				"  business_date, state, fence, version, executor_id, claimed_at, started_at, cancel_at, cancel_by,"
				"  cancel_reason, unmet)"
				" select run_id, rank, $2, job_id, tenant_id, lane_id, attempt, tries, business_date, 'running', fence,"
				"  version, executor_id, claimed_at, started_at, cancel_at, cancel_by, cancel_reason, 0 from p",
		.nargs = 2,
		.types = {INT8OID, TIMESTAMPTZOID}};
	Datum values[2] = {Int64GetDatum(run_id), TimestampTzGetDatum(jg_now())};

	if (jg_guarded(&sql, values, NULL) != 1)
		elog(ERROR, "unknown run %lld is not parked any more", (long long) run_id);
}

bool
jg_unknown_because(const JgLease *lease, const char *reason)
{
	return lease->row.reason != NULL && strcmp(lease->row.reason, reason) == 0;
}

/* An end is all that can make known what a ghost or an attempt that cannot be killed is. */
static bool
may_go_on(const JgLease *lease)
{
	return !jg_unknown_because(lease, JG_REASON_GHOST) && !jg_unknown_because(lease, JG_REASON_UNKILLABLE);
}

bool
jg_unknown_is(int32 executor_id, const JgAttemptKey *key)
{
	static JgSql sql = {.text = "select from jobgrid_engine.parked p,"
								" unnest($1, $2, $3) u(run_id, attempt, fence)" IS_THE_LAST,
						.nargs = 4,
						.types = KEY_TYPES};
	Datum values[4];

	key_values(executor_id, key, 1, values);
	return jg_sql(&sql, values, NULL) > 0;
}

#define FIND_LAST                                                                           \
	"select u.n, " JG_LEASE_COLUMNS(                                                        \
		"p") " from jobgrid_engine.parked p,"                                               \
			 " unnest($1, $2, $3) with ordinality u(run_id, attempt, fence, n)" IS_THE_LAST \
			 " order by p.run_id for update of p"

void
jg_unknown_found(int32 executor_id, const JgAttemptKey *keys, int n, JgWait wait, JgFound *found)
{
	static JgSql sql = {.text = FIND_LAST, .nargs = 4, .types = KEY_TYPES};
	static JgSql unlocked_sql = {.text = FIND_LAST " skip locked", .nargs = 4, .types = KEY_TYPES};
	Datum values[4];
	int nlocked;
	JgLease *leases;
	int *index;

	for (int i = 0; i < n; i++)
		found[i] = JG_FOUND_NOT;
	if (n == 0)
		return;
	key_values(executor_id, keys, n, values);
	nlocked = (int) jg_sql(wait == JG_WAIT ? &sql : &unlocked_sql, values, NULL);
	leases = palloc(Max(nlocked, 1) * sizeof(JgLease));
	index = palloc(Max(nlocked, 1) * sizeof(int));
	for (int i = 0; i < nlocked; i++)
	{
		index[i] = (int) jg_sql_int64(i, 1) - 1;
		jg_lease_read(i, &leases[i]);
	}
	for (int i = 0; i < nlocked; i++)
	{
		const JgLease *lease = &leases[i];

		found[index[i]] = may_go_on(lease) ? JG_FOUND_BACK : JG_FOUND_KEPT;
		if (found[index[i]] != JG_FOUND_BACK)
			continue;
		Assert(jg_transition_allowed(JG_UNKNOWN, JG_RUNNING, JG_ENGINE));
		give_back(lease->row.run_id);
		jg_write_history(lease->row.run_id, "back", "unknown", "running", NULL, "its executor has it still");
		if (lease->cancel_at != 0)
			jg_order_send(lease->row.run_id, "cancel", (Datum) 0, true);
	}
}

bool
jg_unknown_last(int64 run_id, JgLease *lease)
{
	static JgSql sql = {.text = "select 0, " JG_LEASE_COLUMNS(
							"p") " from jobgrid_engine.parked p"
								 " where p.run_id = $1 and p.state = 'unknown' and p.fence is not null",
						.nargs = 1,
						.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);

	if (jg_sql(&sql, &value, NULL) == 0)
		return false;
	jg_lease_read(0, lease);
	return true;
}

void
jg_unknown_attempt(const JgLease *lease, const char *reason, const char *decided_by, const char *message,
				   TimestampTz finished_at)
{
	JgAttempt attempt = {.run_id = lease->row.run_id,
						 .fence = lease->fence,
						 .attempt = lease->row.attempt,
						 .version = lease->version,
						 .executor_id = lease->executor_id,
						 .claimed_at = lease->claimed_at != 0 ? lease->claimed_at : finished_at,
						 .started_at = lease->started_at,
						 .finished_at = Max(finished_at, lease->claimed_at),
						 .state = "unknown",
						 .reason = reason,
						 .decided_by = decided_by,
						 .message = message};

	jg_write_attempts(&attempt, 1);
}

void
jg_unknown_close(int64 run_id)
{
	static const struct
	{
		const char *reason;
		const char *decided_by;
		const char *message;
	} words[] = {
		{JG_REASON_LOST, "on_lost = hold", "the executor was not heard of any more"},
		{JG_REASON_NO_OUTCOME, "on_lost = hold", "nobody saw how it ended"},
		{JG_REASON_UNKILLABLE, "it could not be killed", NULL},
		{JG_REASON_GHOST, "its executor showed it", "it was handed out by a server whose last commits are lost"}};
	JgLease last;
	const char *decided_by = NULL;
	const char *message = NULL;

	if (!jg_unknown_last(run_id, &last))
		return;
	for (int i = 0; i < (int) lengthof(words); i++)
	{
		if (!jg_unknown_because(&last, words[i].reason))
			continue;
		decided_by = words[i].decided_by;
		message = words[i].message;
	}
	if (last.executor_id == 0)
		message = "the SQL worker died";
	jg_unknown_attempt(&last, last.row.reason, decided_by, message, last.row.since);
}
