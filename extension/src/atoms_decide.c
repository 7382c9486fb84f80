/*
 * What becomes of a pending run, by all its atoms.
 *
 * Inside a run of a workflow what has not ended is open, and a condition waits until it can be told; outside, what has not
 * ended is false for now, and may hold later. A run is skipped only where no future can make its condition true.
 */
#include "atoms.h"

#include "catalog/pg_type.h"
#include "conditions/condition.h"
#include "flags.h"
#include "sql.h"

typedef struct Judged
{
	int64 run_id;
	bool overlaps; /* waits for another run of its job */
	bool failure;  /* one of after is false for good because something failed */
	int needs;     /* atoms of after: all, … */
	int needs_met;
	int needs_passed; /* … met only because there was nothing to do */
	int needs_lost;   /* … false for good */
	int needs_least;
	int atoms; /* of the text, where they are all counted */
	int atoms_met;
	int atoms_lost;
	int atoms_least;
	char *text; /* where they are not */
	bool autosys;
	char *taken_out; /* by whom and why its job is; NULL: it is not */
} Judged;

/* Without a row in pending_condition all atoms are wanted. */
static int
read_judged(const int64 *run_ids, int n, Judged *judged)
{
	static JgSql sql = {
		.text =
			"select p.run_id, bool_or(o.atom < 0 and not o.met),"
			" bool_or(o.kind in ('a', 'A') and o.final and not o.met and (m.state in ('failed', 'cancelled')"
			"  or m.reason in ('upstream_failed', 'workflow_stopped'))),"
			" (count(*) filter (where o.kind in ('a', 'A')))::integer,"
			" (count(*) filter (where o.kind in ('a', 'A') and o.met))::integer,"
			" (count(*) filter (where o.kind in ('a', 'A') and o.met and o.final))::integer,"
			" (count(*) filter (where o.kind in ('a', 'A') and o.final and not o.met))::integer,"
			" coalesce(c.needs_least, (count(*) filter (where o.kind in ('a', 'A')))::integer),"
			" (count(*) filter (where o.atom >= 0 and o.kind not in ('a', 'A')))::integer,"
			" (count(*) filter (where o.atom >= 0 and o.kind not in ('a', 'A') and o.met))::integer,"
			" (count(*) filter (where o.atom >= 0 and o.kind not in ('a', 'A') and o.final and not o.met))::integer,"
			" coalesce(c.least - c.needs_least, (count(*) filter (where o.atom >= 0 and o.kind not in ('a', 'A')))::integer),"
			" c.text, coalesce(c.autosys, false), " JG_FLAG_WORDS(
				"f") " from unnest($1) u(run_id)"
					 " cross join lateral (select p.run_id, p.job_id from jobgrid_engine.pending p where p.run_id = u.run_id offset 0) p"
					 " left join lateral (select o.* from jobgrid_engine.pending_on o where o.run_id = p.run_id offset 0) o on true"
					 " left join lateral (select m.* from jobgrid_engine.member m where o.final and m.scope = o.scope"
					 "  and m.job_id = o.upstream_id offset 0) m on true"
					 " left join lateral (select c.* from jobgrid_engine.pending_condition c where c.run_id = p.run_id offset 0) c on true"
					 " left join lateral (select f.* from jobgrid.job f where f.job_id = p.job_id and f.taken_out offset 0) f on true"
					 " group by p.run_id, c.least, c.needs_least, c.text, c.autosys, f.taken_out, f.bypassed, f.flag_by, f.flag_reason order by p.run_id",
		.nargs = 1,
		.types = {INT8ARRAYOID},
		.indexed = true};
	Datum value = jg_array_int8(run_ids, n);
	int found = (int) jg_sql(&sql, &value, NULL);

	for (int i = 0; i < found; i++)
		judged[i] = (Judged){.run_id = jg_sql_int64(i, 1),
							 .overlaps = jg_sql_bool(i, 2),
							 .failure = jg_sql_bool(i, 3),
							 .needs = jg_sql_int32(i, 4),
							 .needs_met = jg_sql_int32(i, 5),
							 .needs_passed = jg_sql_int32(i, 6),
							 .needs_lost = jg_sql_int32(i, 7),
							 .needs_least = jg_sql_int32(i, 8),
							 .atoms = jg_sql_int32(i, 9),
							 .atoms_met = jg_sql_int32(i, 10),
							 .atoms_lost = jg_sql_int32(i, 11),
							 .atoms_least = jg_sql_int32(i, 12),
							 .text = jg_sql_text(i, 13),
							 .autosys = jg_sql_bool(i, 14),
							 .taken_out = jg_sql_text(i, 15)};
	return found;
}

