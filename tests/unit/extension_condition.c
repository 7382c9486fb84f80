/*
 * The language of conditions: what texts of both spellings mean, in the canonical text of each; what is refused, with the
 * whole error and what it marks; what a condition says where so much is known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/conditions/condition.h"
#include "lib/condition_same.h"
#include "mem.h"
#include "tap.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Text in native spelling, its canonical text (NULL: itself), and the same in AutoSys' ("! why" where it has none). */
static const char *const native[][3] = {
	/* Status words */
	{"succeeded(load)", NULL, "! same business date"},
	{"failed(load)", NULL, "! same business date"},
	{"ended(load)", NULL, "! same business date"},
	{"terminated(load)", NULL, "! same business date"},
	{"skipped(load)", NULL, "! skipped()"},
	{"notrunning(load)", NULL, "n(load)"},
	{"SUCCEEDED(load)", "succeeded(load)", "! same business date"},
	{"Succeeded ( load )", "succeeded(load)", "! same business date"},
	{"success(a)", "succeeded(a)", "! same business date"},
	{"s(a)", "succeeded(a)", "! same business date"},
	{"failure(a)", "failed(a)", "! same business date"},
	{"f(a)", "failed(a)", "! same business date"},
	{"done(a)", "ended(a)", "! same business date"},
	{"d(a)", "ended(a)", "! same business date"},
	{"t(a)", "terminated(a)", "! same business date"},
	{"n(a)", "notrunning(a)", "n(a)"},
	{"not_running(a)", "notrunning(a)", "n(a)"},
	{"e(a) = 0", "exitcode(a) = 0", "! same business date"},
	{"exit_code(a) = 0", "exitcode(a) = 0", "! same business date"},
	{"v(a) = 0", "value(a) = 0", "v(a) = 0"},
	/* Lookbacks */
	{"succeeded(a) same business date", "succeeded(a)", "! same business date"},
	{"succeeded(a) at any time", NULL, "s(a)"},
	{"succeeded(a) At Any TIME", "succeeded(a) at any time", "s(a)"},
	{"failed(a) at any time", NULL, "f(a)"},
	{"ended(a) at any time", NULL, "d(a)"},
	{"terminated(a) at any time", NULL, "t(a)"},
	{"skipped(a) at any time", NULL, "! skipped()"},
	{"succeeded(a) since my last end", NULL, "s(a, 0)"},
	{"succeeded(a) within 'forever'", NULL, "s(a, 9999)"},
	{"succeeded(a) within 'Forever'", "succeeded(a) within 'forever'", "s(a, 9999)"},
	{"succeeded(a) within '30 hours'", NULL, "s(a, 30.00)"},
	{"succeeded(a) within '1 hour'", NULL, "s(a, 01.00)"},
	{"succeeded(a) within '1 minute'", NULL, "s(a, 00.01)"},
	{"succeeded(a) within '30 minutes'", NULL, "s(a, 00.30)"},
	{"succeeded(a) within '90 minutes'", "succeeded(a) within '1 hour 30 minutes'", "s(a, 01.30)"},
	{"succeeded(a) within '1 hour 30 minutes'", NULL, "s(a, 01.30)"},
	{"succeeded(a) within ' 1 HOUR  30 min '", "succeeded(a) within '1 hour 30 minutes'", "s(a, 01.30)"},
	{"succeeded(a) within '1h30min'", "succeeded(a) within '1 hour 30 minutes'", "s(a, 01.30)"},
	{"succeeded(a) within '2 days'", "succeeded(a) within '48 hours'", "s(a, 48.00)"},
	{"succeeded(a) within '1 day 2 hours 3 minutes'", "succeeded(a) within '26 hours 3 minutes'", "s(a, 26.03)"},
	{"succeeded(a) within '30:15'", "succeeded(a) within '30 hours 15 minutes'", "s(a, 30.15)"},
	{"succeeded(a) within '0:01'", "succeeded(a) within '1 minute'", "s(a, 00.01)"},
	{"succeeded(a) within '00:30'", "succeeded(a) within '30 minutes'", "s(a, 00.30)"},
	{"succeeded(a) within '9998 hours 59 minutes'", NULL, "s(a, 9998.59)"},
	{"succeeded(a) within '599939 minutes'", "succeeded(a) within '9998 hours 59 minutes'", "s(a, 9998.59)"},
	{"succeeded(a) within '9998:59'", "succeeded(a) within '9998 hours 59 minutes'", "s(a, 9998.59)"},
	/* Exit codes */
	{"exitcode(a) = 4", NULL, "! same business date"},
	{"exitcode(a) <> 4 at any time", NULL, "e(a) != 4"},
	{"exitcode(a)!=4 at any time", "exitcode(a) <> 4 at any time", "e(a) != 4"},
	{"exitcode(a)<4 at any time", "exitcode(a) < 4 at any time", "e(a) < 4"},
	{"exitcode(a)<=4 at any time", "exitcode(a) <= 4 at any time", "e(a) <= 4"},
	{"exitcode(a)>4 at any time", "exitcode(a) > 4 at any time", "e(a) > 4"},
	{"exitcode(a)>=4 at any time", "exitcode(a) >= 4 at any time", "e(a) >= 4"},
	{"exitcode(a)=-1 at any time", "exitcode(a) = -1 at any time", "e(a) = -1"},
	{"exitcode(a) = 007 at any time", "exitcode(a) = 7 at any time", "e(a) = 7"},
	{"exitcode(a) = 2147483647 at any time", NULL, "e(a) = 2147483647"},
	{"exitcode(a) = -2147483647 at any time", NULL, "e(a) = -2147483647"},
	{"exitcode(a) >= 4 within '2 days'", "exitcode(a) >= 4 within '48 hours'", "e(a, 48.00) >= 4"},
	{"exitcode(a^PRD) = 0 since my last end", NULL, "e(a^PRD, 0) = 0"},
	/* Results */
	{"result(load) = 'ok'", NULL, "! result()"},
	{"result(load, rows) > 100", NULL, "! result()"},
	{"result(load, rows.count) > 100", NULL, "! result()"},
	{"result(load,\"a b.c\") <> ok", "result(load, \"a b.c\") <> 'ok'", "! result()"},
	{"result(load) = ok within '1 hour'", "result(load) = 'ok' within '1 hour'", "! result()"},
	{"result(load, a/b//c.d) = 1", NULL, "! result()"},
	{"result(load^PRD, x) = 1 at any time", NULL, "! result()"},
	/* Values */
	{"value(market) = open", "value(market) = 'open'", "v(market) = open"},
	{"value(market) = 'open'", NULL, "v(market) = open"},
	{"value(market) <> 'half open'", NULL, "v(market) != \"half open\""},
	{"value(x) = 'it''s'", NULL, "v(x) = \"it's\""},
	{"value(x) = '\"'", NULL, "v(x) = \"\"\"\""},
	{"value(x) = ''", NULL, "v(x) = \"\""},
	{"value(x) = 5", NULL, "v(x) = 5"},
	{"value(x) = '5'", "value(x) = 5", "v(x) = 5"},
	{"value(x) = -5", NULL, "v(x) = -5"},
	{"value(x) = 007", NULL, "v(x) = 007"},
	{"value(x) = 1.5", "value(x) = '1.5'", "v(x) = 1.5"},
	{"value(x) = '-'", NULL, "v(x) = -"},
	{"value(x) = a_b-c.d", "value(x) = 'a_b-c.d'", "v(x) = a_b-c.d"},
	{"value(x) = 'and'", NULL, "v(x) = \"and\""},
	{"value(x) = 'C:\\tmp'", NULL, "v(x) = \"C:\\tmp\""},
	{"value(x) >= 10 and value(x) < 20", NULL, "v(x) >= 10 & v(x) < 20"},
	{"value(\"my value\") = 1", NULL, "v(\"my value\") = 1"},
	{"value(x) = '\xe2\x80\x9c'", NULL, "v(x) = \"\xe2\x80\x9c\""},
	/* Names */
	{"succeeded(flow/step/part)", NULL, "! same business date"},
	{"notrunning(\"my job\")", NULL, "n(\"my job\")"},
	{"notrunning(\"load\")", "notrunning(load)", "n(load)"},
	{"notrunning(\"a\"\"b\")", NULL, "n(\"a\"\"b\")"},
	{"notrunning(a:b)", NULL, "n(a\\:b)"},
	{"notrunning(\"a b:c\")", NULL, "n(\"a b:c\")"},
	{"notrunning(a\\b)", NULL, "n(a\\\\b)"},
	{"notrunning(\"a \\b\")", NULL, "n(\"a \\\\b\")"},
	{"notrunning(\"a^b\")", NULL, "n(\"a^b\")"},
	{"notrunning(a.b#c-d_e*f;g[h]{i}%j+k~l?m@n$o`p)", NULL, "n(a.b#c-d_e*f;g[h]{i}%j+k~l?m@n$o`p)"},
	{"notrunning(\xc3\xa9t\xc3\xa9)", NULL, "n(\xc3\xa9t\xc3\xa9)"},
	{"notrunning(\"Bob\xe2\x80\x99s\")", NULL, "n(\"Bob\xe2\x80\x99s\")"},
	{"notrunning(load^PRD)", NULL, "n(load^PRD)"},
	{"notrunning(load ^ PRD)", "notrunning(load^PRD)", "n(load^PRD)"},
	{"notrunning(\"my job\"^\"my instance\")", NULL, "n(\"my job\"^\"my instance\")"},
	{"succeeded(and) and succeeded(or)", NULL, "! same business date"},
	{"succeeded(succeeded)", NULL, "! same business date"},
	{"succeeded(1)", NULL, "! same business date"},
	/* Operators */
	{"n(a) and n(b)", "notrunning(a) and notrunning(b)", "n(a) & n(b)"},
	{"n(a) AND n(b) Or n(c)", "notrunning(a) and notrunning(b) or notrunning(c)", "n(a) & n(b) | n(c)"},
	{"n(a) or n(b) and n(c)", "notrunning(a) or notrunning(b) and notrunning(c)", "n(a) | (n(b) & n(c))"},
	{"(n(a) or n(b)) and n(c)", "(notrunning(a) or notrunning(b)) and notrunning(c)", "n(a) | n(b) & n(c)"},
	{"n(a) and (n(b) or n(c))", "notrunning(a) and (notrunning(b) or notrunning(c))", "n(a) & (n(b) | n(c))"},
	{"n(a) and n(b) or n(c) and n(d)", "notrunning(a) and notrunning(b) or notrunning(c) and notrunning(d)",
	 "n(a) & n(b) | (n(c) & n(d))"},
	{"((n(a)))", "notrunning(a)", "n(a)"},
	{"(n(a) and n(b)) and (n(c) and n(d))", "notrunning(a) and notrunning(b) and notrunning(c) and notrunning(d)",
	 "n(a) & n(b) & n(c) & n(d)"},
	{"n(a) or (n(b) or (n(c) or n(d)))", "notrunning(a) or notrunning(b) or notrunning(c) or notrunning(d)",
	 "n(a) | n(b) | n(c) | n(d)"},
	{"n(a) or ((n(b) or n(c)) and n(d) or n(e))",
	 "notrunning(a) or (notrunning(b) or notrunning(c)) and notrunning(d) or notrunning(e)",
	 "n(a) | (n(b) | n(c) & n(d)) | n(e)"},
	{"n(a) and n(a)", "notrunning(a) and notrunning(a)", "n(a) & n(a)"},
	{"not succeeded(a)", NULL, "! not"},
	{"NOT(succeeded(a))", "not succeeded(a)", "! not"},
	{"not not succeeded(a)", "succeeded(a)", "! same business date"},
	{"not (not (succeeded(a)))", "succeeded(a)", "! same business date"},
	{"not not not succeeded(a)", "not succeeded(a)", "! not"},
	{"not succeeded(a) and succeeded(b)", NULL, "! not"},
	{"not (succeeded(a) and succeeded(b))", NULL, "! not"},
	{"not (succeeded(a) or not succeeded(b))", NULL, "! not"},
	{"not not (succeeded(a) and succeeded(b)) and succeeded(c)", "succeeded(a) and succeeded(b) and succeeded(c)",
	 "! same business date"},
	{"not 2 of (succeeded(a), succeeded(b), succeeded(c))", NULL, "! 2 of"},
	{"any of (n(a))", "notrunning(a)", "n(a)"},
	{"any of (n(a), n(b), n(c))", "notrunning(a) or notrunning(b) or notrunning(c)", "n(a) | n(b) | n(c)"},
	{"all of(n(a),n(b))", "notrunning(a) and notrunning(b)", "n(a) & n(b)"},
	{"any of (n(a), n(b)) and n(c)", "(notrunning(a) or notrunning(b)) and notrunning(c)", "n(a) | n(b) & n(c)"},
	{"any of (n(a), n(b) or n(c), any of (n(d)))", "notrunning(a) or notrunning(b) or notrunning(c) or notrunning(d)",
	 "n(a) | n(b) | n(c) | n(d)"},
	{"any of (n(a), all of (n(b), n(c)))", "notrunning(a) or notrunning(b) and notrunning(c)", "n(a) | (n(b) & n(c))"},
	{"2 of (n(a), n(b), n(c))", "2 of (notrunning(a), notrunning(b), notrunning(c))", "! 2 of"},
	{"3 OF (n(a), n(b), n(c))", "3 of (notrunning(a), notrunning(b), notrunning(c))", "! 3 of"},
	{"1 of (n(a))", "1 of (notrunning(a))", "! 1 of"},
	{"2 of (n(a) or n(b), n(c) and n(d), not s(e))",
	 "2 of (notrunning(a) or notrunning(b), notrunning(c) and notrunning(d), not succeeded(e))", "! not"},
	{"2 of (2 of (n(a), n(b)), n(c))", "2 of (2 of (notrunning(a), notrunning(b)), notrunning(c))", "! 2 of"},
	{"2 of (n(a), n(b)) and n(c) or n(d)", "2 of (notrunning(a), notrunning(b)) and notrunning(c) or notrunning(d)",
	 "! 2 of"},
	{"\n n(a)\tand\r\nn(b) ", "notrunning(a) and notrunning(b)", "n(a) & n(b)"},
	{"(n(a))and(n(b))", "notrunning(a) and notrunning(b)", "n(a) & n(b)"},
	{"any of (not (s(a) and s(b)), s(c))", "not (succeeded(a) and succeeded(b)) or succeeded(c)", "! not"},
};

