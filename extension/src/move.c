/*
 * The state routine: moves live runs between narrow tables and ends them.
 *
 * Every change of a run's state goes through here (or through claim.c and report.c, which ask the same table of
 * transitions). The callers hold the row: they deleted it, or locked it.
 */
#include "move.h"

#include "access/xact.h"
#include "bell.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "guard.h"
#include "identity.h"
#include "partition.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/xid8.h"
#include "worker.h"

#define COLUMNS \
	"run_id, rank, due_at, since, job_id, tenant_id, lane_id, attempt, tries, unmet, business_date, state, reason"

/* One statement for each pair of tables, made at first use from the tables' constant names. */
static JgSql move_sql[JG_NTABLES][JG_NTABLES];

static JgSql *
move_statement(JgTable from, JgTable to)
{
	JgSql *sql = &move_sql[from][to];

	if (sql->text == NULL)
	{
		const Oid types[] = {INT8ARRAYOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4ARRAYOID, TEXTOID};
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		sql->nargs = lengthof(types);
		sql->indexed = true;
		memcpy(sql->types, types, sizeof(types));
		sql->text = psprintf("with moved as (delete from jobgrid_engine.%s f where f.run_id = any ($1) and f.state = $7"
							 " returning f.*)"
							 " insert into jobgrid_engine.%s (" COLUMNS ")"
							 " select run_id, rank, coalesce($4, due_at), $5, job_id, tenant_id,"
							 " coalesce(($6)[array_position($1, run_id)], lane_id), attempt, tries, unmet,"
							 " business_date, $2, $3 from moved",
							 jg_table_name(from), jg_table_name(to));
		MemoryContextSwitchTo(old);
	}
	return sql;
}

static void
ring_for(JgState to)
{
	if (to == JG_QUEUED)
		jg_ring(JG_DISPATCHER);
	else if (to == JG_WAITING)
		jg_ring(JG_SCHEDULER);
}

int
jg_move_batch(JgTable from, JgState from_state, JgTable to, JgState to_state, JgActor actor, const int64 *run_ids,
			  int n, const char *reason, TimestampTz due_at, const int32 *lanes)
{
	Datum values[7];
	char nulls[] = "       ";
	uint64 moved;

	if (n == 0)
		return 0;
	if (!jg_transition_allowed(from_state, to_state, actor))
		elog(ERROR, "a run cannot go from %s to %s", jg_state_name(from_state), jg_state_name(to_state));
	Assert(to != JG_LEASE);

	values[0] = jg_array_int8(run_ids, n);
	values[1] = CStringGetTextDatum(jg_state_name(to_state));
	if (reason)
		values[2] = CStringGetTextDatum(reason);
	else
		nulls[2] = 'n';
	if (due_at != 0)
		values[3] = TimestampTzGetDatum(due_at);
	else
		nulls[3] = 'n';
	values[4] = TimestampTzGetDatum(jg_now());
	if (lanes)
		values[5] = jg_array_int4(lanes, n);
	else
		nulls[5] = 'n';
	values[6] = CStringGetTextDatum(jg_state_name(from_state));

	moved = jg_guarded(move_statement(from, to), values, nulls);
	if (moved > 0)
		ring_for(to_state);
	return (int) moved;
}

static JgPartitionSql end_sql = {
	.text = "update %s r set state = e.state, reason = e.reason, message = coalesce(e.message, r.message),"
			" exit_code = coalesce(e.exit_code, r.exit_code), signal = coalesce(e.signal, r.signal),"
			" attempts = greatest(e.attempts, r.attempts), version = coalesce(e.version, r.version),"
			" executor_id = coalesce(e.executor_id, r.executor_id), started_at = coalesce(e.started_at, r.started_at),"
			" finished_at = e.finished_at, result = coalesce(e.result, r.result)"
			" from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
			" e(run_id, was, state, reason, message, exit_code, signal, attempts, version, executor_id, started_at,"
			" finished_at, result)"
			" where r.run_id = any ($1) and r.run_id = e.run_id and r.state = e.was"
			" returning r.run_id, case when r.superseded_by is null then r.parent_run end",
	.nargs = 13,
	.types = {INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
			  INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, JSONBARRAYOID}};

static int
compare_with_id(const void *key, const void *end)
{
	int64 x = *(const int64 *) key;
	int64 y = (*(const JgEnd *const *) end)->run_id;

	return (x > y) - (x < y);
}

