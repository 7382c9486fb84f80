/*
 * Atoms as rows keep them, back in words: what somebody would write to ask the same.
 */
#include "postgres.h"

#include "args.h"
#include "conditions/condition.h"
#include "conditions/truth.h"
#include "fmgr.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(jobgrid_atom_text);

/* The jobs in after must have succeeded: they read like the atom that asks this. */
static JgAtomKind
kind_of(char letter)
{
	for (int kind = JG_ATOM_SUCCEEDED; kind <= JG_ATOM_VALUE; kind++)
		if (jg_kind_letter((JgAtomKind) kind) == letter)
			return (JgAtomKind) kind;
	return JG_ATOM_SUCCEEDED;
}

static JgLookback
lookback_of(char letter)
{
	for (int lookback = JG_SAME_DATE; lookback <= JG_SINCE_OWN; lookback++)
		if (jg_lookback_letter((JgLookback) lookback) == letter)
			return (JgLookback) lookback;
	return JG_ANY_TIME;
}

/* atom_text(kind, name, lookback, minutes, compare, number, value, path) */
Datum
jobgrid_atom_text(PG_FUNCTION_ARGS)
{
	JgAtom atom = {.name = jg_arg_text(fcinfo, 1), .value = jg_arg_text(fcinfo, 6), .path = jg_arg_text(fcinfo, 7)};
	char *why;
	char *text;

	jg_arg_require(fcinfo, 0, "kind");
	jg_arg_require(fcinfo, 1, "name");
	atom.kind = kind_of(PG_GETARG_CHAR(0));
	atom.lookback = PG_ARGISNULL(2) ? JG_ANY_TIME : lookback_of(PG_GETARG_CHAR(2));
	atom.minutes = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	if (!PG_ARGISNULL(4) && !jg_compare_parse(PG_GETARG_CHAR(4), &atom.compare))
		elog(ERROR, "\"%c\" compares nothing", PG_GETARG_CHAR(4));
	atom.number = PG_ARGISNULL(5) ? 0 : PG_GETARG_INT32(5);
	if (atom.value == NULL)
		atom.value = pstrdup("");
	text = jg_atom_text(&atom, JG_NATIVE, &why);
	if (text == NULL)
		text = jg_atom_text(&atom, JG_AUTOSYS, &why);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}
