/* The rule for one parameter, and whether a value obeys it. Pure: no server inside. */
#ifndef JG_PARAMETERS_RULE_H
#define JG_PARAMETERS_RULE_H

#include "buf.h"
#include "json.h"
#include "problem.h"

#define JG_PATTERN_BYTES 200       /* longest pattern */
#define JG_PATTERN_TEXT_BYTES 1000 /* longest text that one is tried on */

typedef enum JgParameterType
{
	JG_PARAMETER_STRING,
	JG_PARAMETER_INTEGER,
	JG_PARAMETER_NUMBER,
	JG_PARAMETER_BOOLEAN,
	JG_PARAMETER_DATE,
	JG_PARAMETER_OBJECT,
	JG_PARAMETER_ARRAY,
	JG_PARAMETER_TYPES
} JgParameterType;

/* Regular expressions are the server's: the rules ask for them here. */
typedef struct JgPatterns
{
	/* False: why says what is wrong with the pattern. */
	bool (*valid)(const char *pattern, char *why, size_t size);
	/* Whether the text as a whole matches. */
	bool (*matches)(const char *pattern, const char *text, size_t length);
} JgPatterns;

typedef struct JgParameterRule
{
	char name[JG_PARAMETER_NAME + 1];
	JgParameterType type;
	bool required;
	bool secret;
	const JsonDoc *doc; /* of the nodes, JSON_ABSENT where there are none */
	JsonNode allowed;   /* array of the key enum */
	JsonNode minimum;
	JsonNode maximum;
	JsonNode standard; /* value of the key default */
	char pattern[JG_PATTERN_BYTES + 1];
} JgParameterRule;

extern const char *const jg_parameter_types[JG_PARAMETER_TYPES];

/* Whether the value is of the rule's type, and nothing else. */
extern bool jg_rule_is_type(const JgParameterRule *rule, const JsonDoc *doc, JsonNode value);

/* < 0, 0 or > 0 of two values of the rule's type, which is one that has an order, or a string (0 or not). */
extern int jg_rule_compare(const JgParameterRule *rule, const JsonDoc *a_doc, JsonNode a, const JsonDoc *b_doc,
						   JsonNode b);

/* Whether the value is allowed. */
extern bool jg_rule_allows(const JgParameterRule *rule, const JgPatterns *patterns, const JsonDoc *doc, JsonNode value);

/* Appends what is allowed, as the end of a sentence: a string, one of "EU", "US". */
extern void jg_rule_words(const JgParameterRule *rule, Buf *out);

/* Appends an allowed value, as JSON; false where the rule gives none away. */
extern bool jg_rule_example(const JgParameterRule *rule, Buf *out);

/* Appends the value as it is written. */
extern void jg_rule_put_value(const JsonDoc *doc, JsonNode value, Buf *out);

#endif
