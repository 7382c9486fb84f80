/*
 * Whether parameters obey the rules of their job.
 *
 * The bounds are for the text and not for what is in it: an object or array that a parameter may be is not looked into.
 */
#include "check.h"

#include <string.h>

#include "utf8.h"

/* Parameters take at most 1 MB in the database; as text they are longer where they have many numbers or escapes. */
#define MOST_BYTES ((size_t) 4 * 1024 * 1024)
#define MOST_TOKENS 200000
#define MOST_DEPTH 64

#define MOST_NAMES 20 /* that a detail lists */

static JsonDoc *
read(const char *text, size_t length, JgParameterProblem *problem)
{
	static const JsonCaps caps = {.bytes = MOST_BYTES, .tokens = MOST_TOKENS, .depth = MOST_DEPTH};
	JsonDoc *doc;
	Err e;

	doc = json_parse(text, length, &caps, &e);
	jg_problem_detail(problem, "Where a job has a schema they are an object of at most %d values and %d levels.",
					  MOST_TOKENS, MOST_DEPTH);
	if (doc == NULL)
		jg_problem_set(problem, "parameters: %s", e.message);
	else if (json_type(doc, json_root(doc)) != JSON_OBJECT)
	{
		jg_problem_set(problem, "parameters are not a JSON object");
		json_free(doc);
		doc = NULL;
	}
	if (doc != NULL)
		problem->detail[0] = '\0';
	return doc;
}

static bool
refuse_unknown(const JgParameterSchema *schema, const char *name, size_t length, JgParameterProblem *problem)
{
	cleanup_buf Buf names = {0};
	cleanup_buf Buf given = {0};
	int shown = jg_problem_shown(name, length);

	utf8_put_line(&given, name, (size_t) shown);
	for (int i = 0; i < schema->n; i++)
	{
		jg_problem_consider(problem, buf_text(&given), schema->rules[i].name);
		if (i < MOST_NAMES)
			buf_printf(&names, "%s%s", i > 0 ? ", " : "", schema->rules[i].name);
	}
	if (schema->n > MOST_NAMES)
		buf_printf(&names, " and %d more", schema->n - MOST_NAMES);
	problem->unknown = true;
	jg_problem_set(problem, "there is no parameter \"%s%s\"", buf_text(&given), (size_t) shown < length ? "..." : "");
	return jg_problem_detail(problem, schema->n > 0 ? "Parameters are %s." : "The job takes none.", buf_text(&names));
}

static bool
refuse_value(const JgParameterRule *rule, const JsonDoc *doc, JsonNode value, JgParameterProblem *problem)
{
	cleanup_buf Buf words = {0};
	cleanup_buf Buf given = {0};
	int shown;

	memcpy(problem->name, rule->name, sizeof(problem->name));
	jg_rule_words(rule, &words);
	jg_problem_detail(problem, "It is %s.", buf_text(&words));
	if (rule->secret)
		return jg_problem_set(problem, "parameter \"%s\" is not a reference to a secret", rule->name);
	jg_rule_put_value(doc, value, &given);
	shown = jg_problem_shown(buf_text(&given), given.len);
	return jg_problem_set(problem, "parameter \"%s\" cannot be %.*s%s", rule->name, shown, buf_text(&given),
						  (size_t) shown < given.len ? "..." : "");
}

static bool
refuse_missing(const JgParameterRule *rule, JgParameterProblem *problem)
{
	cleanup_buf Buf words = {0};

	memcpy(problem->name, rule->name, sizeof(problem->name));
	jg_problem_set(problem, "parameter \"%s\" is missing", rule->name);
	jg_rule_words(rule, &words);
	return jg_problem_detail(problem, "It is required, and is %s.", buf_text(&words));
}

/* Marks what is there, by the rules' numbers. */
static bool
check_given(const JgParameterSchema *schema, const JsonDoc *doc, bool *there, JgParameterProblem *problem)
{
	for (JsonNode key = json_first(doc, json_root(doc)); key != JSON_ABSENT; key = json_next(doc, key))
	{
		cleanup_buf Buf name = {0};
		const JgParameterRule *rule;
		Err e;

		if (json_get_string(doc, key, &name, &e) < 0)
		{
			jg_problem_set(problem, "parameters: %s", e.message);
			return jg_problem_detail(problem, "It is the name of a parameter.");
		}
		rule = jg_schema_rule(schema, buf_text(&name), name.len);
		if (rule == NULL)
			return refuse_unknown(schema, buf_text(&name), name.len, problem);
		if (!jg_rule_allows(rule, schema->patterns, doc, json_value(doc, key)))
			return refuse_value(rule, doc, json_value(doc, key), problem);
		there[rule - schema->rules] = true;
	}
	return true;
}

bool
jg_parameters_check(const JgParameterSchema *schema, const char *text, size_t length, bool complete,
					JgParameterProblem *problem)
{
	cleanup_json JsonDoc *doc = NULL;
	bool there[JG_SCHEMA_PARAMETERS] = {false};

	*problem = (JgParameterProblem){0};
	doc = read(text, length, problem);
	if (doc == NULL || !check_given(schema, doc, there, problem))
		return false;
	for (int i = 0; i < schema->n && complete; i++)
		if (schema->rules[i].required && !there[i] && schema->rules[i].standard == JSON_ABSENT)
			return refuse_missing(&schema->rules[i], problem);
	return true;
}

static void
put_member(const JgParameterRule *rule, Buf *out)
{
	buf_puts(out, out->data[out->len - 1] == '{' ? "" : ", ");
	json_quote(out, rule->name, strlen(rule->name));
	buf_puts(out, ": ");
}

void
jg_parameters_defaults(const JgParameterSchema *schema, Buf *out)
{
	buf_putc(out, '{');
	for (int i = 0; i < schema->n; i++)
		if (schema->rules[i].standard != JSON_ABSENT)
		{
			put_member(&schema->rules[i], out);
			jg_rule_put_value(schema->doc, schema->rules[i].standard, out);
		}
	buf_putc(out, '}');
}

bool
jg_parameters_example(const JgParameterSchema *schema, const char *text, size_t length, bool complete, const char *name,
					  Buf *out)
{
	cleanup_json JsonDoc *doc = NULL;
	JgParameterProblem ignored = {0};

	doc = read(text, length, &ignored);
	if (doc == NULL)
		return false;
	buf_putc(out, '{');
	for (int i = 0; i < schema->n; i++)
	{
		const JgParameterRule *rule = &schema->rules[i];
		bool missing = complete && rule->required && rule->standard == JSON_ABSENT &&
					   json_member(doc, json_root(doc), rule->name) == JSON_ABSENT;

		if (!missing && strcmp(rule->name, name) != 0)
			continue;
		put_member(rule, out);
		if (!jg_rule_example(rule, out))
			return false;
	}
	buf_putc(out, '}');
	return true;
}
