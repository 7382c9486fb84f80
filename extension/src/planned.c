/*
 * Runs that a schedule has made.
 *
 * A thousand schedules that fire in the same second are a thousand jobs: each statement here takes them all.
 */
#include "planned.h"

#include "catalog/pg_type.h"
#include "partition.h"
#include "sql.h"

static void
write_wide(Oid partition, const JgPlanned *runs, int n)
{
	static JgPartitionSql sql = {
		.text = "insert into %s (run_id, job_id, tenant_id, submitted_at, business_date, source, queue, priority,"
				" submitted_by, schedule_id, scheduled_for, parameters)"
				" select u.run_id, u.job_id, u.tenant_id, $10, u.business_date, 'schedule', u.queue, u.priority,"
				" 'jobgrid', u.schedule_id, u.scheduled_for, nullif(u.parameters, '{}')"
				" from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)"
				" u(run_id, job_id, tenant_id, business_date, queue, priority, schedule_id, scheduled_for, parameters)",
		.nargs = 10,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID,
				  TIMESTAMPTZARRAYOID, JSONBARRAYOID, TIMESTAMPTZOID}};
	JgArray columns[9] = {jg_array(INT8OID, n), jg_array(INT4OID, n),        jg_array(INT4OID, n),
						  jg_array(DATEOID, n), jg_array(TEXTOID, n),        jg_array(TEXTOID, n),
						  jg_array(INT4OID, n), jg_array(TIMESTAMPTZOID, n), jg_array(JSONBOID, n)};
	Datum values[10];

	for (int i = 0; i < n; i++)
	{
		const JgPlanned *run = &runs[i];

		jg_array_add(&columns[0], Int64GetDatum(run->narrow.run_id));
		jg_array_add(&columns[1], Int32GetDatum(run->narrow.job_id));
		jg_array_add(&columns[2], Int32GetDatum(run->narrow.tenant_id));
		jg_array_add(&columns[3], DateADTGetDatum(run->narrow.business_date));
		jg_array_add_text(&columns[4], run->queue);
		jg_array_add_text(&columns[5], run->priority);
		jg_array_add(&columns[6], Int32GetDatum(run->schedule_id));
		jg_array_add_time(&columns[7], run->scheduled_for);
		jg_array_add(&columns[8], run->parameters);
	}
	for (int i = 0; i < 9; i++)
		values[i] = jg_array_datum(&columns[i]);
	values[9] = TimestampTzGetDatum(runs[0].narrow.since);
	jg_sql_partition(&sql, partition, values, NULL);
}

static void
write_narrow(const JgPlanned *runs, int n)
{
	static const JgTable tables[] = {JG_DUE, JG_PENDING, JG_READY, JG_PARKED};
	JgNarrow *rows = palloc(n * sizeof(JgNarrow));

	for (int t = 0; t < (int) lengthof(tables); t++)
	{
		int count = 0;

		for (int i = 0; i < n; i++)
			if (runs[i].table == tables[t])
				rows[count++] = runs[i].narrow;
		if (count > 0)
			jg_narrow_insert(tables[t], rows, count);
	}
	pfree(rows);
}

/* That its own job stands in a run's way is a condition of no business date. */
static void
write_overlaps(const JgPlanned *runs, int n)
{
	static JgSql sql = {.text = "insert into jobgrid_engine.pending_on (upstream_id, run_id, business_date, met)"
								" select u.job_id, u.run_id, '-infinity', false from unnest($1, $2) u(job_id, run_id)",
						.nargs = 2,
						.types = {INT4ARRAYOID, INT8ARRAYOID}};
	int32 *job_ids = palloc(n * sizeof(int32));
	int64 *run_ids = palloc(n * sizeof(int64));
	int count = 0;
	Datum values[2];

	for (int i = 0; i < n; i++)
	{
		if (!runs[i].overlap)
			continue;
		job_ids[count] = runs[i].narrow.job_id;
		run_ids[count++] = runs[i].narrow.run_id;
	}
	if (count == 0)
		return;
	values[0] = jg_array_int4(job_ids, count);
	values[1] = jg_array_int8(run_ids, count);
	jg_sql(&sql, values, NULL);
}

void
jg_planned_write(const JgPlanned *runs, int n)
{
	for (int first = 0; first < n;)
	{
		int64 since;
		int64 until;
		Oid partition = jg_partition_await(JG_FAMILY_RUN, runs[first].narrow.run_id, &since, &until);
		int count = 1;

		while (first + count < n && runs[first + count].narrow.run_id < until)
			count++;
		write_wide(partition, &runs[first], count);
		first += count;
	}
	write_narrow(runs, n);
	write_overlaps(runs, n);
}
