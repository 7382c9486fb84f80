/*
 * Steps that have ended: how, and how many are left of their workflow. What a failure means for the others is the workflow's
 * on_failure.
 */
#include "workflow.h"

#include "catalog/pg_type.h"
#include "sql.h"

void
jg_workflow_ends(Datum *ends)
{
	/* An end that changes an earlier one is told again; of a step that was run anew only the newest run counts. */
	static JgSql sql = {
		.text =
			"with e as materialized (select distinct on (e.run_id) e.*"
			"  from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)"
			"  e(run_id, job_id, business_date, at, exit_code, state, reason, parent_run, scope)"
			"  where e.scope <> 0 order by e.run_id, e.at desc),"
			" m as materialized (select m.place, m.job_id, m.parent_run, m.state as was, e.state, e.reason, e.exit_code, e.at"
			"  from e cross join lateral (select m.ctid as place, m.* from jobgrid_engine.member m"
			"   where m.scope = e.scope and m.job_id = e.job_id and m.run_id = e.run_id offset 0) m),"
			" written as (update jobgrid_engine.member s set state = m.state, reason = m.reason, exit_code = m.exit_code,"
			"  ended_at = m.at from m where s.ctid = m.place),"
			" counted as (select m.parent_run, count(*) filter (where m.was is null)::integer as ended, max(m.at) as at,"
			"  bool_or(m.state in ('failed', 'cancelled') and not exists (select from jobgrid.job j"
			"   where j.job_id = m.job_id and j.when_failed = 'ignore')) as failure,"
			"  bool_or(m.state in ('failed', 'cancelled') and exists (select from jobgrid.job j"
			"   where j.job_id = m.job_id and j.stops_workflow)) as terminates from m group by m.parent_run),"
			" w as materialized (select c.*, w.place from counted c cross join lateral ("
			"  select w.ctid as place from jobgrid_engine.workflow_run w where w.run_id = c.parent_run offset 0) w)"
			" update jobgrid_engine.workflow_run w set unfinished = w.unfinished - c.ended, moved_at = c.at,"
			"  hung = null,"
			"  stopping = coalesce(w.stopping, case when c.terminates then 'terminator'"
			"   when c.failure and w.on_failure <> 'continue' then w.on_failure end)"
			" from w c where w.ctid = c.place returning w.unfinished, w.stopping",
		.nargs = 9,
		.types = {INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, TEXTARRAYOID,
				  TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID},
		.indexed = true};
	uint64 n = jg_sql(&sql, ends, NULL);

	for (uint64 i = 0; i < n; i++)
		if (jg_sql_int32(i, 1) == 0 || jg_sql_text(i, 2) != NULL)
			jg_workflow_look();
}
