/*
 * Workflows that hang: no step runs or is about to, and nothing that is to come by itself can change that. A step waits for a
 * job that has ended otherwise, that will not run, or that hangs as well.
 *
 * What people do is not foreseen, but where they are expected to: a held step, a run elsewhere, a global value that is waited
 * for. A workflow is looked at when nothing has moved in it for ten seconds.
 */
#include "hung.h"

#include "atoms.h"
#include "catalog/pg_type.h"
#include "clock.h"
#include "conditions/condition.h"
#include "move.h"
#include "sql.h"
#include "utils/builtins.h"
#include "worker.h"

#define LOOK_MS 10000
#define MOST 100 /* workflows in one look */

/* What a step waits for. */
typedef struct Atom
{
	int64 run_id;
	bool needs; /* of after */
	bool met;
	bool dead;      /* not met, and nothing will change that */
	int64 upstream; /* a step of the same workflow that waits too, 0 = none: dead if that is */
	char *words;
} Atom;

typedef struct Step
{
	int64 run_id;
	char *name;
	int needs_least; /* -1: all */
	int least;       /* of all atoms; -1: all, or the text decides */
	char *text;
	bool autosys;
	int first; /* of its atoms */
	int natoms;
} Step;

/* Live workflows in which nothing moves, and of which all steps that are left are pending for a condition. */
static int
find_candidates(int64 *run_ids)
{
	static JgSql sql = {
		.text =
			"select w.run_id from jobgrid_engine.workflow_run w where w.unfinished > 0 and w.stopping is null and w.hung is null"
			" and w.moved_at < $1 - $2 * interval '1 ms' and not exists ("
			"  select from jobgrid_engine.member m where m.scope = w.scope and m.parent_run = w.run_id and m.state is null"
			"   and not exists (select from jobgrid_engine.pending p where p.run_id = m.run_id and p.unmet > 0"
			"    and p.reason = 'condition')) order by w.moved_at limit $3",
		.nargs = 3,
		.types = {TIMESTAMPTZOID, INT4OID, INT4OID}};
	Datum values[3] = {TimestampTzGetDatum(jg_now()), Int32GetDatum(LOOK_MS), Int32GetDatum(MOST)};
	int n = (int) jg_sql(&sql, values, NULL);

	for (int i = 0; i < n; i++)
		run_ids[i] = jg_sql_int64(i, 1);
	return n;
}

static Step *
read_steps(int64 run_id, int *n)
{
	static JgSql sql = {
		.text =
			"select m.run_id, j.name, coalesce(c.needs_least, -1), coalesce(c.least, -1), c.text, coalesce(c.autosys, false)"
			" from jobgrid_engine.workflow_run w join jobgrid_engine.member m on m.scope = w.scope and m.parent_run = w.run_id"
			" join jobgrid.job j on j.job_id = m.job_id"
			" left join jobgrid_engine.pending_condition c on c.run_id = m.run_id"
			" where w.run_id = $1 and m.state is null order by m.run_id",
		.nargs = 1,
		.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);
	Step *steps;

	*n = (int) jg_sql(&sql, &value, NULL);
	steps = palloc0(Max(*n, 1) * sizeof(Step));
	for (int i = 0; i < *n; i++)
		steps[i] = (Step){.run_id = jg_sql_int64(i, 1),
						  .name = jg_sql_text(i, 2),
						  .needs_least = jg_sql_int32(i, 3),
						  .least = jg_sql_int32(i, 4),
						  .text = jg_sql_text(i, 5),
						  .autosys = jg_sql_bool(i, 6)};
	return steps;
}

/*
 * The atoms of the steps. One that is not met can still become so where a run of its job lives, where it is run elsewhere, or
 * fires by itself, alone or as a part of another workflow; a global value may be set.
 */
static Atom *
read_atoms(int64 run_id, Step *steps, int nsteps)
{
	static JgSql sql = {
		.text =
			"select o.run_id, o.kind in ('a', 'A'), o.met, not o.met and o.source = 'j' and s.run_id is null and not exists ("
			"  select from jobgrid_engine.live_run l where l.job_id = o.upstream_id)"
			" and not exists (select from jobgrid.job u where u.job_id = o.upstream_id and (u.run_by = 'external' and u.parent is null"
			"  or o.scope = 0 and exists (select from jobgrid.schedule c where c.tenant = u.tenant and c.enabled"
			"   and (c.job = u.full_name or starts_with(u.full_name, c.job || '/') and split_part(u.full_name, '/', 1)"
			"    <> split_part(b.full_name, '/', 1))))),"
			" coalesce(s.run_id, 0), jobgrid_engine.atom_text(o.kind,"
			"  coalesce(o.name, (select u.full_name from jobgrid.job u where u.job_id = o.upstream_id)), o.lookback, o.minutes,"
			"  o.compare, o.number, o.value, o.path)"
			" from jobgrid_engine.workflow_run w join jobgrid.job b on b.job_id = w.job_id"
			" join jobgrid_engine.member m on m.scope = w.scope and m.parent_run = w.run_id"
			" join jobgrid_engine.pending_on o on o.run_id = m.run_id and o.atom >= 0"
			" left join jobgrid_engine.member s on s.scope = w.scope and s.parent_run = w.run_id and s.state is null"
			"  and s.job_id = o.upstream_id and o.source = 'j'"
			" where w.run_id = $1 and m.state is null order by o.run_id, o.atom",
		.nargs = 1,
		.types = {INT8OID}};
	Datum value = Int64GetDatum(run_id);
	int n = (int) jg_sql(&sql, &value, NULL);
	Atom *atoms = palloc(Max(n, 1) * sizeof(Atom));
	int s = 0;

	for (int i = 0; i < n; i++)
	{
		atoms[i] = (Atom){jg_sql_int64(i, 1), jg_sql_bool(i, 2),  jg_sql_bool(i, 3),
						  jg_sql_bool(i, 4),  jg_sql_int64(i, 5), jg_sql_text(i, 6)};
		while (s < nsteps && steps[s].run_id < atoms[i].run_id)
			s++;
		if (s == nsteps || steps[s].run_id != atoms[i].run_id)
			elog(ERROR, "run %lld has atoms and is no step that waits", (long long) atoms[i].run_id);
		if (steps[s].natoms++ == 0)
			steps[s].first = i;
	}
	return atoms;
}

