/*
 * The rules for the parameters of a job.
 *
 * A key that is misspelt would be a rule that nobody keeps, so that whatever is not known is refused, as is what cannot
 * be meant: a limit of a boolean, a default that its own rule refuses. What is read is within bounds: the text's length
 * and depth, how many parameters, how many values of an enum.
 */
#include "schema.h"

#include <string.h>

#include "mem.h"

#define MOST_TOKENS 32768
#define MOST_DEPTH 32 /* of a default, mostly */

#define OF_STRING (1u << JG_PARAMETER_STRING)
#define OF_NUMBERS (1u << JG_PARAMETER_INTEGER | 1u << JG_PARAMETER_NUMBER)
#define OF_DATE (1u << JG_PARAMETER_DATE)
#define OF_ALL ((1u << JG_PARAMETER_TYPES) - 1)

typedef enum Key
{
	TYPE,
	REQUIRED,
	ENUM,
	MINIMUM,
	MAXIMUM,
	PATTERN,
	DEFAULT,
	SECRET,
	DESCRIPTION,
	KEYS
} Key;

typedef struct KeyRule
{
	const char *name;
	unsigned types;   /* of parameters that may have it */
	bool of_secrets;  /* may have it as well */
	JsonType is;      /* JSON_NONE: what the parameter is */
	const char *such; /* how the detail says it */
} KeyRule;

static const KeyRule key_rules[KEYS] = {
	[TYPE] = {"type", OF_ALL, true, JSON_STRING, "It is the name of a type, such as \"string\"."},
	[REQUIRED] = {"required", OF_ALL, true, JSON_BOOL, "It is true or false."},
	[ENUM] = {"enum", OF_STRING | OF_NUMBERS | OF_DATE, false, JSON_ARRAY,
			  "It is a list of the values that are allowed."},
	[MINIMUM] = {"minimum", OF_NUMBERS | OF_DATE, false, JSON_NONE, NULL},
	[MAXIMUM] = {"maximum", OF_NUMBERS | OF_DATE, false, JSON_NONE, NULL},
	[PATTERN] = {"pattern", OF_STRING, false, JSON_STRING, "It is a regular expression."},
	[DEFAULT] = {"default", OF_ALL, true, JSON_NONE, NULL},
	[SECRET] = {"secret", OF_STRING, true, JSON_BOOL, "It is true or false."},
	[DESCRIPTION] = {"description", OF_ALL, true, JSON_STRING, "It is a text for people."},
};

/* One rule while it is read. */
typedef struct Reader
{
	const JgParameterSchema *schema;
	JgParameterRule *rule;
	JsonNode keys[KEYS];
	JgParameterProblem *problem;
} Reader;

static bool
list_types(JgParameterProblem *problem, unsigned types, const char *before)
{
	cleanup_buf Buf out = {0};

	for (int type = 0; type < JG_PARAMETER_TYPES; type++)
		if (types & 1u << type)
			buf_printf(&out, "%s%s", out.len > 0 ? ", " : "", jg_parameter_types[type]);
	return jg_problem_detail(problem, "%s %s.", before, buf_text(&out));
}

/* What the key is, is not what it has to be. */
static bool
refuse_key(Reader *reader, Key key, const char *detail)
{
	cleanup_buf Buf value = {0};
	int shown;

	jg_rule_put_value(reader->schema->doc, reader->keys[key], &value);
	shown = jg_problem_shown(buf_text(&value), value.len);
	jg_problem_set(reader->problem, "parameter \"%s\": %s cannot be %.*s%s", reader->rule->name, key_rules[key].name,
				   shown, buf_text(&value), (size_t) shown < value.len ? "..." : "");
	return jg_problem_detail(reader->problem, "%s", detail);
}

static bool
refuse_value(Reader *reader, Key key)
{
	cleanup_buf Buf words = {0};

	if (reader->rule->secret)
	{
		jg_problem_set(reader->problem, "parameter \"%s\": %s is not a reference to a secret", reader->rule->name,
					   key_rules[key].name);
		return jg_problem_detail(reader->problem, "The database never holds the value of a secret.");
	}
	buf_puts(&words, key == ENUM ? "Each of its values is " : "It is ");
	jg_rule_words(reader->rule, &words);
	buf_putc(&words, '.');
	return refuse_key(reader, key, buf_text(&words));
}

