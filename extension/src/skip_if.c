/*
 * skip_if: asked once, at the moment a run would start; nobody waits for it, so its atoms are not kept.
 */
#include "atoms.h"

#include "atoms_sql.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "conditions/condition.h"
#include "sql.h"

/* The text, and how it is read; NULL: there is none (any more). */
static char *
read_text(int64 run_id, JgSpelling *spelling)
{
	static JgSql sql = {.text =
							"select c.text, c.autosys from jobgrid_engine.pending p join jobgrid_engine.job_condition c"
							" on c.job_id = p.job_id and c.purpose = 'k' where p.run_id = $1",
						.nargs = 1,
						.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);

	if (jg_sql(&sql, &value, NULL) == 0)
		return NULL;
	*spelling = jg_sql_bool(0, 2) ? JG_AUTOSYS : JG_NATIVE;
	return jg_sql_text(0, 1);
}

bool
jg_skip_if_holds(int64 run_id)
{
	static JgSql sql = {
		.text =
			"select t.truth in ('t', 'p'), o.scope <> 0 and e.state is null from ("
			"  select p.run_id, e.atom, coalesce(e.upstream_id, 0) as upstream_id,"
			"   case when e.inside then coalesce(w.scope, 0) else 0 end as scope,"
			"   case when e.source = 'j' and e.lookback = 'd' and not (e.inside and w.scope is not null)"
			"    then p.business_date else 'infinity' end as business_date,"
			"   e.source, e.kind, e.lookback, e.minutes, e.compare, e.number, e.value, e.path, e.name, e.autosys"
			"  from jobgrid_engine.pending p join jobgrid_engine.job_edge e on e.job_id = p.job_id and e.purpose = 'k'"
			"  join jobgrid_engine.any_run r on r.run_id = p.run_id"
			"  left join jobgrid_engine.workflow_run w on w.run_id = r.parent_run where p.run_id = $2) o" JG_ON_RECORD
				JG_ATOM_TRUTH " order by o.atom",
		.nargs = 2,
		.types = {TIMESTAMPTZOID, INT8OID}};
	Datum values[2] = {TimestampTzGetDatum(jg_now()), Int64GetDatum(run_id)};
	JgSpelling spelling = JG_NATIVE;
	char *text = read_text(run_id, &spelling);
	JgConditionError wrong;
	JgCondition *condition;
	JgTruth *truths;
	JgTruth truth;
	int n;

	if (text == NULL)
		return false;
	condition = jg_condition_parse(text, spelling, &wrong);
	n = (int) jg_sql(&sql, values, NULL);
	if (condition == NULL || condition->natoms != n)
		elog(ERROR, "skip_if of run %lld cannot be judged: %s", (long long) run_id, text);
	truths = palloc(Max(n, 1) * sizeof(JgTruth));
	for (int i = 0; i < n; i++)
		truths[i] = jg_sql_bool(i, 1) ? JG_TRUE : jg_sql_bool(i, 2) ? JG_OPEN : JG_FALSE;
	truth = jg_condition_eval(condition, truths);
	jg_condition_free(condition);
	return truth == JG_TRUE;
}
