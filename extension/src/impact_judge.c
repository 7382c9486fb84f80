/*
 * Impact: what a job would do, by what is known of its atoms. The rules are those of atoms_decide.c, which judges runs by
 * what the engine has on record; here some ends are only supposed.
 */
#include "impact.h"

#include "conditions/condition.h"

bool
jg_impact_fails(const JgImpactNode *node)
{
	return node->ended && !node->ending.failure_ignored &&
		   (node->ending.state == JG_FAILED || node->ending.state == JG_CANCELLED);
}

/* What is supposed or has happened of an atom; *passed: true only because there was nothing to do. */
static JgTruth
truth_of(const JgImpact *impact, const JgImpactAtom *atom, bool *passed)
{
	const JgImpactNode *upstream = atom->upstream >= 0 ? &impact->nodes[atom->upstream] : NULL;
	JgTruth known = atom->known == 't' ? JG_TRUE : atom->known == 'f' ? JG_FALSE : JG_OPEN;
	JgEndTruth truth;

	*passed = false;
	if (upstream == NULL || !upstream->ended || (!upstream->told && (known != JG_OPEN || !atom->inside)))
		return known;
	if (atom->kind == 'n')
		return JG_TRUE;
	if (atom->kind == 'r' || (atom->kind == 'x' && !upstream->ending.has_exit))
		return JG_OPEN;
	truth = jg_end_truth(atom->kind, atom->autosys, &upstream->ending, atom->compare, atom->number);
	*passed = truth == JG_END_PASSED;
	return truth == JG_END_FALSE ? JG_FALSE : JG_TRUE;
}

static bool
is_failure(const JgImpact *impact, const JgImpactAtom *atom)
{
	const JgEnding *ending = &impact->nodes[atom->upstream].ending;

	return ending->state == JG_FAILED || ending->state == JG_CANCELLED ||
		   (ending->reason != NULL &&
			(strcmp(ending->reason, "upstream_failed") == 0 || strcmp(ending->reason, "workflow_stopped") == 0));
}

/* Atoms of one part of a condition, counted. */
typedef struct Count
{
	int n;
	int met;
	int passed;
	int lost; /* false for good: outside another end may follow */
	bool failure;
} Count;

static Count
count(const JgImpact *impact, JgImpactNode *node, int from, int n, JgTruth *truths)
{
	Count c = {.n = n};

	for (int i = 0; i < n; i++)
	{
		const JgImpactAtom *atom = &impact->atoms[node->first + from + i];
		bool passed;
		JgTruth truth = truth_of(impact, atom, &passed);

		truths[from + i] = truth;
		c.met += truth == JG_TRUE;
		c.passed += passed;
		if (truth != JG_TRUE && node->missing_atom < 0)
			node->missing_atom = from + i;
		if (truth != JG_FALSE || !atom->inside || atom->kind == 'n')
			continue;
		c.lost++;
		c.failure =
			c.failure || (atom->upstream >= 0 && impact->nodes[atom->upstream].ended && is_failure(impact, atom));
	}
	return c;
}

/* The text by its atoms: as it is, and as it may yet become. */
static void
judge_text(const JgImpact *impact, const JgImpactNode *node, JgTruth *truths, JgTruth *now, JgTruth *ever)
{
	JgConditionError wrong;
	JgCondition *condition = jg_condition_parse(node->text, node->autosys ? JG_AUTOSYS : JG_NATIVE, &wrong);

	*now = *ever = JG_OPEN;
	if (condition == NULL)
		return;
	if (condition->natoms == node->natoms - node->needs)
	{
		*now = jg_condition_eval(condition, truths + node->needs);
		for (int i = node->needs; i < node->natoms; i++)
			if (!impact->atoms[node->first + i].inside)
				truths[i] = JG_OPEN;
		*ever = jg_condition_eval(condition, truths + node->needs);
	}
	jg_condition_free(condition);
}

static void
skip(JgImpactNode *node, const char *reason)
{
	node->effect = JG_EFFECT_SKIPPED;
	node->ended = node->told = true;
	node->ending.state = JG_SKIPPED;
	node->ending.reason = reason;
	node->ending.has_exit = false;
}

void
jg_impact_judge(const JgImpact *impact, JgImpactNode *node)
{
	const JgImpactNode *flow = node->parent >= 0 ? &impact->nodes[node->parent] : NULL;
	JgTruth *truths = palloc(Max(node->natoms, 1) * sizeof(JgTruth));
	Count after = count(impact, node, 0, node->needs, truths);
	Count others = count(impact, node, node->needs, node->natoms - node->needs, truths);
	int needs_least = node->needs_least < 0 ? after.n : node->needs_least;
	int least = node->least < 0 ? others.n : node->least;
	bool never = after.n - after.lost < needs_least;
	bool enough = after.met >= needs_least;
	bool passed = after.n > 0 && enough && after.passed == after.met;

	if (node->text != NULL)
	{
		JgTruth now;
		JgTruth ever;

		judge_text(impact, node, truths, &now, &ever);
		enough = enough && now == JG_TRUE;
		never = never || ever == JG_FALSE;
	}
	else
	{
		never = never || others.n - others.lost < least;
		enough = enough && others.met >= least;
	}
	pfree(truths);
	node->effect = JG_EFFECT_WAITS;
	if (flow != NULL && flow->stopping)
		skip(node, "workflow_stopped");
	else if (flow != NULL && flow->ended)
		skip(node, flow->ending.reason);
	else if (never || passed)
		skip(node, after.failure ? "upstream_failed" : "branch_not_taken");
	else if (enough && (node->inside || node->has_run) &&
			 (flow == NULL || flow->begun || flow->effect == JG_EFFECT_STARTS))
		node->effect = JG_EFFECT_STARTS;
	if (node->effect != JG_EFFECT_WAITS)
		node->missing_atom = -1;
}
