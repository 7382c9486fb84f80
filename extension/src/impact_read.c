/*
 * Impact: the jobs and what they wait for, as impact_nodes() and impact_atoms() say.
 */
#include "impact.h"

#include "catalog/pg_type.h"
#include "sql.h"

static int
compare_nodes(const void *a, const void *b)
{
	const JgImpactNode *x = a;
	const JgImpactNode *y = b;

	return (x->job_id > y->job_id) - (x->job_id < y->job_id);
}

int
jg_impact_place(const JgImpact *impact, int32 job_id)
{
	JgImpactNode key = {.job_id = job_id};
	JgImpactNode *found = bsearch(&key, impact->nodes, impact->n, sizeof(JgImpactNode), compare_nodes);

	return found == NULL ? -1 : (int) (found - impact->nodes);
}

static void
read_node(uint64 row, JgImpactNode *node)
{
	char *state = jg_sql_text(row, 6);
	bool no_run;
	bool no_exit;

	*node = (JgImpactNode){.job_id = jg_sql_int32(row, 1),
						   .inside = jg_sql_bool(row, 3),
						   .workflow = jg_sql_bool(row, 4),
						   .ending = {.reason = jg_sql_text(row, 7),
									  .exit_code = jg_sql_int32(row, 8),
									  .failure_ignored = jg_sql_bool(row, 11)},
						   .begun = jg_sql_bool(row, 9),
						   .stops = jg_sql_bool(row, 10),
						   .needs_least = jg_sql_int32(row, 13),
						   .least = jg_sql_int32(row, 14) - jg_sql_int32(row, 13),
						   .text = jg_sql_text(row, 15),
						   .autosys = jg_sql_bool(row, 16),
						   .depth = -1,
						   .missing_atom = -1};
	(void) jg_sql_datum(row, 5, &no_run);
	node->has_run = !no_run;
	(void) jg_sql_datum(row, 8, &no_exit);
	node->ending.has_exit = !no_exit;
	node->ended = state != NULL && jg_state_parse(state, &node->ending.state) && jg_state_is_final(node->ending.state);
}

/* Returns the runs, in the order of the nodes. */
static Datum
read_nodes(int32 root_job, int64 root_run, DateADT day, JgImpact *impact)
{
	static JgSql sql = {
		.text = "select n.job_id, n.parent_id, n.inside, n.workflow, n.run_id, n.state, n.reason, n.exit_code, n.begun,"
				" n.stops, n.ignored, n.needs, n.needs_least, n.all_least, n.text, n.autosys"
				" from jobgrid_engine.impact_nodes($1, $2, $3) n order by n.job_id",
		.nargs = 3,
		.types = {INT4OID, INT8OID, DATEOID},
		.replan = true};
	Datum values[3] = {Int32GetDatum(root_job), Int64GetDatum(root_run), DateADTGetDatum(day)};
	JgArray runs;

	impact->n = (int) jg_sql(&sql, values, root_run != 0 ? "   " : " nn");
	impact->nodes = palloc(Max(impact->n, 1) * sizeof(JgImpactNode));
	runs = jg_array(INT8OID, impact->n);
	for (int i = 0; i < impact->n; i++)
	{
		bool counts;

		read_node(i, &impact->nodes[i]);
		jg_array_add(&runs, Int64GetDatum(jg_sql_int64(i, 5)));
		/* Without a row all atoms are wanted. */
		(void) jg_sql_datum(i, 13, &counts);
		if (counts)
			impact->nodes[i].needs_least = impact->nodes[i].least = -1;
	}
	for (int i = 0; i < impact->n; i++)
	{
		JgImpactNode *node = &impact->nodes[i];

		node->parent = jg_impact_place(impact, jg_sql_int32(i, 2));
		if (node->parent >= 0)
		{
			impact->nodes[node->parent].left += !node->ended;
			impact->nodes[node->parent].failures += jg_impact_fails(node);
		}
	}
	return jg_array_datum(&runs);
}

static void
read_atoms(JgImpact *impact, Datum runs)
{
	static JgSql sql = {.text =
							"select a.job_id, a.kind, a.upstream_id, a.inside, a.autosys, a.compare, a.number, a.known"
							" from jobgrid_engine.impact_atoms($1, $2) a order by a.job_id, a.atom",
						.nargs = 2,
						.types = {INT4ARRAYOID, INT8ARRAYOID},
						.replan = true};
	JgArray ids = jg_array(INT4OID, impact->n);
	Datum values[2];
	int n;

	for (int i = 0; i < impact->n; i++)
		jg_array_add(&ids, Int32GetDatum(impact->nodes[i].job_id));
	values[0] = jg_array_datum(&ids);
	values[1] = runs;
	n = (int) jg_sql(&sql, values, NULL);
	impact->atoms = palloc(Max(n, 1) * sizeof(JgImpactAtom));
	for (int i = 0; i < n; i++)
	{
		JgImpactNode *node = &impact->nodes[jg_impact_place(impact, jg_sql_int32(i, 1))];
		JgImpactAtom *atom = &impact->atoms[i];
		bool isnull;
		Datum compare;

		*atom = (JgImpactAtom){.kind = DatumGetChar(jg_sql_datum(i, 2, &isnull)),
							   .upstream = jg_impact_place(impact, jg_sql_int32(i, 3)),
							   .inside = jg_sql_bool(i, 4),
							   .autosys = jg_sql_bool(i, 5),
							   .number = jg_sql_int32(i, 7),
							   .known = DatumGetChar(jg_sql_datum(i, 8, &isnull))};
		compare = jg_sql_datum(i, 6, &isnull);
		if (!isnull)
			(void) jg_compare_parse(DatumGetChar(compare), &atom->compare);
		if (node->natoms++ == 0)
			node->first = i;
		node->needs += atom->kind == JG_KIND_AFTER || atom->kind == JG_KIND_AFTER_SOME;
	}
}

void
jg_impact_read(int32 root_job, int64 root_run, DateADT day, JgImpact *impact)
{
	read_atoms(impact, read_nodes(root_job, root_run, day, impact));
}