/* Text in AutoSys' spelling, its canonical text (NULL: itself), and the same in native spelling. */
static const char *const autosys[][3] = {
	{"s(a)", NULL, "succeeded(a) at any time"},
	{"success(a)", "s(a)", "succeeded(a) at any time"},
	{"SUCCESS(a)", "s(a)", "succeeded(a) at any time"},
	{"succeeded(a)", "s(a)", "succeeded(a) at any time"},
	{"f(a)", NULL, "failed(a) at any time"},
	{"failure(a)", "f(a)", "failed(a) at any time"},
	{"failed(a)", "f(a)", "failed(a) at any time"},
	{"d(a)", NULL, "ended(a) at any time"},
	{"done(a)", "d(a)", "ended(a) at any time"},
	{"ended(a)", "d(a)", "ended(a) at any time"},
	{"t(a)", NULL, "terminated(a) at any time"},
	{"terminated(a)", "t(a)", "terminated(a) at any time"},
	{"n(a)", NULL, "notrunning(a)"},
	{"notrunning(a)", "n(a)", "notrunning(a)"},
	{"e(a) = 4", NULL, "exitcode(a) = 4 at any time"},
	{"exitcode(a)!=4", "e(a) != 4", "exitcode(a) <> 4 at any time"},
	{"e(a) <> 4", "e(a) != 4", "exitcode(a) <> 4 at any time"},
	{"e(a, 12.00) >= 4", NULL, "exitcode(a) >= 4 within '12 hours'"},
	{"v(x) = OPEN", NULL, "value(x) = 'OPEN'"},
	{"value(x)=\"OPEN\"", "v(x) = OPEN", "value(x) = 'OPEN'"},
	{"v(x) = 'half open'", "v(x) = \"half open\"", "value(x) = 'half open'"},
	{"v(x) = 10:00", "v(x) = \"10:00\"", "value(x) = '10:00'"},
	{"v(x) = 10\\:00", "v(x) = \"10:00\"", "value(x) = '10:00'"},
	{"v(x) = \"10\\:00\"", NULL, "value(x) = '10\\:00'"},
	{"v(x) = $$OTHER", "v(x) = \"$$OTHER\"", "value(x) = '$$OTHER'"},
	{"v(x) < 5", NULL, "value(x) < 5"},
	{"v(x) = 'it''s'", "v(x) = \"it's\"", "value(x) = 'it''s'"},
	/* Lookbacks */
	{"s(a,0)", "s(a, 0)", "succeeded(a) since my last end"},
	{"s(a, 00.00)", "s(a, 0)", "succeeded(a) since my last end"},
	{"s(a, 9999)", NULL, "succeeded(a) within 'forever'"},
	{"s(a, 30)", "s(a, 30.00)", "succeeded(a) within '30 hours'"},
	{"s(a, 30.15)", NULL, "succeeded(a) within '30 hours 15 minutes'"},
	{"s(a, 30:15)", "s(a, 30.15)", "succeeded(a) within '30 hours 15 minutes'"},
	{"s(a, 30\\:15)", "s(a, 30.15)", "succeeded(a) within '30 hours 15 minutes'"},
	{"s(a, 1.05)", "s(a, 01.05)", "succeeded(a) within '1 hour 5 minutes'"},
	{"s(a, 00.30)", NULL, "succeeded(a) within '30 minutes'"},
	{"s(a, 0.30)", "s(a, 00.30)", "succeeded(a) within '30 minutes'"},
	{"s(a, 0001)", "s(a, 01.00)", "succeeded(a) within '1 hour'"},
	{"s(a, 9998.59)", NULL, "succeeded(a) within '9998 hours 59 minutes'"},
	{"s(a^PRD, 24.00)", NULL, "succeeded(a^PRD) within '24 hours'"},
	{"n(a, 24)", "n(a, 24.00)", "! notrunning() with a lookback"},
	{"s(a) & s(a, 0)", NULL, "succeeded(a) at any time and succeeded(a) since my last end"},
	/* Names */
	{"n(x\\:y)", NULL, "notrunning(x:y)"},
	{"n(x:y)", "n(x\\:y)", "notrunning(x:y)"},
	{"n(\"x:y\")", "n(x\\:y)", "notrunning(x:y)"},
	{"n(\"x\\:y\")", "n(x\\:y)", "notrunning(x:y)"},
	{"n(a\\b)", "n(a\\\\b)", "notrunning(a\\b)"},
	{"n(my_job.1#x-y)", NULL, "notrunning(my_job.1#x-y)"},
	{"n(a^PRD)", NULL, "notrunning(a^PRD)"},
	/* Operators, from left to right */
	{"n(a)&n(b)", "n(a) & n(b)", "notrunning(a) and notrunning(b)"},
	{"n(a) and n(b)", "n(a) & n(b)", "notrunning(a) and notrunning(b)"},
	{"n(a) OR n(b)", "n(a) | n(b)", "notrunning(a) or notrunning(b)"},
	{"n(a) & n(b) | n(c)", NULL, "notrunning(a) and notrunning(b) or notrunning(c)"},
	{"n(a) | n(b) & n(c)", NULL, "(notrunning(a) or notrunning(b)) and notrunning(c)"},
	{"n(a) | (n(b) & n(c))", NULL, "notrunning(a) or notrunning(b) and notrunning(c)"},
	{"(n(a) | n(b)) & n(c)", "n(a) | n(b) & n(c)", "(notrunning(a) or notrunning(b)) and notrunning(c)"},
	{"n(a) & n(b) | n(c) & n(d)", NULL, "(notrunning(a) and notrunning(b) or notrunning(c)) and notrunning(d)"},
	{"n(a) | n(b) & n(c) | n(d)", NULL, "(notrunning(a) or notrunning(b)) and notrunning(c) or notrunning(d)"},
	{"n(a) & (n(b) & n(c))", "n(a) & n(b) & n(c)", "notrunning(a) and notrunning(b) and notrunning(c)"},
	{"(n(a) & n(b)) & n(c)", "n(a) & n(b) & n(c)", "notrunning(a) and notrunning(b) and notrunning(c)"},
	{"n(a) & (n(b) | n(c) & n(d))", "n(a) & (n(b) | n(c)) & n(d)",
	 "notrunning(a) and (notrunning(b) or notrunning(c)) and notrunning(d)"},
	{"n(a) | (n(b) | n(c))", "n(a) | n(b) | n(c)", "notrunning(a) or notrunning(b) or notrunning(c)"},
	{"(n(a) & n(b)) | (n(c) & n(d))", "n(a) & n(b) | (n(c) & n(d))",
	 "notrunning(a) and notrunning(b) or notrunning(c) and notrunning(d)"},
	/* As they stand in estates */
	{"s(CVA_LOAD) & s(CVA_PRICES, 12.00) & v(CVA_GO) = \"YES\"", "s(CVA_LOAD) & s(CVA_PRICES, 12.00) & v(CVA_GO) = YES",
	 "succeeded(CVA_LOAD) at any time and succeeded(CVA_PRICES) within '12 hours' and value(CVA_GO) = 'YES'"},
	{"notrunning(RMAN_FULL) and notrunning(RMAN_ARCH)", "n(RMAN_FULL) & n(RMAN_ARCH)",
	 "notrunning(RMAN_FULL) and notrunning(RMAN_ARCH)"},
	{"success(A) AND (failure(B) OR terminated(B)) AND exitcode(C) > 3", "s(A) & (f(B) | t(B)) & e(C) > 3",
	 "succeeded(A) at any time and (failed(B) at any time or terminated(B) at any time) and exitcode(C) > 3 at any time"},
};

