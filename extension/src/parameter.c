/*
 * Rules of parameters inside the server: jsonb in and out, and the server's regular expressions.
 *
 * A pattern is somebody else's program, and the scheduler executes it too. Length of pattern and text are bounded, and
 * back references are refused: without them the server's matcher takes time in proportion to the text, and the worst of
 * patterns that were made to be bad took 0.4 s, to be compiled. It is cancelled as any query is.
 *
 * A pattern is one of the whole value, as if it stood between ^(?: and )$; the collation is "C", so that it means the
 * same in every database.
 */
#include "parameter.h"

#include "args.h"
#include "catalog/pg_collation.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "regex/regex.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#define FLAGS (REG_ADVANCED | REG_NOSUB)
#define REMEMBERED 16

/*
 * Rules that were read for a job. They are known by the schema itself, byte for byte, and not by the job's version: the
 * version of an edit that was rolled back is given to the next one.
 */
typedef struct Remembered
{
	MemoryContext context;
	Jsonb *schema;
	JgParameterRules *rules;
} Remembered;

static Remembered remembered[REMEMBERED];

PG_FUNCTION_INFO_V1(jobgrid_parameters_error);

static char *
whole(const char *pattern)
{
	return psprintf("^(?:%s)$", pattern);
}

static bool
compiles(const char *pattern, char *why, size_t size)
{
	int length = strlen(pattern);
	pg_wchar *wide = palloc((length + 1) * sizeof(pg_wchar));
	char error[100];
	regex_t regex;
	int result;
	bool back_reference;

	length = pg_mb2wchar_with_len(pattern, wide, length);
	result = pg_regcomp(&regex, wide, length, FLAGS, C_COLLATION_OID);
	CHECK_FOR_INTERRUPTS();
	if (result != REG_OKAY)
	{
		pg_regerror(result, &regex, error, sizeof(error));
		snprintf(why, size, "It is no regular expression: %s.", error);
		return false;
	}
	back_reference = (regex.re_info & REG_UBACKREF) != 0;
	pg_regfree(&regex);
	if (back_reference)
		snprintf(why, size, "It has a back reference, which may take for ever to match.");
	return !back_reference;
}

static bool
pattern_valid(const char *pattern, char *why, size_t size)
{
	if (!compiles(pattern, why, size))
		return false;
	if (compiles(whole(pattern), why, size))
		return true;
	/* What is one by itself and none between brackets begins with options, or has a comment without an end. */
	snprintf(why, size, "It begins with options such as (?i), or has a comment that does not end.");
	return false;
}

static bool
pattern_matches(const char *pattern, const char *text, size_t length)
{
	return RE_compile_and_execute(cstring_to_text(whole(pattern)), unconstify(char *, text), (int) length, FLAGS,
								  C_COLLATION_OID, 0, NULL);
}

static const JgPatterns patterns = {pattern_valid, pattern_matches};

static char *
to_text(Datum value)
{
	Jsonb *json = DatumGetJsonbP(value);

	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

JgParameterRules *
jg_parameter_rules(Datum schema, JgParameterProblem *problem)
{
	JgParameterRules *rules = palloc0(sizeof(JgParameterRules));
	char *text = to_text(schema);
	Buf defaults = {0};

	rules->schema = jg_schema_read(text, strlen(text), &patterns, problem);
	if (rules->schema == NULL)
		return NULL;
	jg_parameters_defaults(rules->schema, &defaults);
	rules->has_defaults = strcmp(buf_text(&defaults), "{}") != 0;
	if (rules->has_defaults)
		rules->defaults = DirectFunctionCall1(jsonb_in, CStringGetDatum(buf_text(&defaults)));
	return rules;
}

const JgParameterRules *
jg_parameter_rules_of(int32 job_id, Datum schema, JgParameterProblem *problem)
{
	Remembered *place = &remembered[(uint32) job_id % REMEMBERED];
	Jsonb *json = DatumGetJsonbP(schema);
	Remembered fresh;
	MemoryContext caller;

	if (place->context != NULL && VARSIZE(place->schema) == VARSIZE(json) &&
		memcmp(place->schema, json, VARSIZE(json)) == 0)
		return place->rules;
	/* Nobody's before it is complete: an error takes it along. */
	fresh.context = AllocSetContextCreate(CurrentMemoryContext, "rules of parameters", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(fresh.context);
	fresh.schema = DatumGetJsonbPCopy(JsonbPGetDatum(json));
	fresh.rules = jg_parameter_rules(JsonbPGetDatum(fresh.schema), problem);
	MemoryContextSwitchTo(caller);
	if (fresh.rules == NULL)
	{
		MemoryContextDelete(fresh.context);
		return NULL;
	}
	MemoryContextSetParent(fresh.context, TopMemoryContext);
	if (place->context != NULL)
		MemoryContextDelete(place->context);
	*place = fresh;
	return place->rules;
}

bool
jg_parameters_obey(const JgParameterRules *rules, Datum parameters, bool complete, JgParameterProblem *problem)
{
	char *text = to_text(parameters);

	return jg_parameters_check(rules->schema, text, strlen(text), complete, problem);
}

Datum
jg_parameters_filled(const JgParameterRules *rules, Datum parameters)
{
	return rules->has_defaults ? DirectFunctionCall2(jsonb_concat, rules->defaults, parameters) : parameters;
}

char *
jg_parameters_mended(const JgParameterRules *rules, Datum parameters, bool complete, const JgParameterProblem *problem)
{
	char *text = to_text(parameters);
	Buf example = {0};

	if (problem->name[0] == '\0' ||
		!jg_parameters_example(rules->schema, text, strlen(text), complete, problem->name, &example))
		return NULL;
	return example.data;
}

/*
 * parameters_error(schema, parameters, complete): message, detail, the word that was meant, and what would be right; all
 * null where nothing is wrong. Without parameters the schema alone is looked at.
 */
Datum
jobgrid_parameters_error(PG_FUNCTION_ARGS)
{
	JgParameterProblem problem = {0};
	JgParameterRules *rules;
	TupleDesc desc;
	Datum values[4] = {0};
	bool nulls[4] = {true, true, true, true};
	char *mended = NULL;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "parameters_error() must return a composite type");
	jg_arg_require(fcinfo, 0, "schema");
	jg_arg_require(fcinfo, 2, "complete");
	rules = jg_parameter_rules(PG_GETARG_DATUM(0), &problem);
	if (rules != NULL && !PG_ARGISNULL(1) &&
		!jg_parameters_obey(rules, PG_GETARG_DATUM(1), PG_GETARG_BOOL(2), &problem))
		mended = jg_parameters_mended(rules, PG_GETARG_DATUM(1), PG_GETARG_BOOL(2), &problem);
	if (problem.message[0] != '\0')
	{
		values[0] = CStringGetTextDatum(problem.message);
		values[1] = CStringGetTextDatum(problem.detail);
		nulls[0] = nulls[1] = false;
		nulls[2] = problem.near[0] == '\0';
		if (!nulls[2])
			values[2] = CStringGetTextDatum(problem.near);
		nulls[3] = mended == NULL;
		if (!nulls[3])
			values[3] = CStringGetTextDatum(mended);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