/* --- one rule --- */

static bool
find_keys(Reader *reader, JsonNode rules)
{
	const JsonDoc *doc = reader->schema->doc;

	for (int key = 0; key < KEYS; key++)
		reader->keys[key] = json_member(doc, rules, key_rules[key].name);
	for (JsonNode node = json_first(doc, rules); node != JSON_ABSENT; node = json_next(doc, node))
	{
		cleanup_buf Buf name = {0};
		Err ignored;
		bool known = false;

		json_get_string(doc, node, &name, &ignored);
		for (int key = 0; key < KEYS && !known; key++)
			known = strcmp(buf_text(&name), key_rules[key].name) == 0;
		if (known)
			continue;
		for (int key = 0; key < KEYS; key++)
			jg_problem_consider(reader->problem, buf_text(&name), key_rules[key].name);
		jg_problem_set(reader->problem, "parameter \"%s\": there is no key \"%.*s\"", reader->rule->name,
					   jg_problem_shown(buf_text(&name), name.len), buf_text(&name));
		return jg_problem_detail(
			reader->problem, "Keys are type, required, enum, minimum, maximum, pattern, default, secret, description.");
	}
	return true;
}

static bool
read_type(Reader *reader)
{
	cleanup_buf Buf name = {0};
	Err ignored;

	if (reader->keys[TYPE] == JSON_ABSENT)
	{
		jg_problem_set(reader->problem, "parameter \"%s\" has no type", reader->rule->name);
		return list_types(reader->problem, OF_ALL, "Types are");
	}
	if (json_type(reader->schema->doc, reader->keys[TYPE]) == JSON_STRING &&
		json_get_string(reader->schema->doc, reader->keys[TYPE], &name, &ignored) == 0)
		for (int type = 0; type < JG_PARAMETER_TYPES; type++)
			if (strcmp(buf_text(&name), jg_parameter_types[type]) == 0)
			{
				reader->rule->type = (JgParameterType) type;
				return true;
			}
	for (int type = 0; type < JG_PARAMETER_TYPES && name.len > 0; type++)
		jg_problem_consider(reader->problem, buf_text(&name), jg_parameter_types[type]);
	refuse_key(reader, TYPE, "");
	return list_types(reader->problem, OF_ALL, "Types are");
}

/* Each key has the JSON type that it needs, and is of a parameter that may have it. */
static bool
check_keys(Reader *reader)
{
	JgParameterRule *rule = reader->rule;
	const JsonDoc *doc = reader->schema->doc;
	Err ignored;

	for (int key = 0; key < KEYS; key++)
	{
		if (reader->keys[key] == JSON_ABSENT)
			continue;
		if (!(key_rules[key].types & 1u << rule->type))
		{
			jg_problem_set(reader->problem, "parameter \"%s\": %s is not of type %s", rule->name, key_rules[key].name,
						   jg_parameter_types[rule->type]);
			return list_types(reader->problem, key_rules[key].types, "Parameters that may have it are of type");
		}
		if (key_rules[key].is != JSON_NONE && json_type(doc, reader->keys[key]) != key_rules[key].is)
			return refuse_key(reader, (Key) key, key_rules[key].such);
	}
	if (reader->keys[REQUIRED] != JSON_ABSENT)
		json_get_bool(doc, reader->keys[REQUIRED], &rule->required, &ignored);
	if (reader->keys[SECRET] != JSON_ABSENT)
		json_get_bool(doc, reader->keys[SECRET], &rule->secret, &ignored);
	for (int key = 0; key < KEYS && rule->secret; key++)
		if (reader->keys[key] != JSON_ABSENT && !key_rules[key].of_secrets)
		{
			jg_problem_set(reader->problem, "parameter \"%s\": a secret has no %s", rule->name, key_rules[key].name);
			return jg_problem_detail(reader->problem,
									 "What is given is its name, and the database never sees its value.");
		}
	return true;
}

