/*
 * json.h - JSON reader (jsmn behind a validator) and a string escaper.
 *
 * jsmn finds tokens but accepts nonsense such as {"a":1,} or [1 2], so a text is
 * first walked by a strict, non-recursive grammar check that also enforces the
 * caller's caps.  Getters check the type they are asked for and never trust a
 * token's shape.  The root must be an object or an array.
 */
#ifndef JOBGRID_JSON_H
#define JOBGRID_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

typedef struct JsonDoc JsonDoc;
typedef int JsonNode; /* JSON_ABSENT or a place in its document */

#define JSON_ABSENT (-1)

typedef enum JsonType
{
	JSON_NONE, /* absent */
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_OBJECT,
	JSON_ARRAY
} JsonType;

typedef struct JsonCaps
{
	size_t bytes;
	size_t tokens;
	size_t depth; /* at most 64 */
} JsonCaps;

/* The text must live as long as the document. NULL on failure. */
JsonDoc *json_parse(const char *text, size_t len, const JsonCaps *caps, Err *e);
void json_free(JsonDoc *doc);

JsonNode json_root(const JsonDoc *doc);
JsonType json_type(const JsonDoc *doc, JsonNode node);
const char *json_type_name(JsonType type);

/* Walk a container: elements of an array, keys of an object. */
JsonNode json_first(const JsonDoc *doc, JsonNode container);
JsonNode json_next(const JsonDoc *doc, JsonNode node);
JsonNode json_value(const JsonDoc *doc, JsonNode key);
JsonNode json_member(const JsonDoc *doc, JsonNode object, const char *name);

/* The text as written; for a string without its quotes, escapes untouched. */
void json_raw(const JsonDoc *doc, JsonNode node, const char **text, size_t *len);

/* Appends the decoded string. Fails for other types and for lone surrogates. */
int json_get_string(const JsonDoc *doc, JsonNode node, Buf *out, Err *e);
int json_get_int(const JsonDoc *doc, JsonNode node, int64_t min, int64_t max, int64_t *value, Err *e);
int json_get_bool(const JsonDoc *doc, JsonNode node, bool *value, Err *e);

/* Appends text as a quoted JSON string; bytes that are not UTF-8 become U+FFFD. */
void json_quote(Buf *out, const char *text, size_t len);

static inline void
json_free_pointer(JsonDoc **doc)
{
	json_free(*doc);
}

#define cleanup_json __attribute__((cleanup(json_free_pointer)))

#endif
