/*
 * How far attempts are, as their executors tell: percentage and step, use of the machine, checkpoints.
 *
 * Only what a report names is overwritten. Nothing here ends or moves a run.
 */
#include "postgres.h"

#include "args.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lease.h"
#include "records.h"
#include "session.h"
#include "sql.h"
#include "utils/builtins.h"
#include "written.h"

#define MAX_PROGRESS 100000
#define MAX_STEP 1000
#define MAX_CHECKPOINT (1024 * 1024)

PG_FUNCTION_INFO_V1(jobgrid_write_progress);

typedef struct Progress
{
	JgAttemptKey key;
	Datum percent;
	bool has_percent;
	const char *step; /* NULL = as before */
	Datum cpu_us;
	bool has_cpu;
	Datum rss_kb;
	bool has_rss;
	Datum checkpoint;
	bool has_checkpoint;
} Progress;

static void
read_progress(const Datum *values, const bool *nulls, void *item)
{
	Progress *progress = item;

	if (nulls[0] || nulls[1] || nulls[2])
		ereport(ERROR,
				(errcode(ERRCODE_JG_INVALID), errmsg("run_id, attempt and fence of a progress must not be null")));
	progress->key = (JgAttemptKey){DatumGetInt64(values[0]), DatumGetInt64(values[2]), DatumGetInt32(values[1])};
	/* NaN is no percentage either, and it compares with nothing. */
	progress->has_percent = !nulls[3] && DatumGetFloat4(values[3]) >= 0 && DatumGetFloat4(values[3]) <= 100;
	progress->percent = values[3];
	progress->step = nulls[4] ? NULL : jg_text_clip(values[4], MAX_STEP);
	progress->has_cpu = !nulls[5];
	progress->cpu_us = values[5];
	progress->has_rss = !nulls[6];
	progress->rss_kb = values[6];
	progress->has_checkpoint = !nulls[7];
	progress->checkpoint = values[7];
	if (progress->has_checkpoint && VARSIZE_ANY_EXHDR(PG_DETOAST_DATUM_PACKED(values[7])) > MAX_CHECKPOINT)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT), errmsg("a checkpoint has at most %d bytes", MAX_CHECKPOINT)));
}

static void
add(JgArray *array, Datum value, bool present)
{
	if (present)
		jg_array_add(array, value);
	else
		jg_array_add_null(array);
}

/* Of two reports on one run the later counts. */
static void
store_progress(const Progress *reports, const JgWritten *written, int n)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.progress as p (run_id, attempt, percent, step, cpu_us, rss_kb, updated_at)"
				" select distinct on (u.run_id) u.run_id, u.attempt, u.percent, u.step, u.cpu_us, u.rss_kb, $7"
				" from unnest($1, $2, $3, $4, $5, $6) with ordinality"
				"  u(run_id, attempt, percent, step, cpu_us, rss_kb, n) order by u.run_id, u.n desc"
				" on conflict (run_id) do update set attempt = excluded.attempt, updated_at = excluded.updated_at,"
				" (percent, step, cpu_us, rss_kb) = (select coalesce(excluded.percent, same.percent),"
				"  coalesce(excluded.step, same.step), coalesce(excluded.cpu_us, same.cpu_us),"
				"  coalesce(excluded.rss_kb, same.rss_kb)"
				"  from (select 1) one left join (select p.percent, p.step, p.cpu_us, p.rss_kb) same"
				"   on p.attempt = excluded.attempt)",
		.nargs = 7,
		.types = {INT8ARRAYOID, INT4ARRAYOID, FLOAT4ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
				  TIMESTAMPTZOID}};
	JgArray columns[6] = {jg_array(INT8OID, n), jg_array(INT4OID, n), jg_array(FLOAT4OID, n),
						  jg_array(TEXTOID, n), jg_array(INT8OID, n), jg_array(INT8OID, n)};
	Datum values[7];

	for (int i = 0; i < n; i++)
	{
		const Progress *progress = &reports[i];

		/* What is parked runs for nobody to see. */
		if (!written[i].leased)
			continue;
		jg_array_add(&columns[0], Int64GetDatum(progress->key.run_id));
		jg_array_add(&columns[1], Int32GetDatum(progress->key.attempt));
		add(&columns[2], progress->percent, progress->has_percent);
		jg_array_add_text(&columns[3], progress->step);
		add(&columns[4], progress->cpu_us, progress->has_cpu);
		add(&columns[5], progress->rss_kb, progress->has_rss);
	}
	if (columns[0].n == 0)
		return;
	for (int i = 0; i < 6; i++)
		values[i] = jg_array_datum(&columns[i]);
	values[6] = TimestampTzGetDatum(jg_now());
	jg_sql(&sql, values, NULL);
}

static void
store_checkpoint(int64 run_id, const Progress *progress)
{
	static JgSql sql = {
		.text = "insert into jobgrid_engine.checkpoint (run_id, attempt, made_at, data) values ($1, $2, $3, $4)"
				" on conflict (run_id) do update set attempt = excluded.attempt, made_at = excluded.made_at,"
				" data = excluded.data",
		.nargs = 4,
		.types = {INT8OID, INT4OID, TIMESTAMPTZOID, BYTEAOID}};
	Datum values[4] = {Int64GetDatum(run_id), Int32GetDatum(progress->key.attempt), TimestampTzGetDatum(jg_now()),
					   progress->checkpoint};

	jg_sql(&sql, values, NULL);
}

Datum
jobgrid_write_progress(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int32 executor_id = jg_session_writer();
	Progress *reports;
	JgAttemptKey *keys;
	JgWritten *written;
	int n;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	SPI_connect();
	reports =
		jg_records(PG_GETARG_ARRAYTYPE_P(0), "progress_report", MAX_PROGRESS, sizeof(Progress), read_progress, &n);
	keys = palloc(Max(n, 1) * sizeof(JgAttemptKey));
	written = palloc(Max(n, 1) * sizeof(JgWritten));
	for (int i = 0; i < n; i++)
		keys[i] = reports[i].key;
	jg_written(executor_id, keys, n, written);
	store_progress(reports, written, n);
	for (int i = 0; i < n; i++)
	{
		if (!written[i].taken)
			jg_lease_put_stale(result, &keys[i]);
		else if (written[i].run_id != 0 && reports[i].has_checkpoint)
			store_checkpoint(written[i].run_id, &reports[i]);
	}
	SPI_finish();
	return (Datum) 0;
}
