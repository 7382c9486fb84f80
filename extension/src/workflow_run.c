/* The row of a live workflow's run: what holds for it from its beginning on, whatever becomes of its definition. */
#include "workflow.h"

#include "atoms.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "sql.h"

void
jg_workflow_enter(int64 run_id, int64 root_run, int64 scope, int members)
{
	static JgSql sql = {
		.text =
			"insert into jobgrid_engine.workflow_run (run_id, scope, root_run, moved_at, deadline, job_id, members, unfinished,"
			" on_failure, autosys, succeeds_if, fails_if)"
			" select r.run_id, $2, $3, $4, $4 + j.timeout, r.job_id, $5, $5, j.on_failure, j.semantics = 'autosys',"
			" j.succeeds_if, j.fails_if from jobgrid_engine.any_run r join jobgrid.job j using (job_id)"
			" where r.run_id = $1 returning job_id, succeeds_if is not null or fails_if is not null,"
			" (select r.business_date from jobgrid_engine.any_run r where r.run_id = $1)",
		.nargs = 5,
		.types = {INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID, INT4OID}};
	Datum values[5] = {Int64GetDatum(run_id), Int64GetDatum(scope), Int64GetDatum(root_run),
					   TimestampTzGetDatum(jg_now()), Int32GetDatum(members)};
	bool isnull;

	if (jg_sql(&sql, values, NULL) != 1)
		elog(ERROR, "workflow run %lld has no row", (long long) run_id);
	if (jg_sql_bool(0, 2))
		jg_atoms_seed_workflow(run_id, jg_sql_int32(0, 1), scope, DatumGetDateADT(jg_sql_datum(0, 3, &isnull)));
}