static bool
read_texts(Reader *reader)
{
	cleanup_buf Buf text = {0};
	char why[200] = "";
	Err e;

	if (reader->keys[DESCRIPTION] != JSON_ABSENT)
	{
		if (json_get_string(reader->schema->doc, reader->keys[DESCRIPTION], &text, &e) < 0 ||
			text.len > JG_SCHEMA_DESCRIPTION)
		{
			refuse_key(reader, DESCRIPTION, "");
			return jg_problem_detail(reader->problem, "It is a text of at most %d bytes.", JG_SCHEMA_DESCRIPTION);
		}
		buf_reset(&text);
	}
	if (reader->keys[PATTERN] == JSON_ABSENT)
		return true;
	if (json_get_string(reader->schema->doc, reader->keys[PATTERN], &text, &e) < 0 || text.len == 0 ||
		text.len > JG_PATTERN_BYTES || memchr(text.data, '\0', text.len) != NULL)
	{
		refuse_key(reader, PATTERN, "");
		return jg_problem_detail(reader->problem, "It is a regular expression of 1 to %d bytes.", JG_PATTERN_BYTES);
	}
	if (!reader->schema->patterns->valid(buf_text(&text), why, sizeof(why)))
		return refuse_key(reader, PATTERN, why);
	memcpy(reader->rule->pattern, buf_text(&text), text.len + 1);
	return true;
}

static bool
read_enum(Reader *reader)
{
	JgParameterRule *rule = reader->rule;
	const JsonDoc *doc = reader->schema->doc;
	int n = 0;

	if (reader->keys[ENUM] == JSON_ABSENT)
		return true;
	for (JsonNode entry = json_first(doc, reader->keys[ENUM]); entry != JSON_ABSENT; entry = json_next(doc, entry))
	{
		if (!jg_rule_allows(rule, reader->schema->patterns, doc, entry))
			return refuse_value(reader, ENUM);
		n++;
	}
	if (n < 1 || n > JG_SCHEMA_ENUM)
	{
		jg_problem_set(reader->problem, "parameter \"%s\": enum has %d values", rule->name, n);
		return jg_problem_detail(reader->problem, "It has 1 to %d.", JG_SCHEMA_ENUM);
	}
	rule->allowed = reader->keys[ENUM];
	return true;
}

static bool
read_range(Reader *reader)
{
	JgParameterRule *rule = reader->rule;
	const JsonDoc *doc = reader->schema->doc;

	for (Key key = MINIMUM; key <= MAXIMUM; key++)
		if (reader->keys[key] != JSON_ABSENT && !jg_rule_is_type(rule, doc, reader->keys[key]))
			return refuse_value(reader, key);
	if (reader->keys[MINIMUM] != JSON_ABSENT && reader->keys[MAXIMUM] != JSON_ABSENT &&
		jg_rule_compare(rule, doc, reader->keys[MINIMUM], doc, reader->keys[MAXIMUM]) > 0)
		return refuse_key(reader, MINIMUM, "It is more than maximum: no value is allowed.");
	rule->minimum = reader->keys[MINIMUM];
	rule->maximum = reader->keys[MAXIMUM];
	return true;
}

/* Each step may rely on those before it: values of an enum obey the range and the pattern, a default obeys all. */
static bool
read_rule(Reader *reader, JsonNode rules)
{
	if (json_type(reader->schema->doc, rules) != JSON_OBJECT)
	{
		jg_problem_set(reader->problem, "parameter \"%s\": its rules are not a JSON object", reader->rule->name);
		return jg_problem_detail(reader->problem, "They are such as {\"type\": \"string\", \"required\": true}.");
	}
	if (!find_keys(reader, rules) || !read_type(reader) || !check_keys(reader) || !read_texts(reader) ||
		!read_range(reader) || !read_enum(reader))
		return false;
	if (reader->keys[DEFAULT] != JSON_ABSENT &&
		!jg_rule_allows(reader->rule, reader->schema->patterns, reader->schema->doc, reader->keys[DEFAULT]))
		return refuse_value(reader, DEFAULT);
	reader->rule->standard = reader->keys[DEFAULT];
	return true;
}

