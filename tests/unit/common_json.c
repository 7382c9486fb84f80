/*
 * The JSON reader: what it reads, all the nonsense that jsmn would let pass, the caps, strings with every escape, and
 * random damage in memory of exactly the text's length.
 */
#include "json.h"

#include <string.h>

#include "tap.h"

static const JsonCaps caps = {.bytes = 1 << 20, .tokens = 1000, .depth = 16};

/* A document over memory of exactly the text's length, so that the sanitizer sees a read past the end. */
static JsonDoc *
parse(const char *text, size_t len, char **memory, Err *e)
{
	*memory = malloc(len > 0 ? len : 1);
	memcpy(*memory, text, len);
	return json_parse(*memory, len, &caps, e);
}

static void
check_refused(void)
{
	static const char *const bad[] = {"",
									  " ",
									  "1",
									  "\"a\"",
									  "null",
									  "{",
									  "}",
									  "[",
									  "]",
									  "{]",
									  "[}",
									  "{\"a\":1,}",
									  "{\"a\"}",
									  "{\"a\":}",
									  "{\"a\" 1}",
									  "{\"a\"::1}",
									  "{:1}",
									  "{1:1}",
									  "{a:1}",
									  "{null:1}",
									  "{\"a\":1 \"b\":2}",
									  "{\"a\":1,,\"b\":2}",
									  "{,}",
									  "{\"a\":{}:1}",
									  "[1 2]",
									  "[1,]",
									  "[,1]",
									  "[,]",
									  "[1,,2]",
									  "[1:2]",
									  "{} {}",
									  "[] []",
									  "{},",
									  ":{}",
									  ",[]",
									  "[]]",
									  "{\"a\":nul}",
									  "[tru]",
									  "[truee]",
									  "[True]",
									  "[NaN]",
									  "[Infinity]",
									  "[01]",
									  "[-]",
									  "[+1]",
									  "[1.]",
									  "[.1]",
									  "[1e]",
									  "[1e+]",
									  "[1.e1]",
									  "[0x1]",
									  "[1-2]",
									  "[--1]",
									  "[\"]",
									  "[\"a]",
									  "[\"a\n\"]",
									  "[\"a\tb\"]",
									  "[\"\\x\"]",
									  "[\"\\u12\"]",
									  "[\"\\u12g4\"]",
									  "[\"\\\"]",
									  "['a']",
									  "[\"a\" \"b\"]",
									  "[\"a\"1]",
									  "[1\"a\"]",
									  "[[1]2]",
									  "{\"a\":[}",
									  "[{\"a\":1]}",
									  "/* */[]",
									  "[1]//",
									  "[1;2]",
									  "{{}}",
									  "{[]}",
									  "{\"a\":1}}",
									  "[\"a\":1]",
									  "{\"a\",\"b\"}",
									  "{\"a\":\"b\":\"c\"}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		char *memory;
		Err e = {.message = "read"};
		JsonDoc *doc = parse(bad[i], strlen(bad[i]), &memory, &e);

		ok(doc == NULL, "refused, case %zu: %s", i, e.message);
		json_free(doc);
		free(memory);
	}
	{
		char *memory;
		Err e;

		ok(parse("[1]\0", 4, &memory, &e) == NULL, "a NUL after the end is refused");
		free(memory);
		ok(parse("[\0]", 3, &memory, &e) == NULL, "a NUL inside is refused");
		free(memory);
	}
}

static bool
root_string_is(const char *text, const char *expected, size_t len)
{
	char *memory;
	Err e = {.message = ""};
	JsonDoc *doc = parse(text, strlen(text), &memory, &e);
	cleanup_buf Buf out = {0};
	bool good = doc != NULL && json_get_string(doc, json_first(doc, json_root(doc)), &out, &e) == 0 && out.len == len &&
				memcmp(buf_text(&out), expected, len) == 0;

	if (!good)
		printf("# %s: %s\n", text, e.message);
	json_free(doc);
	free(memory);
	return good;
}

static void
check_strings(void)
{
	ok(root_string_is("[\"\"]", "", 0), "an empty string");
	ok(root_string_is("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "\"\\/\b\f\n\r\t", 8), "short escapes");
	ok(root_string_is("[\"a\\u0000b\"]", "a\0b", 3), "a NUL");
	ok(root_string_is("[\"\\u00e9\\u20AC\\uffff\"]", "\303\251\342\202\254\357\277\277", 8),
	   "characters of two and three bytes");
	ok(root_string_is("[\"\\ud83d\\ude00\\uDBFF\\uDFFF\"]", "\360\237\230\200\364\217\277\277", 8), "surrogate pairs");
	ok(root_string_is("[\"\303\251\\u0041\"]", "\303\251A", 3), "plain and escaped");
	ok(!root_string_is("[\"\\ud83d\"]", "", 0), "half a pair is refused");
	ok(!root_string_is("[\"\\ude00\\ud83d\"]", "", 0), "a pair the wrong way round is refused");
	ok(!root_string_is("[\"\\ud83dx\\ude00\"]", "", 0), "a pair with something between is refused");
	ok(!root_string_is("[\"\\ud83d\\u0041\"]", "", 0), "half a pair before a letter is refused");
	ok(!root_string_is("[1]", "1", 1), "a number is no string");
	ok(!root_string_is("[]", "", 0), "nothing is no string");
}

