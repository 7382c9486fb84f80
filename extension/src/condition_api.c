/*
 * SQL functions about conditions that need no job: what a text means, and what is wrong with it.
 *
 * They read no table; whether there are jobs of these names is not asked.
 */
#include "args.h"
#include "buf.h"
#include "conditions/comparison.h"
#include "conditions/condition.h"
#include "conditions/keyword.h"
#include "conditions/lookback.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "json.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(jobgrid_parse_condition);

/* By JgLookback */
static const char *const lookbacks[] = {"same_business_date", "any_time", "forever", "within", "since_my_last_end"};

static JgSpelling
spelling_of(const char *name)
{
	static const char *const names[] = {"native", "autosys", NULL};
	int place = jg_place(name, names);

	if (place == 0)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("spelling \"%s\" is not known", jg_clip(name)),
						errhint("Spellings are native and autosys.")));
	return (JgSpelling) (place - 1);
}

static JgCondition *
parse(const char *text, JgSpelling spelling)
{
	JgConditionError wrong;
	JgCondition *condition = jg_condition_parse(text, spelling, &wrong);

	/* The text begins a line, so that the caret below it is in its place whatever stands before the detail. */
	if (condition == NULL)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("%s", wrong.message),
						errdetail("It reads:\n%s", jg_condition_caret(text, &wrong)),
						wrong.hint[0] != '\0' ? errhint("%s", wrong.hint) : 0));
	return condition;
}

/* A member of an object, if there is one. */
static void
put_member(Buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, ", \"%s\": ", key);
	json_quote(out, value, strlen(value));
}

static void
put_atom(Buf *out, const JgAtom *atom)
{
	char *why;
	char *text = jg_atom_text(atom, JG_NATIVE, &why);

	if (text == NULL)
		text = jg_atom_text(atom, JG_AUTOSYS, &why);
	buf_puts(out, "{\"atom\": ");
	json_quote(out, text, strlen(text));
	put_member(out, "kind", jg_keyword_word(atom->kind, JG_NATIVE));
	put_member(out, "name", atom->name);
	put_member(out, "instance", atom->instance);
	put_member(out, "path", atom->path);
	if (atom->kind >= JG_ATOM_EXITCODE)
		put_member(out, "compare", jg_comparison_sign(atom->compare, JG_NATIVE));
	put_member(out, "value", atom->value);
	if (atom->kind == JG_ATOM_EXITCODE)
		buf_printf(out, ", \"value\": %d", (int) atom->number);
	if (jg_lookback_fits(atom->kind) || atom->lookback != JG_ANY_TIME)
		put_member(out, "lookback", lookbacks[atom->lookback]);
	if (atom->lookback == JG_WITHIN)
		buf_printf(out, ", \"minutes\": %d", (int) atom->minutes);
	buf_putc(out, '}');
}

static Datum
atoms_of(const JgCondition *condition)
{
	Buf out = {0};

	buf_putc(&out, '[');
	for (int i = 0; i < condition->natoms; i++)
	{
		buf_puts(&out, i > 0 ? ", " : "");
		put_atom(&out, &condition->atoms[i]);
	}
	buf_putc(&out, ']');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf_text(&out)));
}

/* parse_condition(condition, spelling) */
Datum
jobgrid_parse_condition(PG_FUNCTION_ARGS)
{
	static const char *const spellings[] = {"native", "AutoSys'"};
	JgCondition *condition;
	TupleDesc desc;
	Datum values[4] = {0};
	bool nulls[4] = {true, true, true, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "parse_condition() must return a composite type");
	condition = parse(jg_arg_text(fcinfo, 0), spelling_of(jg_arg_text(fcinfo, 1)));
	for (int i = JG_NATIVE; i <= JG_AUTOSYS; i++)
	{
		char *why;
		char *text = jg_condition_text(condition, (JgSpelling) i, &why);

		/* The spelling that it was written in can say it, so that there is one note at most. */
		values[text != NULL ? i : 2] =
			CStringGetTextDatum(text != NULL ? text : psprintf("%s spelling cannot say: %s", spellings[i], why));
		nulls[text != NULL ? i : 2] = false;
	}
	values[3] = atoms_of(condition);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