static bool
text_can_hold(const Step *step, const Atom *atoms, int natoms)
{
	JgConditionError wrong;
	JgCondition *condition = jg_condition_parse(step->text, step->autosys ? JG_AUTOSYS : JG_NATIVE, &wrong);
	JgTruth *truths = palloc(Max(natoms, 1) * sizeof(JgTruth));
	bool can;

	if (condition == NULL || condition->natoms != natoms)
		return true;
	for (int i = 0; i < natoms; i++)
		truths[i] = atoms[i].dead ? JG_FALSE : JG_OPEN;
	can = jg_condition_eval(condition, truths) != JG_FALSE;
	jg_condition_free(condition);
	return can;
}

/* Whether the condition can come true although the dead atoms do not. */
static bool
can_start(const Step *step, const Atom *atoms)
{
	int needs = 0;
	int needs_dead = 0;
	int others = 0;
	int others_dead = 0;

	for (int i = 0; i < step->natoms; i++)
	{
		const Atom *atom = &atoms[step->first + i];

		*(atom->needs ? &needs : &others) += 1;
		if (atom->dead)
			*(atom->needs ? &needs_dead : &others_dead) += 1;
	}
	if (needs - needs_dead < (step->needs_least >= 0 ? step->needs_least : needs))
		return false;
	if (step->text != NULL)
		return text_can_hold(step, &atoms[step->first + needs], others);
	return others - others_dead >= (step->least >= 0 ? step->least - step->needs_least : others);
}

/* Whether none of them can start. Who waits for another of them waits for what cannot start either, if none can. */
static bool
all_stuck(const Step *steps, int nsteps, Atom *atoms)
{
	for (int s = 0; s < nsteps; s++)
		for (int i = 0; i < steps[s].natoms; i++)
			if (!atoms[steps[s].first + i].met && atoms[steps[s].first + i].upstream != 0)
				atoms[steps[s].first + i].dead = true;
	for (int s = 0; s < nsteps; s++)
		if (can_start(&steps[s], atoms))
			return false;
	return true;
}

/* "b waits for succeeded(a), c waits for …" */
static char *
words_of(const Step *steps, int nsteps, const Atom *atoms)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int s = 0; s < nsteps && s < 5; s++)
	{
		int told = 0;

		appendStringInfo(&text, "%s%s waits for ", s > 0 ? "; " : "", steps[s].name);
		for (int i = 0; i < steps[s].natoms && told < 5; i++)
		{
			const Atom *atom = &atoms[steps[s].first + i];

			if (atom->dead)
				appendStringInfo(&text, "%s%s", told++ > 0 ? ", " : "", atom->words);
		}
	}
	if (nsteps > 5)
		appendStringInfo(&text, " and %d more", nsteps - 5);
	return text.data;
}

static void
look(void)
{
	static JgSql sql = {.text = "update jobgrid_engine.workflow_run set hung = $2 where run_id = $1",
						.nargs = 2,
						.types = {INT8OID, TEXTOID}};
	int64 run_ids[MOST];
	int n = find_candidates(run_ids);

	for (int i = 0; i < n; i++)
	{
		int nsteps;
		Step *steps = read_steps(run_ids[i], &nsteps);
		Atom *atoms = read_atoms(run_ids[i], steps, nsteps);
		Datum values[2] = {Int64GetDatum(run_ids[i])};
		char *words;

		if (!all_stuck(steps, nsteps, atoms))
			continue;
		words = words_of(steps, nsteps, atoms);
		values[1] = CStringGetTextDatum(words);
		jg_sql(&sql, values, NULL);
		jg_write_history(run_ids[i], "hung", "running", "running", "hung", words);
		ereport(LOG, (errmsg("jobgrid: workflow run %lld hangs: %s", (long long) run_ids[i], words)));
	}
}

static void
look_if_any(void *arg)
{
	static JgSql sql = {.text = "select from jobgrid_engine.workflow_run where stopping is null limit 1"};
	bool *any = arg;

	*any = jg_sql(&sql, NULL, NULL) > 0;
	if (*any)
		look();
}

void
jg_hung_look(void)
{
	static JgUnit unit = {.name = "looking for workflows that hang", .body = look_if_any};
	static TimestampTz look_at;
	static bool any;

	if (jg_worker_is_due(look_at, LOOK_MS))
	{
		look_at = TimestampTzPlusMilliseconds(jg_now(), LOOK_MS);
		jg_unit_run(&unit, &any);
	}
	if (any)
		jg_worker_wake_at(look_at);
}