/* The text on one line, for a test's name. */
static const char *
line(const char *text)
{
	static char shown[200];

	snprintf(shown, sizeof(shown), "%s", text);
	for (char *p = shown; *p != '\0'; p++)
		if ((unsigned char) *p < 0x20)
			*p = ' ';
	return shown;
}

static void
check_text(const JgCondition *condition, JgSpelling spelling, const char *wanted, const char *from)
{
	char *why;
	char *text = jg_condition_text(condition, spelling, &why);
	JgCondition *again = NULL;
	JgConditionError error;
	bool good;

	if (wanted[0] == '!')
	{
		good = ok(text == NULL && why != NULL && strcmp(why, wanted + 2) == 0, "%s: %s", line(from), wanted);
		if (!good)
			printf("# %s\n", text != NULL ? text : why);
	}
	else
	{
		good = ok(text != NULL && why == NULL && strcmp(text, wanted) == 0, "%s: %s", line(from), wanted);
		if (!good)
			printf("# %s\n", text != NULL ? text : why);
		again = text != NULL ? jg_condition_parse(text, spelling, &error) : NULL;
		ok(again != NULL && condition_same(condition, again), "%s is the same", wanted);
	}
	jg_condition_free(again);
	mem_free(text);
	mem_free(why);
}

static void
check_meanings(const char *const (*list)[3], size_t n, JgSpelling spelling)
{
	for (size_t i = 0; i < n; i++)
	{
		JgConditionError error;
		JgCondition *condition = jg_condition_parse(list[i][0], spelling, &error);

		if (!ok(condition != NULL, "%s is read", line(list[i][0])))
		{
			printf("# %s\n", error.message);
			continue;
		}
		check_text(condition, spelling, list[i][1] != NULL ? list[i][1] : list[i][0], list[i][0]);
		check_text(condition, spelling == JG_NATIVE ? JG_AUTOSYS : JG_NATIVE, list[i][2], list[i][0]);
		jg_condition_free(condition);
	}
}

