/*
 * json.c - documents of tokens, read through typed getters.
 *
 * The text has passed json_check(), so jsmn's tokens should have the right
 * shape; link_tokens() proves it once, and everything after stays inside the
 * token array.  Nothing here allocates by a number read from the text.
 */
#include "json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "json_check.h"
#include "mem.h"
#include "utf8.h"

struct JsonDoc
{
	const char *text;
	int count;
	jsmntok_t *tokens;
	int *next; /* sibling of each token, or JSON_ABSENT */
};

static bool
token_inside(const JsonDoc *doc, int i, size_t len)
{
	const jsmntok_t *t = &doc->tokens[i];

	return t->start >= 0 && t->end >= t->start && (size_t) t->end <= len && t->size >= 0 && t->parent < i &&
		   (i == 0 ? t->parent == -1 : t->parent >= 0);
}

/* A key is a string under an object and has exactly one value, the token after it. */
static bool
token_fits_parent(const JsonDoc *doc, int i)
{
	const jsmntok_t *t = &doc->tokens[i];
	const jsmntok_t *parent = &doc->tokens[t->parent];

	if (parent->type == JSMN_ARRAY)
		return true;
	if (parent->type == JSMN_OBJECT)
		return t->type == JSMN_STRING && t->size == 1 && i + 1 < doc->count && doc->tokens[i + 1].parent == i;
	return parent->type == JSMN_STRING && t->parent == i - 1 && parent->parent >= 0 &&
		   doc->tokens[parent->parent].type == JSMN_OBJECT;
}

static int
link_tokens(JsonDoc *doc, size_t len, Err *e)
{
	cleanup_free int *last = mem_alloc((size_t) doc->count * sizeof(int));

	for (int i = 0; i < doc->count; i++)
	{
		int parent = doc->tokens[i].parent;

		last[i] = JSON_ABSENT;
		doc->next[i] = JSON_ABSENT;
		if (!token_inside(doc, i, len) || (i > 0 && !token_fits_parent(doc, i)))
			return err_set(e, 0, "JSON was not understood");
		if (i == 0)
			continue;
		if (last[parent] != JSON_ABSENT)
			doc->next[last[parent]] = i;
		last[parent] = i;
	}
	return 0;
}

JsonDoc *
json_parse(const char *text, size_t len, const JsonCaps *caps, Err *e)
{
	cleanup_json JsonDoc *doc = NULL;
	JsonDoc *result;
	jsmn_parser parser;
	size_t tokens = 0;

	if (len > INT_MAX || caps->tokens > INT_MAX)
	{
		err_set(e, 0, "JSON is too long");
		return NULL;
	}
	if (json_check(text, len, caps, &tokens, e) < 0)
		return NULL;
	doc = mem_zalloc(sizeof(*doc));
	doc->text = text;
	doc->tokens = mem_zalloc(tokens * sizeof(jsmntok_t));
	doc->next = mem_zalloc(tokens * sizeof(int));
	jsmn_init(&parser);
	doc->count = jsmn_parse(&parser, text, len, doc->tokens, (unsigned int) tokens);
	if (doc->count < 1 || (size_t) doc->count != tokens)
	{
		err_set(e, 0, "JSON was not understood");
		return NULL;
	}
	if (link_tokens(doc, len, e) < 0)
		return NULL;
	result = doc;
	doc = NULL;
	return result;
}

void
json_free(JsonDoc *doc)
{
	if (doc == NULL)
		return;
	mem_free(doc->tokens);
	mem_free(doc->next);
	mem_free(doc);
}

static const jsmntok_t *
token_at(const JsonDoc *doc, JsonNode node)
{
	return node >= 0 && node < doc->count ? &doc->tokens[node] : NULL;
}

JsonNode
json_root(const JsonDoc *doc)
{
	return doc->count > 0 ? 0 : JSON_ABSENT;
}

JsonType
json_type(const JsonDoc *doc, JsonNode node)
{
	const jsmntok_t *t = token_at(doc, node);

	if (t == NULL)
		return JSON_NONE;
	if (t->type == JSMN_OBJECT)
		return JSON_OBJECT;
	if (t->type == JSMN_ARRAY)
		return JSON_ARRAY;
	if (t->type == JSMN_STRING)
		return JSON_STRING;
	switch (doc->text[t->start])
	{
		case 't':
		case 'f':
			return JSON_BOOL;
		case 'n':
			return JSON_NULL;
		default:
			return JSON_NUMBER;
	}
}

const char *
json_type_name(JsonType type)
{
	static const char *const names[] = {"nothing", "null", "boolean", "number", "string", "object", "array"};

	return names[type];
}

JsonNode
json_first(const JsonDoc *doc, JsonNode container)
{
	const jsmntok_t *t = token_at(doc, container);

	if (t == NULL || (t->type != JSMN_OBJECT && t->type != JSMN_ARRAY))
		return JSON_ABSENT;
	if (container + 1 >= doc->count || doc->tokens[container + 1].parent != container)
		return JSON_ABSENT;
	return container + 1;
}

JsonNode
json_next(const JsonDoc *doc, JsonNode node)
{
	return token_at(doc, node) != NULL ? doc->next[node] : JSON_ABSENT;
}

JsonNode
json_value(const JsonDoc *doc, JsonNode key)
{
	const jsmntok_t *t = token_at(doc, key);

	if (t == NULL || t->parent < 0 || doc->tokens[t->parent].type != JSMN_OBJECT)
		return JSON_ABSENT;
	return key + 1;
}