/* --- the whole --- */

static bool
read_name(const JgParameterSchema *schema, JsonNode node, JgParameterRule *rule, JgParameterProblem *problem)
{
	cleanup_buf Buf name = {0};
	bool valid;
	Err ignored;

	valid = json_get_string(schema->doc, node, &name, &ignored) == 0 && name.len > 0 && name.len <= JG_PARAMETER_NAME;
	for (size_t i = 0; i < name.len && valid; i++)
		valid = (unsigned char) name.data[i] >= ' ' && name.data[i] != 0x7f;
	if (!valid)
	{
		const char *text;
		size_t length;

		json_raw(schema->doc, node, &text, &length);
		jg_problem_set(problem, "\"%.*s\" cannot be the name of a parameter", jg_problem_shown(text, length), text);
		return jg_problem_detail(problem, "A name has 1 to %d bytes and no control characters.", JG_PARAMETER_NAME);
	}
	if (jg_schema_rule(schema, buf_text(&name), name.len) != NULL)
		return jg_problem_set(problem, "parameter \"%s\" has rules twice", buf_text(&name));
	memcpy(rule->name, buf_text(&name), name.len + 1);
	return true;
}

static bool
read_all(JgParameterSchema *schema, JgParameterProblem *problem)
{
	JsonNode root = json_root(schema->doc);
	int count = 0;

	if (json_type(schema->doc, root) != JSON_OBJECT)
		return jg_problem_set(problem, "it is not a JSON object");
	for (JsonNode key = json_first(schema->doc, root); key != JSON_ABSENT; key = json_next(schema->doc, key))
		count++;
	if (count > JG_SCHEMA_PARAMETERS)
		return jg_problem_set(problem, "%d parameters are more than %d", count, JG_SCHEMA_PARAMETERS);
	schema->rules = mem_zalloc((size_t) (count > 0 ? count : 1) * sizeof(JgParameterRule));
	for (JsonNode key = json_first(schema->doc, root); key != JSON_ABSENT; key = json_next(schema->doc, key))
	{
		JgParameterRule *rule = &schema->rules[schema->n];
		Reader reader = {.schema = schema, .rule = rule, .problem = problem};

		rule->doc = schema->doc;
		rule->allowed = rule->minimum = rule->maximum = rule->standard = JSON_ABSENT;
		if (!read_name(schema, key, rule, problem))
			return false;
		if (!read_rule(&reader, json_value(schema->doc, key)))
		{
			memcpy(problem->name, rule->name, sizeof(problem->name));
			return false;
		}
		schema->n++;
	}
	return true;
}

JgParameterSchema *
jg_schema_read(const char *text, size_t length, const JgPatterns *patterns, JgParameterProblem *problem)
{
	static const JsonCaps caps = {.bytes = JG_SCHEMA_BYTES, .tokens = MOST_TOKENS, .depth = MOST_DEPTH};
	JgParameterSchema *schema = mem_zalloc(sizeof(JgParameterSchema));
	Err e;

	*problem = (JgParameterProblem){0};
	jg_problem_detail(problem, "It is a JSON object of at most %d parameters and their rules.", JG_SCHEMA_PARAMETERS);
	schema->patterns = patterns;
	schema->doc = json_parse(text, length, &caps, &e);
	if (schema->doc == NULL)
		jg_problem_set(problem, "%s", e.message);
	else if (read_all(schema, problem))
		return schema;
	jg_schema_free(schema);
	return NULL;
}

void
jg_schema_free(JgParameterSchema *schema)
{
	if (schema == NULL)
		return;
	json_free(schema->doc);
	mem_free(schema->rules);
	mem_free(schema);
}

const JgParameterRule *
jg_schema_rule(const JgParameterSchema *schema, const char *name, size_t length)
{
	for (int i = 0; i < schema->n; i++)
		if (strlen(schema->rules[i].name) == length && memcmp(schema->rules[i].name, name, length) == 0)
			return &schema->rules[i];
	return NULL;
}