#define EXAMPLE "Write for example succeeded(load) and not failed(check)."
#define EXAMPLE_AUTOSYS "Write for example s(load) & s(check)."
#define NOT_AUTOSYS                                                                                                    \
	"AutoSys has no NOT, skipped(), result() or counts such as 2 of: write the condition in native spelling, such as " \
	"not succeeded(load)."
#define NO_START "cannot stand under not: nothing tells the scheduler when a job starts"
#define INSTEAD "For a job that has run write ended(job), for one that does not run notrunning(job) alone."
#define DURATION "Write for example within '30 hours', '1 hour 30 minutes', '30:15' or 'forever'."
#define KINDS                                                                                                         \
	"Conditions are succeeded(), failed(), ended(), terminated(), notrunning(), skipped(), exitcode(), result() and " \
	"value()."
#define SIGNS "Names with other signs than letters, digits, . _ - / and the like stand in double quotes: \"my job\"."
#define IN_BRACKETS "It stands in the brackets, such as succeeded(load)."
#define LONG_NAME "A name has 1 to 128 bytes, a full name such as workflow/step at most 1024."
#define EXIT_CODES "Exit codes are integers, such as exitcode(job) <= 4."
#define COMPARISONS "Comparisons are = <> < <= > >=, such as exitcode(job) <= 4."
#define VALUES "Values are numbers, plain words or texts in single quotes: value(market) = 'open'."
#define COUNTED "Write for example 2 of (succeeded(a), succeeded(b), succeeded(c))."
#define FIRST "Hours stand before the dot: write 00.30 for half an hour."
#define TWO_DIGITS "Minutes have two digits: 1.05 is an hour and five minutes, 1.50 an hour and fifty."
#define LOOKBACK "A lookback is hours such as 30, hours and minutes such as 30.15, 0 or 9999."
#define MOST "A lookback is at most 9998.59; 9999 is for ever."
#define ONLY_COMPARED "Only exitcode(), result() and value() are compared; the others are true or false."

