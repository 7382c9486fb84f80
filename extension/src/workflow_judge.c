/*
 * succeeds_if and fails_if of workflows that run.
 *
 * Natively either counts as soon as it holds. In AutoSys what lies outside of the box, or a global value, is looked at only when
 * one of its jobs ends; so all of it is, then: nothing inside changes without an end.
 */
#include "workflow.h"

#include "atoms.h"
#include "catalog/pg_type.h"
#include "sql.h"
#include "utils/builtins.h"

typedef struct Judged
{
	int64 run_id;
	bool autosys;
	char *succeeds_if;
	char *fails_if;
} Judged;

/* The rows that the last statement has found: one that holds stops its workflow. */
static void
judge(int n)
{
	static JgSql sql = {.text =
							"update jobgrid_engine.workflow_run set stopping = $2, stopped = false where run_id = $1",
						.nargs = 2,
						.types = {INT8OID, TEXTOID}};
	Judged *judged = palloc(Max(n, 1) * sizeof(Judged));

	for (int i = 0; i < n; i++)
		judged[i] = (Judged){jg_sql_int64(i, 1), jg_sql_bool(i, 2), jg_sql_text(i, 3), jg_sql_text(i, 4)};
	for (int i = 0; i < n; i++)
	{
		const Judged *one = &judged[i];
		const char *holds = NULL;
		int natoms = 0;
		int more;
		Datum values[2];

		if (one->succeeds_if != NULL && jg_text_holds(one->run_id, one->succeeds_if, one->autosys, 0, &natoms))
			holds = "succeeds_if";
		if (one->fails_if != NULL && jg_text_holds(one->run_id, one->fails_if, one->autosys, natoms, &more))
			holds = "fails_if";
		if (holds == NULL)
			continue;
		values[0] = Int64GetDatum(one->run_id);
		values[1] = CStringGetTextDatum(holds);
		jg_sql(&sql, values, NULL);
		jg_workflow_look();
	}
}

#define JUDGED "select w.run_id, w.autosys, w.succeeds_if, w.fails_if from jobgrid_engine.workflow_run w where "
#define OPEN " and (w.succeeds_if is not null or w.fails_if is not null) and w.stopping is null"

void
jg_workflow_judge(const int64 *scopes, int n)
{
	static JgSql sql = {.text = JUDGED "w.scope = any ($1)" OPEN, .nargs = 1, .types = {INT8ARRAYOID}, .indexed = true};
	Datum value = jg_array_int8(scopes, n);

	if (n > 0)
		judge((int) jg_sql(&sql, &value, NULL));
}

void
jg_workflow_judge_runs(const int64 *run_ids, int n)
{
	static JgSql sql = {.text = JUDGED "w.run_id = any ($1) and not w.autosys" OPEN,
						.nargs = 1,
						.types = {INT8ARRAYOID},
						.indexed = true};
	Datum value = jg_array_int8(run_ids, n);

	if (n > 0)
		judge((int) jg_sql(&sql, &value, NULL));
}
