/*
 * Rules of parameters: what is refused when they are read, what values they refuse, and in which words; defaults and
 * examples. POSIX expressions stand for the server's.
 */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "../../extension/src/parameters/check.h"
#include "tap.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* --- the server's part --- */

static bool
compile(regex_t *regex, const char *pattern)
{
	char whole[JG_PATTERN_BYTES + 8];

	snprintf(whole, sizeof(whole), "^(%s)$", pattern);
	return regcomp(regex, whole, REG_EXTENDED | REG_NOSUB) == 0;
}

static bool
valid(const char *pattern, char *why, size_t size)
{
	regex_t regex;

	if (!compile(&regex, pattern))
	{
		snprintf(why, size, "It is no expression.");
		return false;
	}
	regfree(&regex);
	return true;
}

static bool
matches(const char *pattern, const char *text, size_t length)
{
	regex_t regex;
	bool found;

	if (strlen(text) != length || !compile(&regex, pattern))
		return false;
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static const JgPatterns patterns = {valid, matches};

static void
is(const char *got, const char *wanted, const char *what)
{
	if (!ok(strcmp(got, wanted) == 0, "%s: %s", what, wanted))
		printf("# got: %s\n", got);
}

/* --- schemas --- */

typedef struct SchemaCase
{
	const char *text;
	const char *message; /* NULL: it is read */
	const char *detail;
	const char *near;
} SchemaCase;

static const SchemaCase schema_cases[] = {
	{"{}", NULL, NULL, NULL},
	{"{\"a\": {\"type\": \"string\"}}", NULL, NULL, NULL},
	{"{\"a\": {\"type\": \"string\", \"required\": true, \"enum\": [\"EU\", \"US\"], \"default\": \"EU\", "
	 "\"description\": \"where\"}}",
	 NULL, NULL, NULL},
	{"{\"n\": {\"type\": \"integer\", \"minimum\": -1, \"maximum\": 12345678901234567890}}", NULL, NULL, NULL},
	{"{\"d\": {\"type\": \"date\", \"minimum\": \"2024-02-29\", \"enum\": [\"2024-03-01\"]}}", NULL, NULL, NULL},
	{"{\"s\": {\"type\": \"string\", \"secret\": true, \"default\": \"secret:db\"}}", NULL, NULL, NULL},
	{"{\"s\": {\"type\": \"string\", \"secret\": false, \"pattern\": \"[A-Z]+\"}}", NULL, NULL, NULL},
	{"{\"o\": {\"type\": \"object\", \"default\": {\"a\": [1]}}, \"l\": {\"type\": \"array\", \"default\": []}}", NULL,
	 NULL, NULL},

	{"[]", "it is not a JSON object", "It is a JSON object of at most 100 parameters and their rules.", ""},
	{"{\"a\": }", "invalid JSON at byte 6: value expected",
	 "It is a JSON object of at most 100 parameters and their rules.", ""},
	{"{\"a\": \"string\"}", "parameter \"a\": its rules are not a JSON object",
	 "They are such as {\"type\": \"string\", \"required\": true}.", ""},
	{"{\"\": {\"type\": \"string\"}}", "\"\" cannot be the name of a parameter",
	 "A name has 1 to 128 bytes and no control characters.", ""},
	{"{\"a\\tb\": {\"type\": \"string\"}}", "\"a\\tb\" cannot be the name of a parameter",
	 "A name has 1 to 128 bytes and no control characters.", ""},
	{"{\"a\": {\"type\": \"string\"}, \"\\u0061\": {\"type\": \"date\"}}", "parameter \"a\" has rules twice",
	 "It is a JSON object of at most 100 parameters and their rules.", ""},
	{"{\"a\": {}}", "parameter \"a\" has no type", "Types are string, integer, number, boolean, date, object, array.",
	 ""},
	{"{\"a\": {\"type\": \"strin\"}}", "parameter \"a\": type cannot be \"strin\"",
	 "Types are string, integer, number, boolean, date, object, array.", "string"},
	{"{\"a\": {\"type\": [\"string\"]}}", "parameter \"a\": type cannot be [\"string\"]",
	 "Types are string, integer, number, boolean, date, object, array.", ""},
	{"{\"a\": {\"type\": \"string\", \"requird\": true}}", "parameter \"a\": there is no key \"requird\"",
	 "Keys are type, required, enum, minimum, maximum, pattern, default, secret, description.", "required"},
	{"{\"a\": {\"type\": \"string\", \"Enum\": []}}", "parameter \"a\": there is no key \"Enum\"",
	 "Keys are type, required, enum, minimum, maximum, pattern, default, secret, description.", "enum"},
	{"{\"a\": {\"type\": \"string\", \"x\": 1}}", "parameter \"a\": there is no key \"x\"",
	 "Keys are type, required, enum, minimum, maximum, pattern, default, secret, description.", ""},
	{"{\"a\": {\"type\": \"string\", \"required\": \"yes\"}}", "parameter \"a\": required cannot be \"yes\"",
	 "It is true or false.", ""},
	{"{\"a\": {\"type\": \"string\", \"minimum\": 1}}", "parameter \"a\": minimum is not of type string",
	 "Parameters that may have it are of type integer, number, date.", ""},
	{"{\"a\": {\"type\": \"number\", \"pattern\": \"x\"}}", "parameter \"a\": pattern is not of type number",
	 "Parameters that may have it are of type string.", ""},
	{"{\"a\": {\"type\": \"boolean\", \"enum\": [true]}}", "parameter \"a\": enum is not of type boolean",
	 "Parameters that may have it are of type string, integer, number, date.", ""},
	{"{\"a\": {\"type\": \"integer\", \"secret\": true}}", "parameter \"a\": secret is not of type integer",
	 "Parameters that may have it are of type string.", ""},
	{"{\"a\": {\"type\": \"integer\", \"minimum\": 1.5}}", "parameter \"a\": minimum cannot be 1.5",
	 "It is an integer.", ""},
	{"{\"a\": {\"type\": \"date\", \"maximum\": \"2026-02-29\"}}", "parameter \"a\": maximum cannot be \"2026-02-29\"",
	 "It is a day (YYYY-MM-DD).", ""},
	{"{\"a\": {\"type\": \"number\", \"minimum\": 2, \"maximum\": 1.99}}", "parameter \"a\": minimum cannot be 2",
	 "It is more than maximum: no value is allowed.", ""},
	{"{\"a\": {\"type\": \"string\", \"enum\": \"EU\"}}", "parameter \"a\": enum cannot be \"EU\"",
	 "It is a list of the values that are allowed.", ""},
	{"{\"a\": {\"type\": \"string\", \"enum\": []}}", "parameter \"a\": enum has 0 values", "It has 1 to 100.", ""},
	{"{\"a\": {\"type\": \"string\", \"enum\": [\"EU\", 5]}}", "parameter \"a\": enum cannot be [\"EU\", 5]",
	 "Each of its values is a string.", ""},
	{"{\"a\": {\"type\": \"integer\", \"enum\": [1, 9], \"maximum\": 5}}", "parameter \"a\": enum cannot be [1, 9]",
	 "Each of its values is an integer of at most 5.", ""},
	{"{\"a\": {\"type\": \"string\", \"pattern\": \"(\"}}", "parameter \"a\": pattern cannot be \"(\"",
	 "It is no expression.", ""},
	{"{\"a\": {\"type\": \"string\", \"pattern\": \"\"}}", "parameter \"a\": pattern cannot be \"\"",
	 "It is a regular expression of 1 to 200 bytes.", ""},
	{"{\"a\": {\"type\": \"string\", \"description\": 5}}", "parameter \"a\": description cannot be 5",
	 "It is a text for people.", ""},
	{"{\"a\": {\"type\": \"string\", \"enum\": [\"EU\", \"US\"], \"default\": \"Asia\"}}",
	 "parameter \"a\": default cannot be \"Asia\"", "It is a string, one of \"EU\", \"US\".", ""},
	{"{\"a\": {\"type\": \"date\", \"default\": null}}", "parameter \"a\": default cannot be null",
	 "It is a day (YYYY-MM-DD).", ""},
	{"{\"a\": {\"type\": \"string\", \"secret\": true, \"default\": \"hunter2\"}}",
	 "parameter \"a\": default is not a reference to a secret", "The database never holds the value of a secret.", ""},
	{"{\"a\": {\"type\": \"string\", \"secret\": true, \"enum\": [\"hunter2\"]}}",
	 "parameter \"a\": a secret has no enum", "What is given is its name, and the database never sees its value.", ""},
};

static JgParameterSchema *
read_schema(const char *text, JgParameterProblem *problem)
{
	return jg_schema_read(text, strlen(text), &patterns, problem);
}

static void
check_schemas(void)
{
	for (size_t i = 0; i < LENGTH(schema_cases); i++)
	{
		const SchemaCase *c = &schema_cases[i];
		JgParameterProblem problem;
		JgParameterSchema *schema = read_schema(c->text, &problem);

		if (c->message == NULL)
			ok(schema != NULL, "is read: %s%s%s", c->text, schema ? "" : " # ", problem.message);
		else if (ok(schema == NULL, "is refused: %s", c->text))
		{
			is(problem.message, c->message, "  message");
			is(problem.detail, c->detail, "  detail");
			is(problem.near, c->near, "  meant");
		}
		jg_schema_free(schema);
	}
}

/* --- values --- */

#define REGION "{\"region\": {\"type\": \"string\", \"required\": true, \"enum\": [\"EU\", \"US\"]}"
#define SCHEMA                                                                                                              \
	REGION                                                                                                                  \
	", \"amount\": {\"type\": \"number\", \"minimum\": 0}, \"day\": {\"type\": \"date\", \"minimum\": \"2020-01-01\","      \
	" \"maximum\": \"2029-12-31\"}, \"n\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 10, \"default\": 5},"       \
	" \"code\": {\"type\": \"string\", \"pattern\": \"[A-Z]{3}|a.*\"}, \"dry\": {\"type\": \"boolean\"},"                   \
	" \"password\": {\"type\": \"string\", \"secret\": true}, \"o\": {\"type\": \"object\"}, \"l\": {\"type\": \"array\"}," \
	" \"max\": {\"type\": \"number\", \"maximum\": 0.1}, \"when\": {\"type\": \"date\"}}"

typedef struct ValueCase
{
	const char *text;
	const char *message; /* NULL: they fit */
	const char *detail;
	const char *near;
	const char *example; /* NULL: none */
} ValueCase;

#define IS_REGION "It is a string, one of \"EU\", \"US\"."
#define IS_DAY "It is a day (YYYY-MM-DD) from 2020-01-01 to 2029-12-31."
#define IS_N "It is an integer between 1 and 10."
#define IS_CODE "It is a string of at most 1000 bytes that matches [A-Z]{3}|a.* as a whole."
#define IS_SECRET "It is a reference, secret:NAME, to a secret that the node knows."

static const ValueCase value_cases[] = {
	{"{\"region\": \"EU\"}", NULL, NULL, NULL, NULL},
	{"{\"region\": \"\\u0045U\", \"amount\": 0, \"day\": \"2024-02-29\", \"n\": 10, \"code\": \"ABC\", \"dry\": false,"
	 " \"password\": \"secret:risk-db\", \"o\": {\"x\": [1]}, \"l\": [null], \"max\": 0.10}",
	 NULL, NULL, NULL, NULL},

	{"{}", "parameter \"region\" is missing", "It is required, and is a string, one of \"EU\", \"US\".", "",
	 "{\"region\": \"EU\"}"},
	{"{\"n\": 11}", "parameter \"n\" cannot be 11", IS_N, "", "{\"region\": \"EU\", \"n\": 5}"},
	{"{\"region\": \"Asia\"}", "parameter \"region\" cannot be \"Asia\"", IS_REGION, "", "{\"region\": \"EU\"}"},
	{"{\"region\": \"eu\"}", "parameter \"region\" cannot be \"eu\"", IS_REGION, "", "{\"region\": \"EU\"}"},
	{"{\"region\": null}", "parameter \"region\" cannot be null", IS_REGION, "", "{\"region\": \"EU\"}"},
	{"{\"region\": {\"a\": 1}}", "parameter \"region\" cannot be {\"a\": 1}", IS_REGION, "", "{\"region\": \"EU\"}"},
	{"{\"region\": \"EU\", \"regoin\": \"US\"}", "there is no parameter \"regoin\"",
	 "Parameters are region, amount, day, n, code, dry, password, o, l, max, when.", "region", NULL},
	{"{\"region\": \"EU\", \"Amount\": 1}", "there is no parameter \"Amount\"",
	 "Parameters are region, amount, day, n, code, dry, password, o, l, max, when.", "amount", NULL},
	{"{\"zebra\\n\": 1}", "there is no parameter \"zebra \"",
	 "Parameters are region, amount, day, n, code, dry, password, o, l, max, when.", "", NULL},
	{"{\"region\": \"EU\", \"amount\": -0.01}", "parameter \"amount\" cannot be -0.01", "It is a number of at least 0.",
	 "", "{\"amount\": 0}"},
	{"{\"region\": \"EU\", \"amount\": \"5\"}", "parameter \"amount\" cannot be \"5\"", "It is a number of at least 0.",
	 "", "{\"amount\": 0}"},
	{"{\"region\": \"EU\", \"max\": 0.10000000000000000001}", "parameter \"max\" cannot be 0.10000000000000000001",
	 "It is a number of at most 0.1.", "", "{\"max\": 0.1}"},
	{"{\"region\": \"EU\", \"n\": 5.0}", "parameter \"n\" cannot be 5.0", IS_N, "", "{\"n\": 5}"},
	{"{\"region\": \"EU\", \"n\": 0}", "parameter \"n\" cannot be 0", IS_N, "", "{\"n\": 5}"},
	{"{\"region\": \"EU\", \"day\": \"2019-12-31\"}", "parameter \"day\" cannot be \"2019-12-31\"", IS_DAY, "",
	 "{\"day\": \"2020-01-01\"}"},
	{"{\"region\": \"EU\", \"day\": \"2030-01-01\"}", "parameter \"day\" cannot be \"2030-01-01\"", IS_DAY, "",
	 "{\"day\": \"2020-01-01\"}"},
	{"{\"region\": \"EU\", \"day\": \"2026-02-29\"}", "parameter \"day\" cannot be \"2026-02-29\"", IS_DAY, "",
	 "{\"day\": \"2020-01-01\"}"},
	{"{\"region\": \"EU\", \"when\": \"2026-13-01\"}", "parameter \"when\" cannot be \"2026-13-01\"",
	 "It is a day (YYYY-MM-DD).", "", "{\"when\": \"2026-03-31\"}"},
	{"{\"region\": \"EU\", \"when\": \"0000-01-01\"}", "parameter \"when\" cannot be \"0000-01-01\"",
	 "It is a day (YYYY-MM-DD).", "", "{\"when\": \"2026-03-31\"}"},
	{"{\"region\": \"EU\", \"when\": \"2026-1-01\"}", "parameter \"when\" cannot be \"2026-1-01\"",
	 "It is a day (YYYY-MM-DD).", "", "{\"when\": \"2026-03-31\"}"},
	{"{\"region\": \"EU\", \"when\": 20260101}", "parameter \"when\" cannot be 20260101", "It is a day (YYYY-MM-DD).",
	 "", "{\"when\": \"2026-03-31\"}"},
	{"{\"region\": \"EU\", \"code\": \"ABCD\"}", "parameter \"code\" cannot be \"ABCD\"", IS_CODE, "", NULL},
	{"{\"region\": \"EU\", \"code\": \"xABC\"}", "parameter \"code\" cannot be \"xABC\"", IS_CODE, "", NULL},
	{"{\"region\": \"EU\", \"dry\": \"true\"}", "parameter \"dry\" cannot be \"true\"", "It is true or false.", "",
	 "{\"dry\": true}"},
	{"{\"region\": \"EU\", \"o\": []}", "parameter \"o\" cannot be []", "It is a JSON object.", "", "{\"o\": {}}"},
	{"{\"region\": \"EU\", \"l\": {}}", "parameter \"l\" cannot be {}", "It is a JSON array.", "", "{\"l\": []}"},

	/* Nothing of a value that may be a secret is said. */
	{"{\"region\": \"EU\", \"password\": \"hunter2\"}", "parameter \"password\" is not a reference to a secret",
	 IS_SECRET, "", "{\"password\": \"secret:NAME\"}"},
	{"{\"region\": \"EU\", \"password\": 4711}", "parameter \"password\" is not a reference to a secret", IS_SECRET, "",
	 "{\"password\": \"secret:NAME\"}"},
	{"{\"region\": \"EU\", \"password\": \"secret:\"}", "parameter \"password\" is not a reference to a secret",
	 IS_SECRET, "", "{\"password\": \"secret:NAME\"}"},
	{"{\"region\": \"EU\", \"password\": \"secret:a b\"}", "parameter \"password\" is not a reference to a secret",
	 IS_SECRET, "", "{\"password\": \"secret:NAME\"}"},

	{"[]", "parameters are not a JSON object",
	 "Where a job has a schema they are an object of at most 200000 values and 64 levels.", "", NULL},
	{"{\"region\": \"\\ud800\"}", "parameter \"region\" cannot be \"\\ud800\"", IS_REGION, "", "{\"region\": \"EU\"}"},
};

static void
check_case(const JgParameterSchema *schema, const ValueCase *c)
{
	JgParameterProblem problem;
	cleanup_buf Buf example = {0};
	bool has_example;

	if (c->message == NULL)
	{
		ok(jg_parameters_check(schema, c->text, strlen(c->text), true, &problem), "fits: %s", c->text);
		return;
	}
	if (!ok(!jg_parameters_check(schema, c->text, strlen(c->text), true, &problem), "is refused: %s", c->text))
		return;
	is(problem.message, c->message, "  message");
	is(problem.detail, c->detail, "  detail");
	is(problem.near, c->near, "  meant");
	if (problem.name[0] == '\0')
	{
		ok(c->example == NULL, "  about none of its parameters");
		return;
	}
	has_example = jg_parameters_example(schema, c->text, strlen(c->text), true, problem.name, &example);
	if (c->example == NULL)
		ok(!has_example, "  no example");
	else
		is(has_example ? buf_text(&example) : "none", c->example, "  example");
}

static void
check_values(void)
{
	JgParameterProblem problem;
	JgParameterSchema *schema = read_schema(SCHEMA, &problem);
	cleanup_buf Buf defaults = {0};

	if (!ok(schema != NULL, "the schema is read"))
	{
		printf("# %s %s\n", problem.message, problem.detail);
		return;
	}
	for (size_t i = 0; i < LENGTH(value_cases); i++)
		check_case(schema, &value_cases[i]);
	ok(jg_parameters_check(schema, "{}", 2, false, &problem), "what is required may be missing where not all is there");
	jg_parameters_defaults(schema, &defaults);
	is(buf_text(&defaults), "{\"n\": 5}", "defaults");
	jg_schema_free(schema);
}

static void
check_required_with_default(void)
{
	JgParameterProblem problem;
	JgParameterSchema *schema = read_schema(
		"{\"a\": {\"type\": \"string\", \"required\": true, \"default\": \"x\\\"y\"}, \"b\": {\"type\": \"object\","
		" \"default\": {\"k\": [1, \"z\"]}}}",
		&problem);
	cleanup_buf Buf defaults = {0};

	ok(jg_parameters_check(schema, "{}", 2, true, &problem), "a default is enough for what is required");
	jg_parameters_defaults(schema, &defaults);
	is(buf_text(&defaults), "{\"a\": \"x\\\"y\", \"b\": {\"k\": [1, \"z\"]}}", "defaults are as written");
	jg_schema_free(schema);
}

/* --- bounds --- */

static void
repeat(Buf *out, const char *what, int n, const char *between)
{
	for (int i = 0; i < n; i++)
		buf_printf(out, "%s%s", i > 0 ? between : "", what);
}

static void
check_schema_bounds(void)
{
	for (int over = 0; over <= 1; over++)
	{
		cleanup_buf Buf many = {0};
		cleanup_buf Buf values = {0};
		cleanup_buf Buf name = {0};
		cleanup_buf Buf pattern = {0};
		JgParameterProblem problem;
		JgParameterSchema *schema;

		buf_putc(&many, '{');
		for (int i = 0; i < JG_SCHEMA_PARAMETERS + over; i++)
			buf_printf(&many, "%s\"p%d\": {\"type\": \"date\"}", i > 0 ? ", " : "", i);
		buf_putc(&many, '}');
		schema = read_schema(buf_text(&many), &problem);
		ok((schema == NULL) == over, "%d parameters", JG_SCHEMA_PARAMETERS + over);
		jg_schema_free(schema);

		buf_puts(&values, "{\"a\": {\"type\": \"integer\", \"enum\": [");
		repeat(&values, "1", JG_SCHEMA_ENUM + over, ", ");
		buf_puts(&values, "]}}");
		schema = read_schema(buf_text(&values), &problem);
		ok((schema == NULL) == over, "%d values of an enum", JG_SCHEMA_ENUM + over);
		jg_schema_free(schema);

		buf_puts(&name, "{\"");
		repeat(&name, "n", JG_PARAMETER_NAME + over, "");
		buf_puts(&name, "\": {\"type\": \"date\"}}");
		schema = read_schema(buf_text(&name), &problem);
		ok((schema == NULL) == over, "a name of %d bytes", JG_PARAMETER_NAME + over);
		jg_schema_free(schema);

		buf_puts(&pattern, "{\"a\": {\"type\": \"string\", \"pattern\": \"");
		repeat(&pattern, "x", JG_PATTERN_BYTES + over, "");
		buf_puts(&pattern, "\"}}");
		schema = read_schema(buf_text(&pattern), &problem);
		ok((schema == NULL) == over, "a pattern of %d bytes", JG_PATTERN_BYTES + over);
		jg_schema_free(schema);
	}
}

static void
check_text_bounds(void)
{
	cleanup_buf Buf large = {0};
	JgParameterProblem problem;
	JgParameterSchema *schema;

	buf_puts(&large, "{\"a\": {\"type\": \"string\", \"default\": \"");
	repeat(&large, "x", JG_SCHEMA_BYTES, "");
	buf_puts(&large, "\"}}");
	ok(read_schema(buf_text(&large), &problem) == NULL && strstr(problem.message, "longer than 65536"),
	   "a large schema: %s", problem.message);

	schema =
		read_schema("{\"a\": {\"type\": \"string\", \"pattern\": \"x*\"}, \"l\": {\"type\": \"array\"}}", &problem);
	for (int over = 0; over <= 1; over++)
	{
		buf_reset(&large);
		buf_puts(&large, "{\"a\": \"");
		repeat(&large, "x", JG_PATTERN_TEXT_BYTES + over, "");
		buf_puts(&large, "\"}");
		ok(jg_parameters_check(schema, buf_text(&large), large.len, true, &problem) == !over,
		   "a text of %d bytes for a pattern", JG_PATTERN_TEXT_BYTES + over);
	}
	ok(strlen(problem.message) < 150 && strstr(problem.message, "xxx...") != NULL, "what is long is not repeated: %s",
	   problem.message);
	buf_reset(&large);
	buf_puts(&large, "{\"l\": ");
	repeat(&large, "[", 64, "");
	repeat(&large, "]", 64, "");
	buf_puts(&large, "}");
	ok(!jg_parameters_check(schema, buf_text(&large), large.len, true, &problem) &&
		   strstr(problem.message, "nested deeper"),
	   "what is deep: %s", problem.message);
	buf_reset(&large);
	buf_puts(&large, "{\"l\": [");
	repeat(&large, "1", 200000, ",");
	buf_puts(&large, "]}");
	ok(!jg_parameters_check(schema, buf_text(&large), large.len, true, &problem) &&
		   strstr(problem.message, "more than 200000"),
	   "what has many values: %s", problem.message);
	jg_schema_free(schema);
}

int
main(void)
{
	check_schemas();
	check_values();
	check_required_with_default();
	check_schema_bounds();
	check_text_bounds();
	return done_testing();
}
