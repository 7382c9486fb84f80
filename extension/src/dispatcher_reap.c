/*
 * Ends of SQL runs: records what their workers could not commit themselves, passes on cancels, and finds the runs whose
 * worker died without a word.
 *
 * A worker of a `transaction = one` job that died has rolled back its work: the run may be tried again at once. What
 * became of statements outside of one transaction is not known, and the job's on_lost decides.
 */
#include "dispatcher.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "dispatcher_sql.h"
#include "lost.h"
#include "partition.h"
#include "report.h"
#include "sql.h"
#include "sqlrun.h"
#include "utils/builtins.h"

#define ARRIVAL_MS 10000

static TimestampTz unarrived_since[JG_SQL_SLOTS];

void
jg_sql_let_go(int index)
{
	JgSqlStarted *started = &jg_sql_started[index];

	if (started->segment)
		dsm_detach(started->segment);
	if (started->handle)
		pfree(started->handle);
	*started = (JgSqlStarted) {0};
}

/* Writes one stream of the worker's output. */
static void
write_output(const JgSqlSlot *slot, int chunk, char stream, const char *data, uint32 length)
{
	static JgPartitionSql sql = {
		.text = "insert into %s (run_id, attempt, chunk, at, stream, data) values ($1, $2, $3, $4, $5, $6)"
		" on conflict do nothing",
		.nargs = 6, .types = {INT8OID, INT4OID, INT4OID, TIMESTAMPTZOID, CHAROID, BYTEAOID}
	};
	int64		since;
	int64		until;
	Oid			partition = jg_partition_find(JG_FAMILY_OUTPUT, slot->run_id, &since, &until);
	Datum		values[6] = {
		Int64GetDatum(slot->run_id), Int32GetDatum(slot->attempt), Int32GetDatum(chunk), TimestampTzGetDatum(jg_now()),
		CharGetDatum(stream), PointerGetDatum(cstring_to_text_with_len(data, length))
	};

	if (length > 0 && OidIsValid(partition))
		jg_sql_partition(&sql, partition, values, NULL);
}

static void
keep_output(int index, const JgSqlSlot *slot)
{
	dsm_segment *segment = jg_sql_started[index].segment;
	JgSqlSpec  *spec;

	if (segment == NULL)
		return;
	spec = dsm_segment_address(segment);
	write_output(slot, 1, 'e', spec->output, Min(spec->output_length, sizeof(spec->output)));
	write_output(slot, 2, 'j', spec->errors, Min(spec->errors_length, sizeof(spec->errors)));
}

static void
end_run(const JgSqlSlot *slot, JgState outcome, const char *reason, const char *decided_by, bool may_retry)
{
	Datum		result = (Datum) 0;
	bool		has_result = slot->command_tag[0] != '\0';

	if (has_result)
		result = jg_sqlrun_result(slot->command_tag, slot->has_rows, slot->rows);
	jg_end_lease_as(slot->run_id, slot->attempt, slot->fence, outcome, reason, decided_by,
					slot->message[0] ? slot->message : NULL, result, has_result, may_retry);
}

static void
end_died(JgSqlSlot *slot)
{
	if (!slot->connected)
	{
		strlcpy(slot->message, "the session could not be started: see the server's log", sizeof(slot->message));
		end_run(slot, JG_FAILED, "setup_failed", "no session was started", false);
	}
	else if (slot->one)
	{
		strlcpy(slot->message, "the session was ended before its commit; its work is rolled back", sizeof(slot->message));
		end_run(slot, slot->cancel ? JG_CANCELLED : JG_FAILED, slot->cancel ? "operator" : "killed",
				"the session ended before its commit", !slot->cancel);
	}
	else
		jg_lose_runs(&slot->run_id, 1);
}

typedef struct Ended
{
	int			index;
	JgSqlSlot	slot;
} Ended;

static void
record(void *arg)
{
	Ended	   *ended = arg;
	JgSqlSlot  *slot = &ended->slot;

	keep_output(ended->index, slot);
	switch (slot->outcome)
	{
		case JG_SQL_COMPLETED:
		case JG_SQL_STALE:
			break;
		case JG_SQL_SUCCEEDED:
			end_run(slot, JG_SUCCEEDED, NULL, "all statements succeeded", false);
			break;
		case JG_SQL_FAILED:
			end_run(slot, JG_FAILED, "sql_error", "a statement failed", true);
			break;
		case JG_SQL_TIMED_OUT:
			end_run(slot, JG_FAILED, "timeout", "timeout", true);
			break;
		case JG_SQL_CANCELLED:
			end_run(slot, JG_CANCELLED, "operator", "cancelled", false);
			break;
		case JG_SQL_DIED:
			end_died(slot);
			break;
	}
}

/* A worker that never came: the postmaster could not start it, or nobody knows it any more. */
static bool
never_came(int index, const JgSqlSlot *slot)
{
	BackgroundWorkerHandle *handle = jg_sql_started[index].handle;
	TimestampTz now = jg_now();
	pid_t		pid;

	if (slot->pid != 0)
	{
		unarrived_since[index] = 0;
		return false;
	}
	if (handle != NULL)
		return GetBackgroundWorkerPid(handle, &pid) == BGWH_STOPPED;
	if (unarrived_since[index] == 0 || unarrived_since[index] > now)
		unarrived_since[index] = now;
	jg_worker_wake_at(TimestampTzPlusMilliseconds(unarrived_since[index], ARRIVAL_MS));
	return TimestampDifferenceExceeds(unarrived_since[index], now, ARRIVAL_MS);
}

