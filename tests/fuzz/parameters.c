/*
 * Rules of parameters in the first line, parameters after it: any bytes are read or refused in one piece, defaults and
 * examples obey the rules they come from, and what is refused as a secret is not repeated.
 */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/parameters/check.h"
#include "fuzz.h"
#include "utf8.h"

/* Patterns of letters and dots, which stand for any byte. */
static bool
valid(const char *pattern, char *why, size_t size)
{
	if (pattern[0] != '(')
		return true;
	strncpy(why, "It is no expression.", size - 1);
	return false;
}

static bool
matches(const char *pattern, const char *text, size_t length)
{
	if (strlen(pattern) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (pattern[i] != '.' && pattern[i] != text[i])
			return false;
	return true;
}

static const JgPatterns patterns = {valid, matches};

static void
check_problem(const JgParameterProblem *problem, bool text)
{
	if (problem->message[0] == '\0' ||
		strnlen(problem->message, sizeof(problem->message)) == sizeof(problem->message) ||
		strnlen(problem->detail, sizeof(problem->detail)) == sizeof(problem->detail) ||
		strnlen(problem->near, sizeof(problem->near)) == sizeof(problem->near) ||
		strnlen(problem->name, sizeof(problem->name)) == sizeof(problem->name))
		abort();
	/* What is text stays text. */
	if (text &&
		(!utf8_valid(problem->message, strlen(problem->message)) ||
		 !utf8_valid(problem->detail, strlen(problem->detail)) || !utf8_valid(problem->near, strlen(problem->near)) ||
		 !utf8_valid(problem->name, strlen(problem->name))))
		abort();
}

static void
check_parameters(const JgParameterSchema *schema, const char *text, size_t length, bool valid_text)
{
	cleanup_buf Buf example = {0};
	JgParameterProblem problem;
	JgParameterProblem of_example;
	const JgParameterRule *rule;

	if (jg_parameters_check(schema, text, length, true, &problem))
	{
		if (!jg_parameters_check(schema, text, length, false, &problem))
			abort();
		return;
	}
	check_problem(&problem, valid_text);
	if (problem.name[0] == '\0')
		return;
	rule = jg_schema_rule(schema, problem.name, strlen(problem.name));
	if (rule == NULL || problem.unknown)
		abort();
	if (rule->secret && strstr(problem.message, "is not a reference to a secret") == NULL &&
		strstr(problem.message, "is missing") == NULL)
		abort();
	if (valid_text && jg_parameters_example(schema, text, length, true, problem.name, &example) &&
		!jg_parameters_check(schema, buf_text(&example), example.len, false, &of_example))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	const char *line = memchr(text, '\n', size);
	size_t length = line != NULL ? (size_t) (line - text) : size;
	bool valid_text = utf8_valid(text, size);
	cleanup_buf Buf defaults = {0};
	JgParameterProblem problem;
	JgParameterSchema *schema = jg_schema_read(text, length, &patterns, &problem);

	if (schema == NULL)
	{
		check_problem(&problem, valid_text);
		return 0;
	}
	jg_parameters_defaults(schema, &defaults);
	if (valid_text && !jg_parameters_check(schema, buf_text(&defaults), defaults.len, false, &problem))
		abort();
	if (line != NULL)
		check_parameters(schema, line + 1, size - length - 1, valid_text);
	jg_schema_free(schema);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const texts[] = {
		"{\"region\": {\"type\": \"string\", \"required\": true, \"enum\": [\"EU\", \"US\"]}}\n{\"region\": \"EU\"}",
		"{\"amount\": {\"type\": \"number\", \"minimum\": -1e2, \"maximum\": 0.5}}\n{\"amount\": 0.25e1}",
		"{\"n\": {\"type\": \"integer\", \"enum\": [1, 2, 3], \"default\": 2}, \"m\": {\"type\": \"integer\", \"required\": true}}\n{}",
		"{\"day\": {\"type\": \"date\", \"minimum\": \"2024-02-29\"}}\n{\"day\": \"2026-12-31\"}",
		"{\"code\": {\"type\": \"string\", \"pattern\": \"A.C\", \"description\": \"a code\"}}\n{\"code\": \"ABC\"}",
		"{\"password\": {\"type\": \"string\", \"secret\": true, \"required\": true}}\n{\"password\": \"secret:risk-db\"}",
		"{\"o\": {\"type\": \"object\", \"default\": {\"a\": [null]}}, \"b\": {\"type\": \"boolean\"}}\n{\"b\": true}",
		"{\"l\": {\"type\": \"array\", \"default\": []}}\n{\"l\": [1, [2]], \"m\": {}}",
		"{\"r\xc3\xa9gion\": {\"type\": \"string\", \"enum\": [\"\\u00e9\", \"\xc3\xa9t\xc3\xa9\"]}}\n{\"r\\u00e9gion\": \"\xc3\xa9\"}",
	};

	if (i >= sizeof(texts) / sizeof(texts[0]))
		return false;
	buf_puts(out, texts[i]);
	return true;
}