/* Text, message, hint, and what is marked. */
static const char *const native_refusals[][4] = {
	/* Nothing */
	{"", "a condition cannot be empty", EXAMPLE, ""},
	{" \t\n", "a condition cannot be empty", EXAMPLE, ""},
	{"\xff", "the condition is not valid UTF-8 at position 1", "", "\xff"},
	{"n(\xc3\xa9) and n(\xe2\x80)", "the condition is not valid UTF-8 at position 12", "", "\xe2"},
	/* Misspelt words */
	{"sucess(a)", "\"sucess\" at position 1 is not a condition", "Did you mean: succeeded(a)", "sucess"},
	{"suceeded(a) and faild(b)", "\"suceeded\" at position 1 is not a condition",
	 "Did you mean: succeeded(a) and failed(b)", "suceeded"},
	{"notruning(a)", "\"notruning\" at position 1 is not a condition", "Did you mean: notrunning(a)", "notruning"},
	{"exitcod(a) = 1", "\"exitcod\" at position 1 is not a condition", "Did you mean: exitcode(a) = 1", "exitcod"},
	{"not endd(a)", "\"endd\" at position 5 is not a condition", "Did you mean: not ended(a)", "endd"},
	{"finished(a)", "\"finished\" at position 1 is not a condition", "Did you mean: ended(a)", "finished"},
	{"ok(a)", "\"ok\" at position 1 is not a condition", "Did you mean: succeeded(a)", "ok"},
	{"rc(a) <= 4", "\"rc\" at position 1 is not a condition", "Did you mean: exitcode(a) <= 4", "rc"},
	{"foo(a)", "\"foo\" at position 1 is not a condition", KINDS, "foo"},
	{"running(a)", "\"running\" at position 1 is not a condition",
	 "Nothing tells the scheduler when a job starts: write notrunning(job) for one that does not run, ended(job) for one "
	 "that has run.",
	 "running"},
	{"sucess(a) and foo(b)", "\"sucess\" at position 1 is not a condition", KINDS, "sucess"},
	{"none of (s(a), s(b))", "\"none\" at position 1 is not a condition", "Did you mean: not any of (s(a), s(b))",
	 "none"},
	{"none(s(a), s(b))", "\"none\" at position 1 is not a condition", "Did you mean: not any of(s(a), s(b))", "none"},
	{"succeeded(a) adn succeeded(b)", "\"adn\" at position 14 is not understood",
	 "Did you mean: succeeded(a) and succeeded(b)", "adn"},
	{"succeeded(a) wihtin '2 days'", "\"wihtin\" at position 14 is not understood",
	 "Did you mean: succeeded(a) within '2 days'", "wihtin"},
	{"succeeded(a) then succeeded(b)", "\"then\" at position 14 is not understood",
	 "Conditions are joined with and or or; a lookback is such as within '30 hours', since my last end, at any time.",
	 "then"},
	/* Words without brackets */
	{"a and b", "\"a\" at position 1 is not a condition", "Did you mean: succeeded(a) and succeeded(b)", "a"},
	{"load", "\"load\" at position 1 is not a condition", "Did you mean: succeeded(load)", "load"},
	{"\"my job\" or load", "\"\"my job\"\" at position 1 is not a condition",
	 "Did you mean: succeeded(\"my job\") or succeeded(load)", "\"my job\""},
	{"a & b | c", "\"a\" at position 1 is not a condition",
	 "Did you mean: succeeded(a) and succeeded(b) or succeeded(c)", "a"},
	{"c and d", "\"c\" at position 1 is not a condition", "Did you mean: succeeded(c) and succeeded(d)", "c"},
	{"d", "\"d\" at position 1 has no name in brackets", "Did you mean: succeeded(d)", "d"},
	{"succeeded load", "\"succeeded\" at position 1 has no name in brackets", "Did you mean: succeeded(load)",
	 "succeeded"},
	{"failed \"my job\"", "\"failed\" at position 1 has no name in brackets", "Did you mean: failed(\"my job\")",
	 "failed"},
	{"succeeded and failed(b)", "\"succeeded\" at position 1 has no name in brackets", "Write succeeded(job).",
	 "succeeded"},
	{"exitcode", "\"exitcode\" at position 1 has no name in brackets",
	 "Write exitcode(job) and a comparison such as <= 4.", "exitcode"},
	{"value", "\"value\" at position 1 has no name in brackets", "Write value(job) and a comparison such as = 'open'.",
	 "value"},
	/* Brackets */
	{"succeeded(a", "the condition ends at position 12, where a closing bracket is expected",
	 "Did you mean: succeeded(a)", ""},
	{"succeeded(a and failed(b)", "\"and\" at position 13 is not a closing bracket",
	 "Did you mean: succeeded(a) and failed(b)", "and"},
	{"(succeeded(a) and (failed(b)", "\"(\" at position 19 is not closed",
	 "Did you mean: (succeeded(a) and (failed(b)))", "("},
	{"succeeded(a))", "\")\" at position 13 closes nothing", "Did you mean: succeeded(a)", ")"},
	{"succeeded()", "\")\" at position 11 is not the name of a job", IN_BRACKETS, ")"},
	{"succeeded(", "the condition ends at position 11, where the name of a job is expected", IN_BRACKETS, ""},
	{"value() = 1", "\")\" at position 7 is not the name of a value", IN_BRACKETS, ")"},
	{"()", "\")\" at position 2 is not a condition", EXAMPLE, ")"},
	{"(", "the condition ends at position 2, where a condition is expected", EXAMPLE, ""},
	{"succeeded(a) (failed(b))", "\"(\" at position 14 has no and or or before it",
	 "Did you mean: succeeded(a) and (failed(b))", "("},
	/* Names */
	{"succeeded(my job)", "\"job\" at position 14 is not a closing bracket", "Did you mean: succeeded(\"my job\")",
	 "job"},
	{"succeeded(my very own job) or failed(b)", "\"very\" at position 14 is not a closing bracket",
	 "Did you mean: succeeded(\"my very own job\") or failed(b)", "very"},
	{"succeeded(a and b)", "\"and\" at position 13 is not a closing bracket",
	 "Did you mean: succeeded(a) and succeeded(b)", "and"},
	{"failed(a or b)", "\"or\" at position 10 is not a closing bracket", "Did you mean: failed(a) or failed(b)", "or"},
	{"failed(a, b)", "\",\" at position 9 is not a closing bracket", "Did you mean: failed(a) and failed(b)", ","},
	{"succeeded('my job')", "\"'my job'\" at position 11 is not the name of a job",
	 "Did you mean: succeeded(\"my job\")", "'my job'"},
	{"succeeded(\"my job)", "the quote \" at position 11 is not closed", "A quote within quotes is doubled.", "\""},
	{"succeeded(\xe2\x80\x9cload\xe2\x80\x9d)", "\"\xe2\x80\x9c\" at position 11 is a typographic quote",
	 "Did you mean: succeeded(\"load\")", "\xe2\x80\x9c"},
	{"value(x) = \xe2\x80\x98open\xe2\x80\x99", "\"\xe2\x80\x98\" at position 12 is a typographic quote",
	 "Did you mean: value(x) = 'open'", "\xe2\x80\x98"},
	{"value(x) = \xe2\x80\x9copen\xe2\x80\x9d", "\"\xe2\x80\x9c\" at position 12 is a typographic quote",
	 "Did you mean: value(x) = 'open'", "\xe2\x80\x9c"},
	{"succeeded(\xc2\xabload\xc2\xbb)", "\"\xc2\xab\" at position 11 is a typographic quote",
	 "Did you mean: succeeded(\"load\")", "\xc2\xab"},
	{"succeeded(Bob\xe2\x80\x99s)", "\"\xe2\x80\x99\" at position 14 is a typographic quote",
	 "Quotes are \" around names and ' around texts.", "\xe2\x80\x99"},
	{"succeeded(a)\xc2\xa0"
	 "and succeeded(b)",
	 "the letter at position 13 is a blank of another kind", "Did you mean: succeeded(a) and succeeded(b)", "\xc2\xa0"},
	{"succeeded(a\x01)", "the letter at position 12 is a control character", "Did you mean: succeeded(a )", "\x01"},
	{"succeeded(\"a\nb\")", "\"\"a b\"\" at position 11 has a control character", LONG_NAME, "\"a\nb\""},
	{"succeeded(\"\")", "\"\"\"\" at position 11 is empty", LONG_NAME, "\"\""},
	{"succeeded(a//b)", "\"a//b\" at position 11 has an empty part", LONG_NAME, "a//b"},
	{"succeeded(/a)", "\"/a\" at position 11 has an empty part", LONG_NAME, "/a"},
	{"succeeded(a/)", "\"a/\" at position 11 has an empty part", LONG_NAME, "a/"},
	{"succeeded(\" a\")", "\"\" a\"\" at position 11 has a blank where a name begins or ends", LONG_NAME, "\" a\""},
	{"succeeded(\"a /b\")", "\"\"a /b\"\" at position 11 has a blank where a name begins or ends", LONG_NAME,
	 "\"a /b\""},
	{"\xef\xbb\xbfsucceeded(a)", "the letter at position 1 is a blank of another kind", "Did you mean: succeeded(a)",
	 "\xef\xbb\xbf"},
	{"succeeded(a\xe2\x80\x8b)", "the letter at position 12 is a blank of another kind", "Did you mean: succeeded(a )",
	 "\xe2\x80\x8b"},
	{"result(a, b..c) = 1", "\"b..c\" at position 11 has an empty part",
	 "A path is keys with dots between, and has at most 1024 bytes.", "b..c"},
	{"succeeded(^PRD)", "\"^\" at position 11 is not the name of a job", SIGNS, "^"},
	{"succeeded(a^)", "\")\" at position 13 is not the name of an instance", IN_BRACKETS, ")"},
	{"succeeded(a&b)", "\"&\" at position 12 is not a closing bracket", "Did you mean: succeeded(a) and succeeded(b)",
	 "&"},
	{"result(a,) = 1", "\")\" at position 10 is not a path such as rows.count", IN_BRACKETS, ")"},
	{"value(a^PRD) = 1", "\"^\" at position 8 is not possible here: a value has no instance",
	 "A name with this sign stands in double quotes.", "^"},
	/* Comparisons */
	{"exitcode(a)", "the condition ends at position 12, where a comparison is expected", COMPARISONS, ""},
	{"exitcode(a) and succeeded(b)", "\"and\" at position 13 is not a comparison", COMPARISONS, "and"},
	{"exitcode(a) 4", "\"4\" at position 13 is not a comparison", "Did you mean: exitcode(a) = 4", "4"},
	{"value(x) 'open'", "\"'open'\" at position 10 is not a comparison", "Did you mean: value(x) = 'open'", "'open'"},
	{"exitcode(a) == 4", "\"==\" at position 13 is not a comparison", "Did you mean: exitcode(a) = 4", "=="},
	{"exitcode(a) => 4", "\"=>\" at position 13 is not a comparison", "Did you mean: exitcode(a) >= 4", "=>"},
	{"exitcode(a) =< 4", "\"=<\" at position 13 is not a comparison", "Did you mean: exitcode(a) <= 4", "=<"},
	{"exitcode(a) ! 4", "\"!\" at position 13 is not a comparison", "Did you mean: exitcode(a) != 4", "!"},
	{"exitcode(a) =", "the condition ends at position 14, where an exit code is expected", EXIT_CODES, ""},
	{"exitcode(a) = x", "\"x\" at position 15 is not an exit code", EXIT_CODES, "x"},
	{"exitcode(a) = 1.5", "\"1.5\" at position 15 is not an exit code", EXIT_CODES, "1.5"},
	{"exitcode(a) = '4'", "\"'4'\" at position 15 is not an exit code", "Did you mean: exitcode(a) = 4", "'4'"},
	{"exitcode(a) = 2147483648", "\"2147483648\" at position 15 is no exit code of any system",
	 "Exit codes lie between -2147483647 and 2147483647.", "2147483648"},
	{"exitcode(a) = -99999999999999999999", "\"-99999999999999999999\" at position 15 is no exit code of any system",
	 "Exit codes lie between -2147483647 and 2147483647.", "-99999999999999999999"},
	{"value(x) = \"open\"", "\"\"open\"\" at position 12 is not a value", "Did you mean: value(x) = 'open'",
	 "\"open\""},
	{"value(x) = C:\\tmp", "\"C:\\tmp\" at position 12 is not a value", "Did you mean: value(x) = 'C:\\tmp'",
	 "C:\\tmp"},
	{"value(x) = ", "the condition ends at position 12, where a value is expected", VALUES, ""},
	{"value(x) = and succeeded(b)", "\"and\" at position 12 is not a value", VALUES, "and"},
	{"value(x) = 'open", "the quote ' at position 12 is not closed", "A quote within quotes is doubled.", "'"},
	{"succeeded(a) = 4", "\"=\" at position 14 is not what joins two conditions", ONLY_COMPARED, "="},
	/* Operators */
	{"succeeded(a) &", "\"&\" at position 14 is not understood", "Write and.", "&"},
	{"succeeded(a) & succeeded(b)", "\"&\" at position 14 is not understood",
	 "Did you mean: succeeded(a) and succeeded(b)", "&"},
	{"succeeded(a)|succeeded(b)", "\"|\" at position 13 is not understood",
	 "Did you mean: succeeded(a) or succeeded(b)", "|"},
	{"succeeded(a) && succeeded(b)", "\"&&\" at position 14 is not understood",
	 "Did you mean: succeeded(a) and succeeded(b)", "&&"},
	{"succeeded(a)||succeeded(b)", "\"||\" at position 13 is not understood",
	 "Did you mean: succeeded(a) or succeeded(b)", "||"},
	{"succeeded(a), succeeded(b)", "\",\" at position 13 is not understood",
	 "Did you mean: succeeded(a) and succeeded(b)", ","},
	{"!succeeded(a)", "\"!\" at position 1 is not understood", "Did you mean: not succeeded(a)", "!"},
	{"succeeded(a) succeeded(b)", "\"succeeded\" at position 14 has no and or or before it",
	 "Did you mean: succeeded(a) and succeeded(b)", "succeeded"},
	{"succeeded(a) not succeeded(b)", "\"not\" at position 14 has no and or or before it",
	 "Did you mean: succeeded(a) and not succeeded(b)", "not"},
	{"succeeded(a) and", "the condition ends at position 17, where a condition is expected", EXAMPLE, ""},
	{"succeeded(a) and and succeeded(b)", "\"and\" at position 18 is not a condition",
	 "Did you mean: succeeded(a) and succeeded(b)", "and"},
	{"and", "\"and\" at position 1 is not a condition", "A condition stands before it and behind it.", "and"},
	{"succeeded(a) or", "the condition ends at position 16, where a condition is expected", EXAMPLE, ""},
	{"not", "the condition ends at position 4, where a condition is expected", EXAMPLE, ""},
	{"succeeded(a) 'x'", "\"'x'\" at position 14 is not what joins two conditions",
	 "Two conditions are joined with and or or.", "'x'"},
	{"not notrunning(x)", "\"notrunning\" at position 5 " NO_START, INSTEAD, "notrunning"},
	{"not (succeeded(a) or (notrunning(x)))", "\"notrunning\" at position 23 " NO_START, INSTEAD, "notrunning"},
	{"not not n(x)", "\"n\" at position 9 " NO_START, INSTEAD, "n"},
	{"not any of (succeeded(a), 2 of (notrunning(x), s(b)))", "\"notrunning\" at position 33 " NO_START, INSTEAD,
	 "notrunning"},
	/* Counts */
	{"3 of (succeeded(a), succeeded(b))", "\"3\" at position 1 is more than the 2 conditions in the brackets behind it",
	 "Write all of (...) where all must be true.", "3"},
	{"99999999999999999999 of (s(a))",
	 "\"99999999999999999999\" at position 1 is more than the 1 condition in the brackets behind it",
	 "Write all of (...) where all must be true.", "99999999999999999999"},
	{"0 of (s(a))", "\"0\" at position 1 is no number of conditions",
	 "At least one is counted; write not any of (...) where none may be true.", "0"},
	{"any (s(a), s(b))", "\"(\" at position 5 is not of", "Did you mean: any of (s(a), s(b))", "("},
	{"2 (s(a), s(b))", "\"(\" at position 3 is not of", "Did you mean: 2 of (s(a), s(b))", "("},
	{"2 of s(a)", "\"s\" at position 6 is not an opening bracket", COUNTED, "s"},
	{"any of", "the condition ends at position 7, where an opening bracket is expected", COUNTED, ""},
	{"2 of ()", "\")\" at position 7 is not a condition", EXAMPLE, ")"},
	{"2 of (s(a),)", "\")\" at position 12 is not a condition", EXAMPLE, ")"},
	{"all of (s(a), s(b)", "\"(\" at position 8 is not closed", "Did you mean: all of (s(a), s(b))", "("},
	/* Lookbacks */
	{"succeeded(a, 30)", "\",\" at position 12 is not a closing bracket",
	 "Did you mean: succeeded(a) within '30 hours'", ","},
	{"succeeded(a, 0)", "\",\" at position 12 is not a closing bracket", "Did you mean: succeeded(a) since my last end",
	 ","},
	{"succeeded(a, 9999) and s(b)", "\",\" at position 12 is not a closing bracket",
	 "Did you mean: succeeded(a) within 'forever' and s(b)", ","},
	{"exitcode(a, 30) = 4", "\",\" at position 11 is not a closing bracket",
	 "A lookback stands behind the brackets, such as succeeded(job) within '30 hours'.", ","},
	{"value(a, b) = 4", "\",\" at position 8 is not a closing bracket",
	 "value() has a name and nothing else in its brackets.", ","},
	{"succeeded(a) within 30 hours", "\"30\" at position 21 is not a duration in single quotes",
	 "Did you mean: succeeded(a) within '30 hours'", "30"},
	{"succeeded(a) within forever", "\"forever\" at position 21 is not a duration in single quotes",
	 "Did you mean: succeeded(a) within 'forever'", "forever"},
	{"succeeded(a) within \"2 days\"", "\"\"2 days\"\" at position 21 is not a duration in single quotes",
	 "Did you mean: succeeded(a) within '2 days'", "\"2 days\""},
	{"succeeded(a) within", "the condition ends at position 20, where a duration in single quotes is expected",
	 "Write for example within '30 hours', '1 hour 30 minutes' or '30:15'.", ""},
	{"succeeded(a) within '30'", "\"'30'\" at position 21 is not a duration", DURATION, "'30'"},
	{"succeeded(a) within 'soon'", "\"'soon'\" at position 21 is not a duration", DURATION, "'soon'"},
	{"succeeded(a) within ''", "\"''\" at position 21 is not a duration", DURATION, "''"},
	{"succeeded(a) within '1:5'", "\"'1:5'\" at position 21 is not a duration", DURATION, "'1:5'"},
	{"succeeded(a) within '1:60'", "\"'1:60'\" at position 21 is not a duration", DURATION, "'1:60'"},
	{"succeeded(a) within '1:005'", "\"'1:005'\" at position 21 is not a duration", DURATION, "'1:005'"},
	{"succeeded(a) within '5 minutes 1 hour'", "\"'5 minutes 1 hour'\" at position 21 is not a duration", DURATION,
	 "'5 minutes 1 hour'"},
	{"succeeded(a) within '1 hour 1 hour'", "\"'1 hour 1 hour'\" at position 21 is not a duration", DURATION,
	 "'1 hour 1 hour'"},
	{"succeeded(a) within '0 hours'", "\"'0 hours'\" at position 21 is no time at all", DURATION, "'0 hours'"},
	{"succeeded(a) within '00:00'", "\"'00:00'\" at position 21 is no time at all", DURATION, "'00:00'"},
	{"succeeded(a) within '9999 hours'", "\"'9999 hours'\" at position 21 is longer than 9998 hours 59 minutes",
	 DURATION, "'9999 hours'"},
	{"succeeded(a) within '99999999999999999999 days'",
	 "\"'99999999999999999999 days'\" at position 21 is longer than 9998 hours 59 minutes", DURATION,
	 "'99999999999999999999 days'"},
	{"succeeded(a) since last end", "\"since last end\" at position 14 is not a lookback",
	 "Did you mean: succeeded(a) since my last end", "since last end"},
	{"succeeded(a) at anytime or s(b)", "\"at anytime\" at position 14 is not a lookback",
	 "Did you mean: succeeded(a) at any time or s(b)", "at anytime"},
	{"succeeded(a) same day", "\"same day\" at position 14 is not a lookback",
	 "Did you mean: succeeded(a) same business date", "same day"},
	{"succeeded(a) since 'x'", "\"since\" at position 14 is not a lookback", "Write since my last end.", "since"},
	{"value(x) = 1 within '1 hour'", "\"within\" at position 14 begins a lookback, and value() has none",
	 "A value is what it is now: leave the lookback out.", "within"},
	{"notrunning(x) within '1 hour'", "\"within\" at position 15 begins a lookback, and notrunning() has none",
	 "A job runs now or does not: leave the lookback out.", "within"},
	{"notrunning(x) at any time", "\"at\" at position 15 begins a lookback, and notrunning() has none",
	 "A job runs now or does not: leave the lookback out.", "at"},
	/* Positions are letters */
	{"s(\xc3\xa9t\xc3\xa9) and foo(\xc3\xa9)", "\"foo\" at position 12 is not a condition", KINDS, "foo"},
};