/* Of members with one name the last counts, as in jsonb. */
JsonNode
json_member(const JsonDoc *doc, JsonNode object, const char *name)
{
	JsonNode found = JSON_ABSENT;

	if (json_type(doc, object) != JSON_OBJECT)
		return JSON_ABSENT;
	for (JsonNode key = json_first(doc, object); key != JSON_ABSENT; key = json_next(doc, key))
	{
		cleanup_buf Buf decoded = {0};
		Err ignored;

		if (json_get_string(doc, key, &decoded, &ignored) == 0 && decoded.len == strlen(name) &&
			memcmp(buf_text(&decoded), name, decoded.len) == 0)
			found = json_value(doc, key);
	}
	return found;
}

void
json_raw(const JsonDoc *doc, JsonNode node, const char **text, size_t *len)
{
	const jsmntok_t *t = token_at(doc, node);

	*text = t != NULL ? doc->text + t->start : "";
	*len = t != NULL ? (size_t) (t->end - t->start) : 0;
}

static int
wrong_type(const JsonDoc *doc, JsonNode node, JsonType wanted, Err *e)
{
	return err_set(e, 0, "%s expected, %s found", json_type_name(wanted), json_type_name(json_type(doc, node)));
}

static uint32_t
read_hex4(const char *p)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
	{
		char c = p[i];

		value = value << 4 | (uint32_t) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

static void
put_utf8(Buf *out, uint32_t c)
{
	if (c < 0x80)
	{
		buf_putc(out, (char) c);
		return;
	}
	if (c < 0x800)
		buf_putc(out, (char) (0xc0 | c >> 6));
	else
	{
		if (c < 0x10000)
			buf_putc(out, (char) (0xe0 | c >> 12));
		else
		{
			buf_putc(out, (char) (0xf0 | c >> 18));
			buf_putc(out, (char) (0x80 | (c >> 12 & 0x3f)));
		}
		buf_putc(out, (char) (0x80 | (c >> 6 & 0x3f)));
	}
	buf_putc(out, (char) (0x80 | (c & 0x3f)));
}

/* p is after "\u"; json_check() has seen four digits. Returns bytes used, < 0 on a lone surrogate. */
static int
decode_unicode(const char *p, size_t left, Buf *out, Err *e)
{
	uint32_t c = read_hex4(p);
	uint32_t low;

	if (c < 0xd800 || c > 0xdfff)
	{
		put_utf8(out, c);
		return 4;
	}
	if (c > 0xdbff || left < 10 || p[4] != '\\' || p[5] != 'u')
		return err_set(e, 0, "string has half a surrogate pair");
	low = read_hex4(p + 6);
	if (low < 0xdc00 || low > 0xdfff)
		return err_set(e, 0, "string has half a surrogate pair");
	put_utf8(out, 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
	return 10;
}

int
json_get_string(const JsonDoc *doc, JsonNode node, Buf *out, Err *e)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *p;
	size_t len;

	if (json_type(doc, node) != JSON_STRING)
		return wrong_type(doc, node, JSON_STRING, e);
	json_raw(doc, node, &p, &len);
	buf_reserve(out, len);
	for (size_t i = 0; i < len;)
	{
		size_t plain = 0;

		while (i + plain < len && p[i + plain] != '\\')
			plain++;
		buf_append(out, p + i, plain);
		i += plain;
		if (i + 1 >= len)
			break;
		if (p[i + 1] == 'u')
		{
			int used = len - i >= 6 ? decode_unicode(p + i + 2, len - i - 2, out, e) : -1;

			if (used < 0)
				return -1;
			i += 2 + (size_t) used;
		}
		else
		{
			const char *known = strchr(from, p[i + 1]);

			buf_putc(out, known != NULL ? to[known - from] : p[i + 1]);
			i += 2;
		}
	}
	return 0;
}

int
json_get_int(const JsonDoc *doc, JsonNode node, int64_t min, int64_t max, int64_t *value, Err *e)
{
	const char *text;
	size_t len;
	char digits[32];
	char *end;
	long long parsed;

	if (json_type(doc, node) != JSON_NUMBER)
		return wrong_type(doc, node, JSON_NUMBER, e);
	json_raw(doc, node, &text, &len);
	if (len >= sizeof(digits))
		return err_set(e, 0, "number is out of range");
	memcpy(digits, text, len);
	digits[len] = '\0';
	errno = 0;
	parsed = strtoll(digits, &end, 10);
	if (*end != '\0')
		return err_set(e, 0, "whole number expected, %s found", digits);
	if (errno != 0 || parsed < min || parsed > max)
		return err_set(e, 0, "%s is not between %lld and %lld", digits, (long long) min, (long long) max);
	*value = parsed;
	return 0;
}

int
json_get_bool(const JsonDoc *doc, JsonNode node, bool *value, Err *e)
{
	const char *text;
	size_t len;

	if (json_type(doc, node) != JSON_BOOL)
		return wrong_type(doc, node, JSON_BOOL, e);
	json_raw(doc, node, &text, &len);
	*value = text[0] == 't';
	return 0;
}

void
json_quote(Buf *out, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *) text;

	buf_putc(out, '"');
	for (size_t i = 0; i < len;)
	{
		size_t n = utf8_length(text + i, len - i);

		if (n == 0)
			buf_puts(out, "\\ufffd");
		else if (p[i] == '"' || p[i] == '\\')
			buf_printf(out, "\\%c", p[i]);
		else if (p[i] == '\n')
			buf_puts(out, "\\n");
		else if (p[i] == '\t')
			buf_puts(out, "\\t");
		else if (p[i] < 0x20 || p[i] == 0x7f)
			buf_printf(out, "\\u%04x", p[i]);
		else
			buf_append(out, p + i, n);
		i += n > 0 ? n : 1;
	}
	buf_putc(out, '"');
}