/* Ends of one partition, in order of id; parents[i] becomes the run of the workflow that end i is a step of, 0 = none. */
static void
write_ends(Oid partition, const JgEnd *const *ends, int64 *parents, int n)
{
	static const Oid types[13] = {INT8OID, TEXTOID, TEXTOID, TEXTOID,        TEXTOID,        INT4OID, INT4OID,
								  INT4OID, INT4OID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, JSONBOID};
	JgArray columns[13];
	Datum values[13];

	for (int i = 0; i < 13; i++)
		columns[i] = jg_array(types[i], n);
	for (int i = 0; i < n; i++)
	{
		const JgEnd *end = ends[i];

		jg_array_add(&columns[0], Int64GetDatum(end->run_id));
		jg_array_add_text(&columns[1], jg_state_is_final(end->from) ? jg_state_name(end->from) : "live");
		jg_array_add_text(&columns[2], jg_state_name(end->to));
		jg_array_add_text(&columns[3], end->reason);
		jg_array_add_text(&columns[4], end->message);
		if (end->has_exit)
			jg_array_add(&columns[5], Int32GetDatum(end->exit_code));
		else
			jg_array_add_null(&columns[5]);
		jg_array_add_int4(&columns[6], end->signal);
		jg_array_add(&columns[7], Int32GetDatum(end->attempts));
		jg_array_add_int4(&columns[8], end->version);
		jg_array_add_int4(&columns[9], end->executor_id);
		jg_array_add_time(&columns[10], end->started_at);
		jg_array_add_time(&columns[11], end->finished_at);
		if (end->has_result)
			jg_array_add(&columns[12], end->result);
		else
			jg_array_add_null(&columns[12]);
	}
	for (int i = 0; i < 13; i++)
		values[i] = jg_array_datum(&columns[i]);
	if (jg_guarded_partition(&end_sql, partition, values, NULL) != (uint64) n)
		elog(ERROR, "some of %d runs of partition %u were not in the state they were to leave", n, partition);
	for (int i = 0; i < n; i++)
	{
		int64 run_id = jg_sql_int64(i, 1);
		const JgEnd *const *end = bsearch(&run_id, ends, n, sizeof(JgEnd *), compare_with_id);

		parents[end - ends] = jg_sql_int64(i, 2);
	}
}

/* What the scheduler will consume: ends of steps, and of jobs that somebody waits for. */
void
jg_finish_tell(const JgEnd *ends, int n, const int64 *parents)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.ended (run_id, job_id, exit_code, business_date, at, state, reason, parent_run)"
			" select e.* from unnest($1, $2, $3, $4, $5, $6, $7, $8)"
			" e(run_id, job_id, exit_code, business_date, at, state, reason, parent_run)"
			" where e.parent_run is not null"
			"  or e.job_id = any (array(select s.job_id from jobgrid_engine.job_status s where s.job_id = any ($2)"
			"  union all select o.upstream_id from jobgrid_engine.pending_on o"
			"  where o.upstream_id = any ($2) and o.scope = 0 and o.business_date = '-infinity' and not o.met))",
		.nargs = 8,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID,
				  TEXTARRAYOID, INT8ARRAYOID},
		.indexed = true};
	JgArray columns[8] = {jg_array(INT8OID, n), jg_array(INT4OID, n),        jg_array(INT4OID, n),
						  jg_array(DATEOID, n), jg_array(TIMESTAMPTZOID, n), jg_array(TEXTOID, n),
						  jg_array(TEXTOID, n), jg_array(INT8OID, n)};
	Datum values[8];

	for (int i = 0; i < n; i++)
	{
		const JgEnd *end = &ends[i];

		jg_array_add(&columns[0], Int64GetDatum(end->run_id));
		jg_array_add(&columns[1], Int32GetDatum(end->job_id));
		if (end->has_exit)
			jg_array_add(&columns[2], Int32GetDatum(end->exit_code));
		else
			jg_array_add_null(&columns[2]);
		jg_array_add(&columns[3], DateADTGetDatum(end->business_date));
		jg_array_add_time(&columns[4], end->finished_at);
		jg_array_add_text(&columns[5], jg_state_name(end->to));
		jg_array_add_text(&columns[6], end->reason);
		if (parents[i] != 0)
			jg_array_add(&columns[7], Int64GetDatum(parents[i]));
		else
			jg_array_add_null(&columns[7]);
	}
	for (int i = 0; i < 8; i++)
		values[i] = jg_array_datum(&columns[i]);
	if (jg_sql(&sql, values, NULL) > 0)
		jg_ring(JG_SCHEDULER);
}

static int
compare_ends(const void *a, const void *b)
{
	int64 x = (*(const JgEnd *const *) a)->run_id;
	int64 y = (*(const JgEnd *const *) b)->run_id;

	return (x > y) - (x < y);
}

void
jg_finish_untold(const JgEnd *ends, int n, JgActor actor, int64 *parents)
{
	const JgEnd **sorted;
	int64 *sorted_parents;

	if (n == 0)
		return;
	sorted = palloc(n * sizeof(JgEnd *));
	sorted_parents = palloc0(n * sizeof(int64));
	for (int i = 0; i < n; i++)
	{
		if (!jg_state_is_final(ends[i].to) || !jg_transition_allowed(ends[i].from, ends[i].to, actor))
			elog(ERROR, "run %lld cannot go from %s to %s", (long long) ends[i].run_id, jg_state_name(ends[i].from),
				 jg_state_name(ends[i].to));
		sorted[i] = &ends[i];
	}
	/* In order of id: neighbours share a partition, and two sessions that end the same runs cannot deadlock. */
	qsort(sorted, n, sizeof(JgEnd *), compare_ends);
	for (int first = 0; first < n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_find(JG_FAMILY_RUN, sorted[first]->run_id, RowExclusiveLock, &since, &until);
		int next = first;

		if (!OidIsValid(partition))
			elog(ERROR, "run %lld has no partition", (long long) sorted[first]->run_id);
		while (next < n && sorted[next]->run_id < until)
			next++;
		write_ends(partition, &sorted[first], &sorted_parents[first], next - first);
		first = next;
	}
	for (int i = 0; i < n; i++)
		parents[sorted[i] - ends] = sorted_parents[i];
	pfree(sorted_parents);
	pfree(sorted);
}

