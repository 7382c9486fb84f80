/*
 * Conditions as large as they may be: no text takes more than its time, or the process' stack. The stack is limited here to
 * what a thread has; the time is what a quadratic reader would never do with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../../extension/src/conditions/condition.h"
#include "buf.h"
#include "clock.h"
#include "lib/condition_same.h"
#include "mem.h"
#include "tap.h"

#define MOST_SECONDS 10.0 /* with sanitizers, on a machine that has other things to do */
#define OPERANDS 100000

static double
seconds(void)
{
	return (double) clock_now_us() / 1e6;
}

/* Reads, evaluates and writes it; text and why are what came of the spelling it was not written in. */
static void
check(const char *what, const Buf *text, JgSpelling spelling, JgTruth wanted, const char *wanted_why)
{
	double begin = seconds();
	JgConditionError error;
	JgCondition *condition = jg_condition_parse(buf_text(text), spelling, &error);
	cleanup_free char *why = NULL;
	cleanup_free char *own = NULL;
	cleanup_free char *other = NULL;
	JgCondition *again;
	JgTruth *truths;

	ok(condition != NULL, "%s: is read, %d bytes", what, (int) text->len);
	if (condition == NULL)
	{
		printf("# %s\n", error.message);
		return;
	}
	truths = mem_alloc((size_t) condition->natoms * sizeof(JgTruth));
	for (int i = 0; i < condition->natoms; i++)
		truths[i] = i % 2 == 0 ? JG_TRUE : JG_FALSE;
	ok(jg_condition_eval(condition, truths) == wanted, "%s: is evaluated", what);
	mem_free(truths);
	own = jg_condition_text(condition, spelling, &why);
	again = own != NULL ? jg_condition_parse(own, spelling, &error) : NULL;
	/* A canonical text is longer than what was written, and may be longer than a text can be. */
	ok(own != NULL && (again != NULL ? condition_same(condition, again) : strlen(own) > JG_CONDITION_BYTES),
	   "%s: is written", what);
	other = jg_condition_text(condition, spelling == JG_NATIVE ? JG_AUTOSYS : JG_NATIVE, &why);
	ok(wanted_why != NULL ? why != NULL && strcmp(why, wanted_why) == 0 : other != NULL, "%s: %s", what,
	   wanted_why != NULL ? wanted_why : "is written in the other spelling");
	jg_condition_free(again);
	jg_condition_free(condition);
	ok(seconds() - begin < MOST_SECONDS, "%s: in time", what);
	printf("# %.2f s\n", seconds() - begin);
}

static void
check_refused(const char *what, const Buf *text, JgSpelling spelling, const char *message)
{
	double begin = seconds();
	JgConditionError error;
	JgCondition *condition = jg_condition_parse(buf_text(text), spelling, &error);
	cleanup_free char *caret = condition == NULL ? jg_condition_caret(buf_text(text), &error) : NULL;

	if (!ok(condition == NULL && strcmp(error.message, message) == 0, "%s: %s", what, message))
		printf("# %s\n", condition == NULL ? error.message : "read");
	ok(caret != NULL && strlen(caret) <= 801, "%s: is shown in two lines", what);
	jg_condition_free(condition);
	ok(seconds() - begin < MOST_SECONDS, "%s: in time", what);
}

static void
fill(Buf *text, const char *piece, size_t length)
{
	buf_reset(text);
	while (text->len + strlen(piece) <= length)
		buf_puts(text, piece);
}

static void
check_wide(void)
{
	cleanup_buf Buf text = {0};

	for (int i = 0; i < OPERANDS; i++)
		buf_printf(&text, "%sn(%x)", i > 0 ? "|" : "", i);
	check("100,000 alternatives", &text, JG_AUTOSYS, JG_TRUE, NULL);
	buf_reset(&text);
	buf_puts(&text, "50000 of (");
	for (int i = 0; i < OPERANDS; i++)
		buf_printf(&text, "%ss(%x)", i > 0 ? "," : "", i);
	buf_putc(&text, ')');
	check("50,000 of 100,000", &text, JG_NATIVE, JG_TRUE, "50000 of");
	fill(&text, "s(a)&", JG_CONDITION_BYTES - 4);
	buf_puts(&text, "s(a)");
	check("the same again and again", &text, JG_AUTOSYS, JG_TRUE, NULL);
}

static void
check_deep(void)
{
	cleanup_buf Buf text = {0};

	for (int i = 0; i < OPERANDS; i++)
		buf_printf(&text, "%ss(%x)", i == 0 ? "" : i % 2 == 0 ? "|" : "&", i);
	check("an operator that changes each time", &text, JG_AUTOSYS, JG_FALSE,
		  "brackets that are nested more than 200 times");
	buf_reset(&text);
	for (int i = 0; i < 100; i++)
		buf_printf(&text, "n(a%d) or n(b%d) and (", i, i);
	buf_puts(&text, "n(c)");
	for (int i = 0; i < 100; i++)
		buf_putc(&text, ')');
	check("brackets that AutoSys needs more of", &text, JG_NATIVE, JG_TRUE, NULL);
	fill(&text, "not ", JG_CONDITION_BYTES - 4);
	buf_puts(&text, "s(a)");
	check("opposites of opposites", &text, JG_NATIVE, JG_FALSE, "not");
	fill(&text, "(", JG_CONDITION_DEPTH);
	buf_puts(&text, "s(a)");
	for (int i = 0; i < JG_CONDITION_DEPTH; i++)
		buf_putc(&text, ')');
	check("brackets in brackets", &text, JG_AUTOSYS, JG_TRUE, NULL);
	fill(&text, "2 of (s(a), s(b), not (", (size_t) 23 * (JG_CONDITION_DEPTH / 2));
	buf_puts(&text, "s(c)");
	for (int i = 0; i < JG_CONDITION_DEPTH; i++)
		buf_putc(&text, ')');
	check("counts in counts", &text, JG_NATIVE, JG_TRUE, "not");
}

static void
check_too_large(void)
{
	cleanup_buf Buf text = {0};

	fill(&text, "(", JG_CONDITION_BYTES);
	check_refused("nothing but brackets", &text, JG_NATIVE, "\"(\" at position 201 is one bracket in another too many");
	fill(&text, "\"", JG_CONDITION_BYTES);
	check_refused(
		"nothing but quotes", &text, JG_NATIVE,
		"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"...\" at position 1 is not "
		"a condition");
	buf_puts(&text, "\"");
	check_refused("a byte too many", &text, JG_NATIVE, "a condition has at most 1048576 bytes");
	fill(&text, "\xe2\x80\x98", JG_CONDITION_BYTES);
	check_refused("typographic quotes", &text, JG_AUTOSYS, "\"\xe2\x80\x98\" at position 1 is a typographic quote");
	fill(&text, "s(a) s(b) ", JG_CONDITION_BYTES);
	check_refused("operators that are missing", &text, JG_NATIVE, "\"s\" at position 6 has no and or or before it");
	buf_reset(&text);
	buf_puts(&text, "s(");
	for (int i = 0; i < OPERANDS; i++)
		buf_puts(&text, "a b ");
	check_refused("a name of many words", &text, JG_NATIVE, "\"b\" at position 5 is not a closing bracket");
}

int
main(void)
{
	const struct rlimit little = {(rlim_t) 512 * 1024, (rlim_t) 512 * 1024};

	setrlimit(RLIMIT_STACK, &little);
	check_wide();
	check_deep();
	check_too_large();
	return done_testing();
}