static const char *const autosys_refusals[][4] = {
	{"", "a condition cannot be empty", EXAMPLE_AUTOSYS, ""},
	{"not s(a)", "\"not\" at position 1 is not known in AutoSys' spelling", NOT_AUTOSYS, "not"},
	{"s(a) & !s(b)", "\"!\" at position 8 is not known in AutoSys' spelling", NOT_AUTOSYS, "!"},
	{"skipped(a)", "\"skipped\" at position 1 is not known in AutoSys' spelling", NOT_AUTOSYS, "skipped"},
	{"s(b) & result(a, x) = 1", "\"result\" at position 8 is not known in AutoSys' spelling", NOT_AUTOSYS, "result"},
	{"2 of (s(a), s(b))", "\"2 of\" at position 1 is not known in AutoSys' spelling", NOT_AUTOSYS, "2 of"},
	{"any of (s(a), s(b))", "\"any of\" at position 1 is not known in AutoSys' spelling", NOT_AUTOSYS, "any of"},
	{"s(a, .30)", "\".30\" at position 6 is not a lookback", FIRST, ".30"},
	{"s(a, 30.5)", "\"30.5\" at position 6 is not a lookback", TWO_DIGITS, "30.5"},
	{"s(a, 30.)", "\"30.\" at position 6 is not a lookback", TWO_DIGITS, "30."},
	{"s(a, 30.500)", "\"30.500\" at position 6 is not a lookback", TWO_DIGITS, "30.500"},
	{"s(a, 30\\:5)", "\"30\\:5\" at position 6 is not a lookback", TWO_DIGITS, "30\\:5"},
	{"s(a, 30.60)", "\"30.60\" at position 6 is not a lookback", "Minutes are 00 to 59.", "30.60"},
	{"s(a, 30.x5)", "\"30.x5\" at position 6 is not a lookback", "Minutes are 00 to 59.", "30.x5"},
	{"s(a, 10000)", "\"10000\" at position 6 is not a lookback", MOST, "10000"},
	{"s(a, 9999.01)", "\"9999.01\" at position 6 is not a lookback", MOST, "9999.01"},
	{"s(a, 123456789012)", "\"123456789012\" at position 6 is not a lookback", MOST, "123456789012"},
	{"s(a, soon)", "\"soon\" at position 6 is not a lookback", LOOKBACK, "soon"},
	{"s(a, 30h)", "\"30h\" at position 6 is not a lookback", LOOKBACK, "30h"},
	{"s(a,,12.00)", "\",\" at position 5 is not a lookback", LOOKBACK, ","},
	{"s(a,)", "\")\" at position 5 is not a lookback", LOOKBACK, ")"},
	{"s(a, \"30\")", "\"\"30\"\" at position 6 is not a lookback", LOOKBACK, "\"30\""},
	{"v(x, 30) = 4", "\",\" at position 4 begins a lookback, and value() has none",
	 "A value is what it is now: leave the lookback out.", ","},
	{"v(x) = ", "the condition ends at position 8, where a value is expected",
	 "Values are numbers, words or texts in quotes: v(market) = open.", ""},
	{"e(x) == 4", "\"==\" at position 6 is not a comparison", "Did you mean: e(x) = 4", "=="},
	{"e(x) 4", "\"4\" at position 6 is not a comparison", "Did you mean: e(x) = 4", "4"},
	{"e(x) ~ 4", "\"~\" at position 6 is not a comparison",
	 "Comparisons are = != < <= > >=, such as exitcode(job) <= 4.", "~"},
	{"s(a) && s(b)", "\"&&\" at position 6 is not understood", "Did you mean: s(a) & s(b)", "&&"},
	{"s(a)||s(b)", "\"||\" at position 5 is not understood", "Did you mean: s(a) | s(b)", "||"},
	{"s(a), s(b)", "\",\" at position 5 is not understood", "Did you mean: s(a) & s(b)", ","},
	{"s(a) s(b)", "\"s\" at position 6 has no & or | before it", "Did you mean: s(a) & s(b)", "s"},
	{"s(a) & ", "the condition ends at position 8, where a condition is expected", EXAMPLE_AUTOSYS, ""},
	{"sucess(a) & b", "\"sucess\" at position 1 is not a condition", "Did you mean: success(a) & success(b)", "sucess"},
	{"x(a)", "\"x\" at position 1 is not a condition",
	 "Conditions are success(), failure(), done(), terminated(), notrunning(), exitcode() and value(), or their first "
	 "letters.",
	 "x"},
	{"s(a) within '30 hours'", "\"within\" at position 6 is not understood",
	 "Conditions are joined with & or |; a lookback stands in the brackets: s(job, 30.00).", "within"},
	{"s(a) &(f(b)", "\"(\" at position 7 is not closed", "Did you mean: s(a) &(f(b))", "("},
	{"s(a", "the condition ends at position 4, where a closing bracket is expected", "Did you mean: s(a)", ""},
	{"s(my job)", "\"job\" at position 6 is not a closing bracket", "Did you mean: s(\"my job\")", "job"},
	{"s()", "\")\" at position 3 is not the name of a job", "It stands in the brackets, such as success(load).", ")"},
	{"s(a) = 4", "\"=\" at position 6 is not & or |", ONLY_COMPARED, "="},
};