static void
reap_slot(int index)
{
	static JgUnit unit = {.name = "recording ends of SQL runs", .body = record};
	Ended		ended = {.index = index};
	bool		over;

	jg_sqlslot_copy(index, &ended.slot);
	if (ended.slot.state == JG_SQL_FREE)
		return;
	over = ended.slot.state == JG_SQL_DONE || never_came(index, &ended.slot);
	if (ended.slot.state == JG_SQL_RESERVED && jg_sql_started[index].handle == NULL)
	{
		/* An earlier dispatcher died before its commit: there is no lease. */
		jg_sqlslot_void(index);
		return;
	}
	if (!over || jg_unit_run(&unit, &ended) != JG_UNIT_DONE)
		return;
	jg_sqlslot_free(index);
	jg_sql_let_go(index);
	unarrived_since[index] = 0;
}

/* Runs at work that somebody wants to stop. */
static void
pass_on_cancels(void *arg)
{
	static JgSql sql = {
		.text = "select run_id from jobgrid_engine.lease where run_id = any ($1) and cancel_at is not null",
		.nargs = 1, .types = {INT8ARRAYOID}
	};
	int64		run_ids[JG_SQL_SLOTS];
	JgSqlSlot	slots[JG_SQL_SLOTS];
	int			indexes[JG_SQL_SLOTS];
	int			n = 0;
	int			found;
	Datum		value;

	for (int i = 0; i < JG_SQL_SLOTS; i++)
	{
		jg_sqlslot_copy(i, &slots[n]);
		if (slots[n].state != JG_SQL_GOING || slots[n].cancel)
			continue;
		run_ids[n] = slots[n].run_id;
		indexes[n++] = i;
	}
	if (n == 0)
		return;
	value = jg_array_int8(run_ids, n);
	found = (int) jg_sql(&sql, &value, NULL);
	for (int i = 0; i < found; i++)
		for (int k = 0; k < n; k++)
			if (run_ids[k] == jg_sql_int64(i, 1))
				jg_sqlslot_cancel(indexes[k], TimestampTzPlusMilliseconds(jg_now(), slots[k].grace_ms));
}

/* Those that did not react in time. */
static void
kill_deaf(void)
{
	TimestampTz now = jg_now();

	for (int i = 0; i < JG_SQL_SLOTS; i++)
	{
		JgSqlSlot	slot;

		jg_sqlslot_copy(i, &slot);
		if (slot.state != JG_SQL_GOING || slot.kill_at == 0)
			continue;
		if (slot.kill_at <= now)
			jg_sqlslot_kill(i);
		else
			jg_worker_wake_at(slot.kill_at);
	}
}

/* After a crash the slots are gone and leases are left: once in the life of a dispatcher. */
static void
find_left_behind(void *arg)
{
	static JgSql sql = {
		.text = "select l.run_id, l.attempt, l.fence, coalesce(j.transaction = 'one', false)"
		" from jobgrid_engine.lease l left join jobgrid.job j on j.job_id = l.job_id"
		" where l.executor_id is null and l.reason is distinct from 'external' and l.run_id <> all ($1)",
		.nargs = 1, .types = {INT8ARRAYOID}
	};
	int64		run_ids[JG_SQL_SLOTS];
	JgSqlSlot  *left;
	int			n = 0;
	Datum		value;

	for (int i = 0; i < JG_SQL_SLOTS; i++)
	{
		JgSqlSlot	slot;

		jg_sqlslot_copy(i, &slot);
		if (slot.state != JG_SQL_FREE)
			run_ids[n++] = slot.run_id;
	}
	value = jg_array_int8(run_ids, n);
	n = (int) jg_sql(&sql, &value, NULL);
	left = palloc0(Max(n, 1) * sizeof(JgSqlSlot));
	for (int i = 0; i < n; i++)
	{
		left[i].run_id = jg_sql_int64(i, 1);
		left[i].attempt = jg_sql_int32(i, 2);
		left[i].fence = jg_sql_int64(i, 3);
		left[i].one = jg_sql_bool(i, 4);
		left[i].connected = true;
	}
	for (int i = 0; i < n; i++)
		end_died(&left[i]);
}

void
jg_dispatcher_reap_sql(void)
{
	static JgUnit left = {.name = "looking for SQL runs left behind", .body = find_left_behind};
	static JgUnit cancels = {.name = "passing on cancels", .body = pass_on_cancels};
	static bool looked;

	if (!looked && pg_atomic_read_u32(&jg_shared->held) == JG_HELD_NO)
		looked = jg_unit_run(&left, NULL) == JG_UNIT_DONE;
	for (int i = 0; i < JG_SQL_SLOTS; i++)
		reap_slot(i);
	if (jg_sqlslot_in_use() > 0)
	{
		jg_unit_run(&cancels, NULL);
		kill_deaf();
	}
}
