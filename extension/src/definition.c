/*
 * Definitions of jobs as the hot path needs them.
 *
 * They are read afresh for each batch, one statement for all jobs in it, so that an edit is in force at its commit and
 * there is no cache to go stale. The current version is the row of jobgrid.job, older ones are in job_version.
 */
#include "definition.h"

#include "calendar.h"
#include "catalog/pg_type.h"
#include "sql.h"

static JgSql load_sql = {
	.text =
		"select k.job_id, k.version, d.version, d.kind, d.attempts,"
		" (extract(epoch from d.retry_delay) * 1000)::bigint, d.success_codes, d.fail_codes, d.on_lost,"
		" case when $3 and d.kind <> 'noop' then jsonb_strip_nulls(jsonb_build_object("
		"  'job', d.full_name, 'tenant', d.tenant, 'command', d.command, 'arguments', to_jsonb(d.arguments),"
		"  'settings', nullif(d.settings, '{}'), 'directory', d.working_directory, 'run_as', d.run_as,"
		"  'secret_parameters', case when d.parameter_schema <> '{}' then (select jsonb_agg(p.key)"
		"   from jsonb_each(d.parameter_schema) p where p.value -> 'secret' = 'true') end,"
		"  'environment', d.environment, 'role', (select t.database_role from jobgrid.team t where t.name = d.owner_team),"
		"  'timeout_ms', (extract(epoch from d.timeout) * 1000)::bigint,"
		"  'grace_ms', (extract(epoch from d.cancel_grace) * 1000)::bigint, 'on_lost', d.on_lost,"
		"  'limits', nullif(jsonb_strip_nulls(jsonb_build_object("
		"   'cpu_milli', (d.cpus * 1000)::bigint, 'cpu_weight', d.cpu_weight, 'io_weight', d.io_weight,"
		"   'memory', pg_size_bytes(d.memory), 'processes', d.processes, 'open_files', d.open_files,"
		"   'file_size', pg_size_bytes(d.file_size), 'output', pg_size_bytes(d.output_limit))), '{}'),"
		"  'network', nullif(d.network, true), 'output', nullif(d.output, 'separate'), 'output_file', d.output_file,"
		"  'error_file', d.error_file, 'append', nullif(d.output_append, false),"
		"  'leave_running', nullif(d.leave_running, false)))::text end, b.name, " JG_CALENDAR_STAMP(
			"b") ", case when k.version = 0 then d.taken_out or d.bypassed else exists (select from jobgrid.job f"
				 "  where f.job_id = k.job_id and (f.taken_out or f.bypassed)) end"
				 " from unnest($1, $2) k(job_id, version) left join lateral ("
				 "  select j.* from jobgrid.job j where j.job_id = k.job_id and k.version in (0, j.version)"
				 "  union all"
				 "  select (jsonb_populate_record(null::jobgrid.job, v.definition)).* from jobgrid_engine.job_version v"
				 "   where v.job_id = k.job_id and v.version = k.version) d on true"
				 " left join jobgrid.application a on a.name = d.application left join jobgrid.tenant t on t.name = d.tenant"
				 " left join jobgrid.calendar b on $3 and b.name = coalesce(a.calendar, t.default_calendar)",
	.nargs = 3,
	.types = {INT4ARRAYOID, INT4ARRAYOID, BOOLOID}};

static bool
known(const int32 *job_ids, const int32 *versions, int n, int32 job_id, int32 version)
{
	for (int i = n - 1; i >= 0; i--)
		if (job_ids[i] == job_id && versions[i] == version)
			return true;
	return false;
}

JgDefinitions
jg_definitions(const int32 *job_ids, const int32 *versions, int n, bool specifications)
{
	JgDefinitions all = {0};
	int32 *jobs = palloc(Max(n, 1) * sizeof(int32));
	int32 *asked = palloc(Max(n, 1) * sizeof(int32));
	int distinct = 0;
	Datum values[3];
	char **calendars;
	int64 *stamps;

	for (int i = 0; i < n; i++)
	{
		if (known(jobs, asked, distinct, job_ids[i], versions[i]))
			continue;
		jobs[distinct] = job_ids[i];
		asked[distinct++] = versions[i];
	}
	if (distinct == 0)
		return all;
	values[0] = jg_array_int4(jobs, distinct);
	values[1] = jg_array_int4(asked, distinct);
	values[2] = BoolGetDatum(specifications);
	all.n = (int) jg_sql(&load_sql, values, NULL);
	all.items = palloc0(all.n * sizeof(JgDefinition));
	calendars = palloc0(Max(all.n, 1) * sizeof(char *));
	stamps = palloc0(Max(all.n, 1) * sizeof(int64));
	for (int i = 0; i < all.n; i++)
	{
		JgDefinition *item = &all.items[i];

		item->job_id = jg_sql_int32(i, 1);
		item->asked = jg_sql_int32(i, 2);
		item->version = jg_sql_int32(i, 3);
		item->kind = jg_sql_text(i, 4);
		item->attempts = Max(jg_sql_int32(i, 5), 1);
		item->retry_delay_ms = jg_sql_int64(i, 6);
		item->success_codes = jg_sql_text(i, 7);
		item->fail_codes = jg_sql_text(i, 8);
		item->on_lost = jg_sql_text(i, 9);
		item->specification = jg_sql_text(i, 10);
		calendars[i] = jg_sql_text(i, 11);
		stamps[i] = jg_sql_int64(i, 12);
		item->left_out = jg_sql_bool(i, 13);
	}
	for (int i = 0; i < all.n; i++)
		if (calendars[i] != NULL)
			all.items[i].business_days = jg_calendar_cached(calendars[i], stamps[i]);
	return all;
}

const JgDefinition *
jg_definition(const JgDefinitions *all, int32 job_id, int32 version)
{
	for (int i = 0; i < all->n; i++)
		if (all->items[i].job_id == job_id && all->items[i].asked == version)
			return &all->items[i];
	elog(ERROR, "definition of job %d, version %d, was not loaded", job_id, version);
	return NULL;
}