/* The text by the atoms of the run from `first` on: as it is, and (where asked for) as it may yet become. */
static JgTruth
judge_text(int64 run_id, const char *text, bool autosys, int first, int *natoms, JgTruth *ever)
{
	static JgSql sql = {.text = "select o.met, o.final, o.scope <> 0 from jobgrid_engine.pending_on o"
								" where o.run_id = $1 and o.atom >= $2 order by o.atom limit $3",
						.nargs = 3,
						.types = {INT8OID, INT4OID, INT4OID}};
	JgConditionError wrong;
	JgCondition *condition = jg_condition_parse(text, autosys ? JG_AUTOSYS : JG_NATIVE, &wrong);
	Datum values[3] = {Int64GetDatum(run_id), Int32GetDatum(first)};
	JgTruth *truths;
	JgTruth now;
	int n;

	if (condition == NULL)
		elog(ERROR, "the condition of run %lld cannot be read: %s", (long long) run_id, wrong.message);
	values[2] = Int32GetDatum(condition->natoms);
	n = (int) jg_sql(&sql, values, NULL);
	if (condition->natoms != n)
		elog(ERROR, "run %lld has %d atoms of a condition of %d: %s", (long long) run_id, n, condition->natoms, text);
	truths = palloc(Max(n, 1) * sizeof(JgTruth));
	for (int i = 0; i < n; i++)
		truths[i] = jg_sql_bool(i, 1) ? JG_TRUE : jg_sql_bool(i, 2) || !jg_sql_bool(i, 3) ? JG_FALSE : JG_OPEN;
	now = jg_condition_eval(condition, truths);
	for (int i = 0; i < n; i++)
		if (!jg_sql_bool(i, 3))
			truths[i] = JG_OPEN;
	if (ever != NULL)
		*ever = jg_condition_eval(condition, truths);
	*natoms = n;
	jg_condition_free(condition);
	return now;
}

bool
jg_text_holds(int64 run_id, const char *text, bool autosys, int first, int *natoms)
{
	return judge_text(run_id, text, autosys, first, natoms, NULL) == JG_TRUE;
}

static JgDecision
decide(const Judged *judged)
{
	JgDecision decision = {.run_id = judged->run_id, .verdict = JG_WAITS, .reason = "condition"};
	int missing = Max(judged->needs_least - judged->needs_met, 0);
	bool never = judged->needs - judged->needs_lost < judged->needs_least;
	/* Where all of after are wanted they have all ended here, and none of them has done anything. */
	bool passed = judged->needs > 0 && missing == 0 && judged->needs_passed == judged->needs_met;

	if (judged->taken_out != NULL)
	{
		decision.verdict = JG_SKIPS;
		decision.reason = "taken_out";
		decision.message = judged->taken_out;
		return decision;
	}
	if (judged->text == NULL)
	{
		int atoms_missing = Max(judged->atoms_least - judged->atoms_met, 0);

		missing += atoms_missing;
		never = never || judged->atoms - judged->atoms_lost < judged->atoms_least;
	}
	else
	{
		JgTruth ever;
		int natoms;

		missing += judge_text(judged->run_id, judged->text, judged->autosys, judged->needs, &natoms, &ever) != JG_TRUE;
		never = never || ever == JG_FALSE;
	}
	if (never || passed)
	{
		decision.verdict = JG_SKIPS;
		decision.reason = judged->failure ? "upstream_failed" : "branch_not_taken";
	}
	else if (missing == 0 && !judged->overlaps)
		decision.verdict = JG_GOES;
	else if (missing == 0)
		decision.reason = "overlap";
	decision.unmet = missing + judged->overlaps;
	return decision;
}

int
jg_decide(const int64 *run_ids, int n, JgDecision *decisions)
{
	Judged *judged = palloc(Max(n, 1) * sizeof(Judged));
	int found = n > 0 ? read_judged(run_ids, n, judged) : 0;

	for (int i = 0; i < found; i++)
		decisions[i] = decide(&judged[i]);
	pfree(judged);
	return found;
}