void
jg_finish(const JgEnd *ends, int n, JgActor actor)
{
	int64 *parents = palloc(Max(n, 1) * sizeof(int64));

	jg_finish_untold(ends, n, actor, parents);
	if (n > 0)
		jg_finish_tell(ends, n, parents);
	pfree(parents);
}

static JgPartitionSql attempt_sql = {
	.text = "insert into %s (run_id, fence, attempt, version, executor_id, exit_code, signal, claimed_at, started_at,"
			" finished_at, cpu_us, max_rss_kb, state, reason, decided_by, message)"
			" select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
	.nargs = 16,
	.types = {INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
			  TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID,
			  TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID}};

static void
write_partition_attempts(Oid partition, const JgAttempt *attempts, int n)
{
	static const Oid types[16] = {INT8OID, INT8OID,        INT4OID,        INT4OID,        INT4OID, INT4OID,
								  INT4OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, INT8OID,
								  TEXTOID, TEXTOID,        TEXTOID,        TEXTOID};
	JgArray columns[16];
	Datum values[16];

	for (int i = 0; i < 16; i++)
		columns[i] = jg_array(types[i], n);
	for (int i = 0; i < n; i++)
	{
		const JgAttempt *attempt = &attempts[i];

		jg_array_add(&columns[0], Int64GetDatum(attempt->run_id));
		jg_array_add(&columns[1], Int64GetDatum(attempt->fence));
		jg_array_add(&columns[2], Int32GetDatum(attempt->attempt));
		jg_array_add(&columns[3], Int32GetDatum(attempt->version));
		jg_array_add_int4(&columns[4], attempt->executor_id);
		if (attempt->has_exit)
			jg_array_add(&columns[5], Int32GetDatum(attempt->exit_code));
		else
			jg_array_add_null(&columns[5]);
		jg_array_add_int4(&columns[6], attempt->signal);
		jg_array_add_time(&columns[7], attempt->claimed_at);
		jg_array_add_time(&columns[8], attempt->started_at);
		jg_array_add_time(&columns[9], attempt->finished_at);
		for (int c = 10; c < 12; c++)
		{
			int64 value = c == 10 ? attempt->cpu_us : attempt->max_rss_kb;

			if (value == 0)
				jg_array_add_null(&columns[c]);
			else
				jg_array_add(&columns[c], Int64GetDatum(value));
		}
		jg_array_add_text(&columns[12], attempt->state);
		jg_array_add_text(&columns[13], attempt->reason);
		jg_array_add_text(&columns[14], attempt->decided_by);
		jg_array_add_text(&columns[15], attempt->message);
	}
	for (int i = 0; i < 16; i++)
		values[i] = jg_array_datum(&columns[i]);
	jg_sql_partition(&attempt_sql, partition, values, NULL);
}

void
jg_write_attempts(const JgAttempt *attempts, int n)
{
	for (int first = 0; first < n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_find(JG_FAMILY_ATTEMPT, attempts[first].run_id, RowExclusiveLock, &since, &until);
		int next = first + 1;

		if (!OidIsValid(partition))
			elog(ERROR, "run %lld has no partition", (long long) attempts[first].run_id);
		while (next < n && attempts[next].run_id >= since && attempts[next].run_id < until)
			next++;
		write_partition_attempts(partition, &attempts[first], next - first);
		first = next;
	}
}

void
jg_write_history(int64 run_id, const char *action, const char *from, const char *to, const char *reason,
				 const char *detail)
{
	static JgPartitionSql sql = {
		.text = "insert into %s (run_id, xid, at, action, from_state, to_state, reason, detail, by_role, actor)"
				" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		.nargs = 10,
		.types = {INT8OID, XID8OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}};
	/* The engine's workers have the session of whoever made the cluster, who did none of this. */
	const char *by_role = jg_in_worker() ? "jobgrid" : jg_session_role();
	const char *texts[7] = {action, from, to, reason, detail, by_role, jg_act_as()};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_HISTORY, run_id, RowExclusiveLock, &since, &until);
	Datum values[10];
	char nulls[11] = "          ";

	if (!OidIsValid(partition))
		elog(ERROR, "run %lld has no partition", (long long) run_id);
	values[0] = Int64GetDatum(run_id);
	values[1] = FullTransactionIdGetDatum(GetTopFullTransactionId());
	values[2] = TimestampTzGetDatum(jg_now());
	for (int i = 0; i < 7; i++)
	{
		if (texts[i])
			values[i + 3] = CStringGetTextDatum(texts[i]);
		else
			nulls[i + 3] = 'n';
	}
	jg_sql_partition(&sql, partition, values, nulls);
}