static void
check_reading(void)
{
	static const char text[] =
		"{\"a\": {\"b\": [1, true, null, \"x\", {\"c\": -2}, []], \"a\": 5}, \"n\": 9223372036854775807, \"f\": 1.5,"
		" \"e\": 1e3, \"big\": 9223372036854775808, \"t\": true, \"\\u0061b\": 6, \"d\": 1, \"d\": 2}";
	char *memory;
	Err e = {.message = ""};
	JsonDoc *doc = parse(text, strlen(text), &memory, &e);
	JsonNode root;
	JsonNode b;
	JsonNode node;
	JsonType types[] = {JSON_NUMBER, JSON_BOOL, JSON_NULL, JSON_STRING, JSON_OBJECT, JSON_ARRAY};
	size_t n = 0;
	int64_t number;
	bool flag;

	if (!ok(doc != NULL, "a document is read: %s", e.message))
	{
		free(memory);
		return;
	}
	root = json_root(doc);
	b = json_member(doc, json_member(doc, root, "a"), "b");
	ok(json_type(doc, b) == JSON_ARRAY, "a member of a member");
	for (node = json_first(doc, b); node != JSON_ABSENT; node = json_next(doc, node))
	{
		ok(n < 6 && json_type(doc, node) == types[n], "element %zu is a %s", n, json_type_name(json_type(doc, node)));
		n++;
	}
	ok(n == 6, "and no more");
	ok(json_get_int(doc, json_member(doc, root, "n"), 0, INT64_MAX, &number, &e) == 0 && number == INT64_MAX,
	   "the largest number");
	ok(json_get_int(doc, json_member(doc, root, "n"), 0, 5, &number, &e) < 0, "out of the caller's range: %s",
	   e.message);
	ok(json_get_int(doc, json_member(doc, root, "big"), 0, INT64_MAX, &number, &e) < 0, "out of range: %s", e.message);
	ok(json_get_int(doc, json_member(doc, root, "f"), 0, 9, &number, &e) < 0, "a fraction is no whole number: %s",
	   e.message);
	ok(json_get_int(doc, json_member(doc, root, "e"), 0, 9999, &number, &e) < 0, "an exponent is no whole number: %s",
	   e.message);
	ok(json_get_int(doc, json_member(doc, root, "t"), 0, 9, &number, &e) < 0, "a boolean is no number: %s", e.message);
	ok(json_get_bool(doc, json_member(doc, root, "t"), &flag, &e) == 0 && flag, "a boolean");
	ok(json_get_bool(doc, json_member(doc, root, "none"), &flag, &e) < 0, "which is not there: %s", e.message);
	ok(json_get_int(doc, json_member(doc, root, "ab"), 0, 9, &number, &e) == 0 && number == 6, "a name with an escape");
	ok(json_get_int(doc, json_member(doc, root, "d"), 0, 9, &number, &e) == 0 && number == 2,
	   "of two members with one name the last");
	ok(json_member(doc, b, "c") == JSON_ABSENT && json_member(doc, JSON_ABSENT, "c") == JSON_ABSENT &&
		   json_first(doc, json_member(doc, root, "n")) == JSON_ABSENT && json_value(doc, b) == JSON_ABSENT &&
		   json_type(doc, 99999) == JSON_NONE && json_next(doc, -7) == JSON_ABSENT,
	   "what is not there is not found");
	json_free(doc);
	free(memory);
}

static bool
repeated_is_read(const char *open, const char *middle, const char *close, size_t times)
{
	cleanup_buf Buf text = {0};
	JsonDoc *doc;
	Err e;
	bool result;

	for (size_t i = 0; i < times; i++)
		buf_puts(&text, open);
	buf_puts(&text, middle);
	for (size_t i = 0; i < times; i++)
		buf_puts(&text, close);
	doc = json_parse(buf_text(&text), text.len, &caps, &e);
	result = doc != NULL;
	json_free(doc);
	return result;
}

