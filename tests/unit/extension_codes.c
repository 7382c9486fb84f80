/*
 * Lists of exit codes: what they contain, what is refused, and that no text makes the scanner read past its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/codes.h"
#include "tap.h"

static void
check_success(void)
{
	static const struct
	{
		const char *success;
		const char *fail;
		int code;
		bool expected;
	} cases[] = {
		{NULL, NULL, 0, true},
		{NULL, NULL, 1, false},
		{"0,4,8-11", NULL, 4, true},
		{"0,4,8-11", NULL, 8, true},
		{"0,4,8-11", NULL, 11, true},
		{"0,4,8-11", NULL, 12, false},
		{"0,4,8-11", NULL, 7, false},
		{" 0 , 4 , 8 - 11 ", NULL, 9, true},
		{"4", NULL, 0, false}, /* success_codes replace the rule: 0 is no success any more */
		{NULL, "3", 3, false},
		{NULL, "3", 1, true}, /* fail_codes decide alone: what they do not name is a success */
		{"0", "3", 7, true},
		{"3", "3", 3, false},
		{NULL, "1-255", 255, false},
		{NULL, "1-255", 256, true},
		{"2147483647", NULL, 2147483647, true},
		{"0", NULL, -1, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(jg_codes_success(cases[i].success, cases[i].fail, cases[i].code) == cases[i].expected,
		   "success_codes %s, fail_codes %s: %d is %s", cases[i].success ? cases[i].success : "none",
		   cases[i].fail ? cases[i].fail : "none", cases[i].code, cases[i].expected ? "a success" : "a failure");
}

static void
check_errors(void)
{
	static const char *const good[] = {"0", "0,1", "8-11", " 1 - 2 , 3", "2147483647"};
	static const char *const bad[] = {"",     " ",   ",",   "0,",         ",0",
									  "0,,1", "-",   "1-",  "-1",         "3-1",
									  "a",    "1a",  "1 2", "2147483648", "99999999999999999999",
									  "0x1",  "1;2", "1.5", "١"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(jg_codes_error(good[i]) == NULL, "\"%s\" is a list", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(jg_codes_error(bad[i]) != NULL, "\"%s\" is none", bad[i]);
}

/* Random lists, written out with random blanks, against an array of what they name. */
static int
wrong_lists(void)
{
	int wrong = 0;

	for (int round = 0; round < 20000; round++)
	{
		bool named[64] = {false};
		char text[256] = "";
		size_t length = 0;
		int ranges = 1 + rand() % 6;

		for (int r = 0; r < ranges; r++)
		{
			int low = rand() % 60;
			int high = low + (rand() % 3 == 0 ? rand() % (64 - low) : 0);

			for (int code = low; code <= high; code++)
				named[code] = true;
			length += (size_t) snprintf(text + length, sizeof(text) - length, high > low ? "%s%*s%d%*s-%d" : "%s%*s%d",
										r > 0 ? "," : "", rand() % 2, "", low, rand() % 2, "", high);
		}
		wrong += jg_codes_error(text) != NULL;
		for (int code = 0; code < 64; code++)
			wrong += jg_codes_contain(text, code) != named[code];
	}
	return wrong;
}

/* Any text, in memory of exactly its length: the sanitizer sees a read past the end. What is refused names nothing up
 * to where it goes wrong, and never more than a list of its first part would. */
static int
wrong_texts(void)
{
	static const char alphabet[] = "0123456789,- ax";
	int wrong = 0;

	for (int round = 0; round < 200000; round++)
	{
		size_t length = (size_t) rand() % 12;
		char *text = malloc(length + 1);

		for (size_t i = 0; i < length; i++)
			text[i] = alphabet[(size_t) rand() % (sizeof(alphabet) - 1)];
		text[length] = '\0';
		/* 100 cannot be named by a text without three digits in a row or a range. */
		wrong += jg_codes_contain(text, 100) && strstr(text, "1") == NULL && strchr(text, '-') == NULL;
		wrong += jg_codes_error(text) == NULL && strpbrk(text, "ax") != NULL;
		free(text);
	}
	return wrong;
}

int
main(void)
{
	const char *given = getenv("JOBGRID_TEST_SEED");
	unsigned seed = given && *given ? (unsigned) strtoul(given, NULL, 10) : 20260101u;

	check_success();
	check_errors();
	srand(seed);
	ok(wrong_lists() == 0, "20,000 lists, seed %u", seed);
	ok(wrong_texts() == 0, "200,000 texts, seed %u", seed);
	return done_testing();
}