static void
check_refusal(const char *const refusal[4], JgSpelling spelling)
{
	JgConditionError error;
	JgCondition *condition = jg_condition_parse(refusal[0], spelling, &error);
	char marked[100] = "";
	bool good;

	if (condition == NULL)
		snprintf(marked, sizeof(marked), "%.*s", error.length, refusal[0] + error.position);
	good = ok(condition == NULL && strcmp(error.message, refusal[1]) == 0 && strcmp(error.hint, refusal[2]) == 0 &&
				  strcmp(marked, refusal[3]) == 0,
			  "refused: %s", line(refusal[0]));
	if (!good)
		printf("# %s\n# %s\n# %s\n", condition == NULL ? error.message : "read", error.hint, marked);
	jg_condition_free(condition);
}

static void
check_refusals(void)
{
	for (size_t i = 0; i < COUNT(native_refusals); i++)
		check_refusal(native_refusals[i], JG_NATIVE);
	for (size_t i = 0; i < COUNT(autosys_refusals); i++)
		check_refusal(autosys_refusals[i], JG_AUTOSYS);
}

/* Lengths at their limits. */
static void
check_lengths(void)
{
	char text[3000];
	char name[2000];
	const struct
	{
		int slash; /* after so many letters */
		int length;
		bool read;
	} lengths[] = {{0, 128, true},    {0, 129, false},   {128, 257, true},
				   {129, 200, false}, {127, 1024, true}, {127, 1025, false}};

	for (size_t i = 0; i < COUNT(lengths); i++)
	{
		JgConditionError error;
		JgCondition *condition;

		memset(name, 'x', sizeof(name));
		for (int at = lengths[i].slash; at > 0 && at < lengths[i].length - 1; at += lengths[i].slash + 1)
			name[at] = '/';
		name[lengths[i].length] = '\0';
		snprintf(text, sizeof(text), "succeeded(%s)", name);
		condition = jg_condition_parse(text, JG_NATIVE, &error);
		ok((condition != NULL) == lengths[i].read, "a name of %d bytes, a slash after %d", lengths[i].length,
		   lengths[i].slash);
		if (condition == NULL)
			ok(strstr(error.message, "xxx...\" at position 11 is longer than a name can be") != NULL, "%.60s",
			   error.message);
		jg_condition_free(condition);
	}
}

static void
check_caret(const char *text, JgSpelling spelling, const char *wanted)
{
	JgConditionError error;
	JgCondition *condition = jg_condition_parse(text, spelling, &error);
	char *caret = condition == NULL ? jg_condition_caret(text, &error) : NULL;

	if (!ok(caret != NULL && strcmp(caret, wanted) == 0, "marked in %.40s", line(text)))
		printf("# %s\n", caret);
	mem_free(caret);
	jg_condition_free(condition);
}

