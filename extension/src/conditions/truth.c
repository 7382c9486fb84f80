/*
 * What the end of a run makes of an atom.
 *
 * docs/conditions.md shows the table, and a test walks its rows. Whether the end is recent enough for an atom is not
 * asked here: that takes a clock.
 */
#include "truth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char kinds[] = {[JG_ATOM_SUCCEEDED] = 's',  [JG_ATOM_FAILED] = 'f',     [JG_ATOM_ENDED] = 'e',
							 [JG_ATOM_TERMINATED] = 't', [JG_ATOM_NOTRUNNING] = 'n', [JG_ATOM_SKIPPED] = 'k',
							 [JG_ATOM_EXITCODE] = 'x',   [JG_ATOM_RESULT] = 'r',     [JG_ATOM_VALUE] = 'v'};
static const char lookbacks[] =
	{[JG_SAME_DATE] = 'd', [JG_ANY_TIME] = 'a', [JG_FOREVER] = 'f', [JG_WITHIN] = 'w', [JG_SINCE_OWN] = 'o'};
static const char compares[] = {[JG_EQUAL] = '=',      [JG_NOT_EQUAL] = '!', [JG_LESS] = '<',
								[JG_LESS_EQUAL] = 'l', [JG_GREATER] = '>',   [JG_GREATER_EQUAL] = 'g'};

char
jg_kind_letter(JgAtomKind kind)
{
	return kinds[kind];
}

char
jg_lookback_letter(JgLookback lookback)
{
	return lookbacks[lookback];
}

char
jg_compare_letter(JgCompare compare)
{
	return compares[compare];
}

bool
jg_compare_parse(char letter, JgCompare *compare)
{
	for (int i = 0; i < (int) sizeof(compares); i++)
	{
		if (compares[i] == letter)
		{
			*compare = (JgCompare) i;
			return true;
		}
	}
	return false;
}

static bool
holds(int order, JgCompare compare)
{
	switch (compare)
	{
		case JG_EQUAL:
			return order == 0;
		case JG_NOT_EQUAL:
			return order != 0;
		case JG_LESS:
			return order < 0;
		case JG_LESS_EQUAL:
			return order <= 0;
		case JG_GREATER:
			return order > 0;
		case JG_GREATER_EQUAL:
			return order >= 0;
	}
	return false;
}

bool
jg_compare_numbers(int64_t a, JgCompare compare, int64_t b)
{
	return holds((a > b) - (a < b), compare);
}

static bool
is_integer(const char *text, int64_t *number)
{
	char *end;

	if (*text != '-' && (*text < '0' || *text > '9'))
		return false;
	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

bool
jg_compare_texts(const char *a, JgCompare compare, const char *b)
{
	int64_t x;
	int64_t y;

	if (is_integer(a, &x) && is_integer(b, &y))
		return jg_compare_numbers(x, compare, y);
	return holds(strcmp(a, b), compare);
}

static bool
is_one_of(const char *reason, const char *const *words)
{
	for (; reason != NULL && *words != NULL; words++)
		if (strcmp(reason, *words) == 0)
			return true;
	return false;
}

/* Stopped from outside, as AutoSys' TERMINATED. */
static bool
was_terminated(const JgEnding *ending)
{
	static const char *const reasons[] = {"timeout", "killed", "terminator", NULL};

	return ending->state == JG_CANCELLED || (ending->state == JG_FAILED && is_one_of(ending->reason, reasons));
}

/*
 * A step that was skipped lets those after it go on, but where there was nothing to do on its branch they are passed over
 * too, unless another branch leads to them; and where it was skipped because of a failure, it is one for them.
 */
static JgEndTruth
truth_of_after(const JgEnding *ending)
{
	static const char *const branch[] = {"branch_not_taken", NULL};
	static const char *const failure[] = {"upstream_failed", "workflow_stopped", NULL};

	if (ending->state == JG_SUCCEEDED)
		return JG_END_TRUE;
	if (ending->state != JG_SKIPPED)
		return ending->failure_ignored && ending->state == JG_FAILED ? JG_END_TRUE : JG_END_FALSE;
	if (is_one_of(ending->reason, branch))
		return JG_END_PASSED;
	return is_one_of(ending->reason, failure) ? JG_END_FALSE : JG_END_TRUE;
}

/* A job that is taken out: conditions are as if it had succeeded, and nothing else is said of it but that it was left out. */
static JgEndTruth
truth_of_taken_out(char kind)
{
	static const char true_kinds[] = {JG_KIND_AFTER, JG_KIND_AFTER_SOME, 's', 'e', 'n', 'k'};

	return memchr(true_kinds, kind, sizeof(true_kinds)) != NULL ? JG_END_TRUE : JG_END_FALSE;
}

JgEndTruth
jg_end_truth(char kind, bool autosys, const JgEnding *ending, JgCompare compare, int32_t number)
{
	static const char *const taken_out[] = {"taken_out", NULL};
	static const char *const bypass[] = {"bypassed", NULL};
	bool skipped = ending->state == JG_SKIPPED;
	bool bypassed = ending->state == JG_SUCCEEDED && is_one_of(ending->reason, bypass);
	bool truth = false;

	if (skipped && is_one_of(ending->reason, taken_out))
		return truth_of_taken_out(kind);
	switch (kind)
	{
		case JG_KIND_AFTER:
			return truth_of_after(ending);
		case JG_KIND_AFTER_SOME:
			/* One that had nothing to do is none of those that are needed. */
			truth = truth_of_after(ending) == JG_END_TRUE;
			break;
		case 's':
			truth = ending->state == JG_SUCCEEDED;
			break;
		case 'f':
			truth = ending->state == JG_FAILED && !(autosys && was_terminated(ending));
			break;
		case 'e':
			truth = !(autosys && skipped);
			break;
		case 't':
			truth = was_terminated(ending);
			break;
		case 'k':
			truth = skipped;
			break;
		case 'x':
			/* What was bypassed has ended well, with no exit code of its own. */
			truth = (ending->has_exit || bypassed) &&
					jg_compare_numbers(ending->has_exit ? ending->exit_code : 0, compare, number);
			break;
		default:
			break;
	}
	return truth ? JG_END_TRUE : JG_END_FALSE;
}