static void
check_caps(void)
{
	JsonCaps deep = {.bytes = 1 << 20, .tokens = 1 << 20, .depth = 1000};
	cleanup_buf Buf text = {0};
	Err e;

	ok(repeated_is_read("[", "", "]", 16) && !repeated_is_read("[", "", "]", 17), "depth, arrays");
	ok(repeated_is_read("{\"a\":", "1", "}", 16) && !repeated_is_read("{\"a\":", "1", "}", 17), "depth, objects");
	for (int i = 0; i < 65; i++)
		buf_putc(&text, '[');
	ok(json_parse(buf_text(&text), text.len, &deep, &e) == NULL, "never deeper than 64: %s", e.message);
	buf_reset(&text);
	buf_puts(&text, "[1");
	for (int i = 0; i < 998; i++)
		buf_puts(&text, ",1");
	buf_puts(&text, "]");
	{
		JsonDoc *doc = json_parse(buf_text(&text), text.len, &caps, &e);

		ok(doc != NULL, "1000 values");
		json_free(doc);
	}
	text.len--;
	buf_puts(&text, ",1]");
	ok(json_parse(buf_text(&text), text.len, &caps, &e) == NULL, "1001 values: %s", e.message);
	buf_reset(&text);
	buf_putc(&text, '[');
	while (text.len < (1 << 20))
		buf_putc(&text, ' ');
	buf_putc(&text, ']');
	ok(json_parse(buf_text(&text), text.len, &caps, &e) == NULL, "too many bytes: %s", e.message);
}

static bool
quoted_as(const char *text, size_t len, const char *expected)
{
	cleanup_buf Buf out = {0};

	json_quote(&out, text, len);
	return strcmp(buf_text(&out), expected) == 0;
}

static void
check_quoting(void)
{
	ok(quoted_as("a\"b\\c\n\t\001\177", 9, "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\""), "quotes and control characters");
	ok(quoted_as("\0", 1, "\"\\u0000\""), "a NUL");
	ok(quoted_as("\303\251\360\237\230\200", 6, "\"\303\251\360\237\230\200\""), "characters stay");
	ok(quoted_as("\377a\303", 3, "\"\\ufffda\\ufffd\""), "bytes that are no characters are replaced");
	ok(quoted_as("\300\200\355\240\200\364\220\200\200", 9,
				 "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\""),
	   "overlong, surrogates, too large");
}

/* What was quoted is read back; every byte string becomes valid JSON. */
static int
wrong_quotes(void)
{
	int wrong = 0;

	for (int i = 0; i < 20000; i++)
	{
		char bytes[24];
		size_t len = (size_t) rand() % sizeof(bytes);
		cleanup_buf Buf text = {0};
		cleanup_buf Buf out = {0};
		JsonDoc *doc;
		Err e;
		bool ascii = rand() % 2;

		for (size_t k = 0; k < len; k++)
			bytes[k] = (char) (ascii ? rand() % 128 : rand());
		buf_putc(&text, '[');
		json_quote(&text, bytes, len);
		buf_putc(&text, ']');
		doc = json_parse(buf_text(&text), text.len, &caps, &e);
		wrong += doc == NULL || json_get_string(doc, json_first(doc, 0), &out, &e) < 0 ||
				 (ascii && (out.len != len || memcmp(buf_text(&out), bytes, len) != 0));
		json_free(doc);
	}
	return wrong;
}

/* Damaged documents: refused, or walked to the end without leaving them. */
static int
wrong_walks(void)
{
	static const char seed_text[] =
		"{\"a\": [1, -2.5e3, \"x\\u00e9\\ud83d\\ude00\", {\"b\": null}], \"c\": {\"d\": true}}";
	static const char alphabet[] = "{}[],:\"\\ud0aeftn1-. ";
	int wrong = 0;

	for (int i = 0; i < 300000; i++)
	{
		char text[sizeof(seed_text)];
		size_t len = strlen(seed_text);
		char *memory;
		Err e;
		JsonDoc *doc;

		memcpy(text, seed_text, sizeof(text));
		for (int damage = 1 + rand() % 4; damage > 0; damage--)
			text[(size_t) rand() % len] =
				rand() % 8 ? alphabet[(size_t) rand() % (sizeof(alphabet) - 1)] : (char) rand();
		if (rand() % 4 == 0)
			len = (size_t) rand() % len;
		doc = parse(text, len, &memory, &e);
		for (JsonNode node = 0; doc != NULL && json_type(doc, node) != JSON_NONE; node++)
		{
			cleanup_buf Buf out = {0};
			const char *raw;
			size_t raw_len;
			int64_t number;

			json_raw(doc, node, &raw, &raw_len);
			wrong += raw < memory || raw + raw_len > memory + len;
			json_get_string(doc, node, &out, &e);
			json_get_int(doc, node, INT64_MIN, INT64_MAX, &number, &e);
			wrong += json_type(doc, json_first(doc, node)) == JSON_NONE ? json_first(doc, node) != JSON_ABSENT
																		: json_first(doc, node) <= node;
			wrong += json_next(doc, node) != JSON_ABSENT && json_next(doc, node) <= node;
		}
		json_free(doc);
		free(memory);
	}
	return wrong;
}

int
main(void)
{
	unsigned seed = tap_seed();

	check_refused();
	check_strings();
	check_reading();
	check_caps();
	check_quoting();
	srand(seed);
	ok(wrong_quotes() == 0, "20,000 quoted strings, seed %u", seed);
	ok(wrong_walks() == 0, "300,000 damaged documents, seed %u", seed);
	return done_testing();
}
