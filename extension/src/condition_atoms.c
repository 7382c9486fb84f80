/*
 * Conditions as SQL functions for the engine's own statements: their atoms as rows, and what an end, a value or a result
 * makes of one. What people call is in condition_api.c.
 */
#include "postgres.h"

#include "args.h"
#include "conditions/condition.h"
#include "conditions/truth.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(jobgrid_condition_atoms);
PG_FUNCTION_INFO_V1(jobgrid_condition_least);
PG_FUNCTION_INFO_V1(jobgrid_require_condition);
PG_FUNCTION_INFO_V1(jobgrid_rename_in_condition);
PG_FUNCTION_INFO_V1(jobgrid_end_truth);
PG_FUNCTION_INFO_V1(jobgrid_text_holds);

static JgSpelling
spelling_of(const char *semantics)
{
	return semantics != NULL && strcmp(semantics, "autosys") == 0 ? JG_AUTOSYS : JG_NATIVE;
}

/* `what` says whose condition it is. */
static JgCondition *
parse(const char *text, const char *semantics, const char *what)
{
	JgConditionError wrong;
	JgCondition *condition = jg_condition_parse(text, spelling_of(semantics), &wrong);

	if (condition == NULL)
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("%s: %s", what, wrong.message),
						errdetail_internal("%s", jg_condition_caret(text, &wrong)),
						wrong.hint[0] != '\0' ? errhint("%s", wrong.hint) : 0));
	return condition;
}

/* A job of another instance is an external job here, named as it is there. */
static char *
full_name(const JgAtom *atom)
{
	return atom->instance != NULL ? psprintf("%s^%s", atom->name, atom->instance) : atom->name;
}

static bool
compares(const JgAtom *atom)
{
	return atom->kind == JG_ATOM_EXITCODE || atom->kind == JG_ATOM_RESULT || atom->kind == JG_ATOM_VALUE;
}

/* condition_atoms(condition, semantics) */
Datum
jobgrid_condition_atoms(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	JgCondition *condition;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	condition = parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), jg_arg_text(fcinfo, 1), "condition");
	for (int i = 0; i < condition->natoms; i++)
	{
		const JgAtom *atom = &condition->atoms[i];
		Datum values[10] = {Int32GetDatum(i),
							CharGetDatum(atom->kind == JG_ATOM_VALUE ? 'v' : 'j'),
							CStringGetTextDatum(full_name(atom)),
							CharGetDatum(jg_kind_letter(atom->kind)),
							CharGetDatum(jg_lookback_letter(atom->lookback)),
							Int32GetDatum(atom->minutes),
							CharGetDatum(jg_compare_letter(atom->compare)),
							Int32GetDatum(atom->number),
							(Datum) 0,
							(Datum) 0};
		bool nulls[10] = {[5] = atom->lookback != JG_WITHIN,
						  [6] = !compares(atom),
						  [7] = atom->kind != JG_ATOM_EXITCODE,
						  [8] = atom->value == NULL,
						  [9] = atom->path == NULL};

		if (atom->value != NULL)
			values[8] = CStringGetTextDatum(atom->value);
		if (atom->path != NULL)
			values[9] = CStringGetTextDatum(atom->path);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	jg_condition_free(condition);
	return (Datum) 0;
}

/* condition_least(condition, semantics) */
Datum
jobgrid_condition_least(PG_FUNCTION_ARGS)
{
	JgCondition *condition =
		parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), text_to_cstring(PG_GETARG_TEXT_PP(1)), "condition");
	int least;
	bool counts = jg_condition_counts(condition, &least);

	jg_condition_free(condition);
	if (!counts)
		PG_RETURN_NULL();
	PG_RETURN_INT32(least);
}

/* require_condition(condition, semantics, what) */
Datum
jobgrid_require_condition(PG_FUNCTION_ARGS)
{
	jg_arg_require(fcinfo, 0, "condition");
	jg_arg_require(fcinfo, 2, "what");
	jg_condition_free(parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), jg_arg_text(fcinfo, 1), jg_arg_text(fcinfo, 2)));
	PG_RETURN_VOID();
}

/* rename_in_condition(condition, semantics, old_full_name, new_full_name, old_name, new_name) */
Datum
jobgrid_rename_in_condition(PG_FUNCTION_ARGS)
{
	JgCondition *condition;
	JgSpelling spelling;
	char *renamed;
	char *why;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	for (int i = 2; i < 6; i++)
		jg_arg_require(fcinfo, i, "name");
	spelling = spelling_of(jg_arg_text(fcinfo, 1));
	condition = parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), jg_arg_text(fcinfo, 1), "condition");
	for (int i = 0; i < condition->natoms; i++)
	{
		JgAtom *atom = &condition->atoms[i];

		for (int n = 2; atom->kind != JG_ATOM_VALUE && atom->instance == NULL && n < 6; n += 2)
		{
			if (strcmp(atom->name, text_to_cstring(PG_GETARG_TEXT_PP(n))) == 0)
			{
				atom->name = text_to_cstring(PG_GETARG_TEXT_PP(n + 1));
				break;
			}
		}
	}
	renamed = jg_condition_text(condition, spelling, &why);
	if (renamed == NULL)
		elog(ERROR, "a condition cannot be written as it was read: %s", why);
	PG_RETURN_TEXT_P(cstring_to_text(renamed));
}

static JgCompare
compare_argument(FunctionCallInfo fcinfo, int i)
{
	JgCompare compare = JG_EQUAL;

	if (!PG_ARGISNULL(i) && !jg_compare_parse(PG_GETARG_CHAR(i), &compare))
		elog(ERROR, "\"%c\" compares nothing", PG_GETARG_CHAR(i));
	return compare;
}

/* end_truth(kind, autosys, state, reason, exit_code, compare, number, ignored) */
Datum
jobgrid_end_truth(PG_FUNCTION_ARGS)
{
	static const char letters[] = {[JG_END_FALSE] = 'f', [JG_END_TRUE] = 't', [JG_END_PASSED] = 'p'};
	JgEnding ending = {.reason = jg_arg_text(fcinfo, 3),
					   .has_exit = !PG_ARGISNULL(4),
					   .exit_code = PG_ARGISNULL(4) ? 0 : PG_GETARG_INT32(4),
					   .failure_ignored = !PG_ARGISNULL(7) && PG_GETARG_BOOL(7)};
	char *state = jg_arg_text(fcinfo, 2);

	jg_arg_require(fcinfo, 0, "kind");
	jg_arg_require(fcinfo, 1, "autosys");
	jg_arg_require(fcinfo, 2, "state");
	if (!jg_state_parse(state, &ending.state) || !jg_state_is_final(ending.state))
		elog(ERROR, "\"%s\" is no end of a run", state);
	PG_RETURN_CHAR(letters[jg_end_truth(PG_GETARG_CHAR(0), PG_GETARG_BOOL(1), &ending, compare_argument(fcinfo, 5),
										PG_ARGISNULL(6) ? 0 : PG_GETARG_INT32(6))]);
}

/* text_holds(actual, compare, wanted) */
Datum
jobgrid_text_holds(PG_FUNCTION_ARGS)
{
	bool holds = !PG_ARGISNULL(0) && !PG_ARGISNULL(2) &&
				 jg_compare_texts(text_to_cstring(PG_GETARG_TEXT_PP(0)), compare_argument(fcinfo, 1),
								  text_to_cstring(PG_GETARG_TEXT_PP(2)));

	PG_RETURN_CHAR(holds ? 't' : 'f');
}