#define TEN "s(abcdef) and " /* fourteen letters */
#define MANY TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void
check_carets(void)
{
	check_caret("sucess(a)", JG_NATIVE, "sucess(a)\n^^^^^^");
	check_caret("s(a) and", JG_NATIVE, "s(a) and\n        ^");
	check_caret("", JG_NATIVE, "\n^");
	check_caret("s(\xc3\xa9) and foo(b)", JG_NATIVE, "s(\xc3\xa9) and foo(b)\n         ^^^");
	check_caret("s(a)\nand\tfoo(b)", JG_NATIVE, "s(a) and foo(b)\n         ^^^");
	check_caret(MANY "foo(b) and " MANY, JG_NATIVE,
				"...def) and s(abcdef) and s(abcdef) and foo(b) and s(abcdef) and s(abcdef) and s(abcdef) and s(ab...\n"
				"                                        ^^^");
	check_caret(MANY, JG_NATIVE,
				"...abcdef) and s(abcdef) and s(abcdef) and s(abcdef) and s(abcdef) and s(abcdef) and s(abcdef) and \n"
				"                                                                                                   ^");
	check_caret(
		"foo(b) and " MANY, JG_NATIVE,
		"foo(b) and s(abcdef) and s(abcdef) and s(abcdef) and s(abcdef) and s(abcdef) and s(abcdef) and s(...\n^^^");
}

/* A condition over a to e; what it says for all of 3^n combinations is compared with a formula. */
static const char letters[] = "FTO";

static JgTruth
say(const JgCondition *condition, const char *known)
{
	JgTruth truths[8] = {JG_FALSE};

	for (int i = 0; i < condition->natoms; i++)
		truths[i] = (JgTruth) (strchr(letters, known[i]) - letters);
	return jg_condition_eval(condition, truths);
}

/* What is known of each atom, and what follows, for one condition after the other. */
static const struct
{
	const char *text;
	const char *cases[14];
} truths[] = {
	{"s(a)", {"F F", "T T", "O O"}},
	{"not s(a)", {"F T", "T F", "O O"}},
	{"s(a) and s(b)", {"FF F", "FT F", "FO F", "TF F", "TT T", "TO O", "OF F", "OT O", "OO O"}},
	{"s(a) or s(b)", {"FF F", "FT T", "FO O", "TF T", "TT T", "TO T", "OF O", "OT T", "OO O"}},
	{"not (s(a) or s(b))", {"FF T", "FT F", "FO O", "TF F", "TT F", "TO F", "OF O", "OT F", "OO O"}},
	{"2 of (s(a), s(b), s(c))",
	 {"FFF F", "FFT F", "FFO F", "FTT T", "FTO O", "FOO O", "TTT T", "TTF T", "TTO T", "TOO O", "OOO O", "TFF F"}},
	{"1 of (s(a), s(b))", {"FF F", "FO O", "TF T", "TO T", "OO O"}},
	{"3 of (s(a), s(b), s(c))", {"TTT T", "TTF F", "TTO O", "TOO O", "FOO F"}},
	{"2 of (s(a), s(a), s(b))", {"TF T", "FT F", "OF O", "OT O", "TO T", "FO F"}},
	{"s(a) and s(b) or s(c)", {"TTF T", "TFF F", "FFT T", "TOF O", "FOO O", "OFF F"}},
	{"s(a) and not s(a)", {"T F", "F F", "O O"}},
	{"s(a) and (s(b) or not (s(c) and s(d)))", {"TFTT F", "TFFT T", "TTTT T", "FTTT F", "TFOT O", "TFOF T", "OFTT F"}},
};

static void
check_truths(void)
{
	for (size_t i = 0; i < COUNT(truths); i++)
	{
		JgConditionError error;
		JgCondition *condition = jg_condition_parse(truths[i].text, JG_NATIVE, &error);

		for (int at = 0; at < 14 && truths[i].cases[at] != NULL; at++)
		{
			const char *known = truths[i].cases[at];

			ok(letters[say(condition, known)] == known[strlen(known) - 1], "%s where %s", truths[i].text, known);
		}
		jg_condition_free(condition);
	}
}

/* Conditions that are nothing but a count of their atoms, and how many; 0: they are not. */
static const struct
{
	const char *text;
	int least;
} counts[] = {{"s(a)", 1},
			  {"not s(a)", 0},
			  {"s(a) and s(b)", 2},
			  {"(s(a) and s(b)) and (s(c) and s(d))", 4},
			  {"s(a) or s(b) or s(c)", 1},
			  {"any of (s(a), any of (s(b), s(c)))", 1},
			  {"2 of (s(a), s(b), s(c))", 2},
			  {"1 of (s(a))", 1},
			  {"s(a) and s(b) or s(c)", 0},
			  {"s(a) and not s(b)", 0},
			  {"not (s(a) and s(b))", 0},
			  {"s(a) and s(a)", 0},
			  {"s(a) or s(b) or s(a)", 0},
			  {"2 of (s(a), s(b), s(a))", 0},
			  {"2 of (s(a), s(b) and s(c))", 0},
			  {"2 of (s(a), not s(b))", 0},
			  {"2 of (s(a), s(b)) and s(c)", 0},
			  {"not not (s(a) and s(b))", 2},
			  {"s(a) and s(a) at any time", 2}};

static void
check_counts(void)
{
	for (size_t i = 0; i < COUNT(counts); i++)
	{
		JgConditionError error;
		JgCondition *condition = jg_condition_parse(counts[i].text, JG_NATIVE, &error);
		int least = 0;
		bool is = jg_condition_counts(condition, &least);

		ok(is == (counts[i].least > 0) && least == counts[i].least, "%s: %d", counts[i].text, counts[i].least);
		jg_condition_free(condition);
	}
}

/* What an atom is in the struct, and what is one atom. */
static void
check_atoms(void)
{
	JgConditionError error;
	JgCondition *condition =
		jg_condition_parse("result(\"x y\"^I, a.b) >= 'v' within '1:30' or exitcode(x) < -3 or v(g) = 1 "
						   "or s(z) or s(z) same business date or success(\"z\") or n(q)",
						   JG_NATIVE, &error);
	const JgAtom *atom = condition->atoms;
	char *why;
	char *text;

	ok(condition->natoms == 5 && condition->nsteps == 8 && condition->depth == 7, "what is the same is one atom");
	ok(atom[0].kind == JG_ATOM_RESULT && strcmp(atom[0].name, "x y") == 0 && strcmp(atom[0].instance, "I") == 0 &&
		   strcmp(atom[0].path, "a.b") == 0 && strcmp(atom[0].value, "v") == 0 && atom[0].compare == JG_GREATER_EQUAL &&
		   atom[0].lookback == JG_WITHIN && atom[0].minutes == 90,
	   "a result");
	ok(atom[1].kind == JG_ATOM_EXITCODE && atom[1].number == -3 && atom[1].compare == JG_LESS &&
		   atom[1].lookback == JG_SAME_DATE && atom[1].instance == NULL && atom[1].value == NULL,
	   "an exit code");
	ok(atom[2].kind == JG_ATOM_VALUE && strcmp(atom[2].value, "1") == 0 && atom[2].lookback == JG_ANY_TIME, "a value");
	ok(atom[3].kind == JG_ATOM_SUCCEEDED && atom[3].lookback == JG_SAME_DATE, "a status");
	ok(atom[4].kind == JG_ATOM_NOTRUNNING && atom[4].lookback == JG_ANY_TIME, "notrunning is about now");
	text = jg_atom_text(&atom[0], JG_NATIVE, &why);
	ok(why == NULL && strcmp(text, "result(\"x y\"^I, a.b) >= 'v' within '1 hour 30 minutes'") == 0,
	   "the text of an atom");
	mem_free(text);
	text = jg_atom_text(&atom[0], JG_AUTOSYS, &why);
	ok(text == NULL && strcmp(why, "result()") == 0, "or why there is none");
	mem_free(why);
	jg_condition_free(condition);
}

int
main(void)
{
	check_meanings(native, COUNT(native), JG_NATIVE);
	check_meanings(autosys, COUNT(autosys), JG_AUTOSYS);
	check_refusals();
	check_lengths();
	check_carets();
	check_truths();
	check_counts();
	check_atoms();
	return done_testing();
}
