/*
 * Texts of conditions, the first byte says in which spelling. What is read is written as a text that is read as the same, in
 * both spellings; it is evaluated; what is refused is refused in one piece, and a text that is suggested is read.
 */
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/conditions/condition.h"
#include "../unit/lib/condition_same.h"
#include "fuzz.h"
#include "mem.h"
#include "utf8.h"

static void
check_text(const JgCondition *condition, JgSpelling spelling)
{
	char *why = NULL;
	char *text = jg_condition_text(condition, spelling, &why);
	char *text_again;
	JgCondition *again;
	JgConditionError error;

	if ((text == NULL) == (why == NULL))
		abort();
	if (text != NULL && strlen(text) <= JG_CONDITION_BYTES)
	{
		again = jg_condition_parse(text, spelling, &error);
		if (again == NULL || !condition_same(condition, again))
			abort();
		text_again = jg_condition_text(again, spelling, &why);
		if (text_again == NULL || strcmp(text, text_again) != 0)
			abort();
		mem_free(text_again);
		jg_condition_free(again);
	}
	mem_free(text);
	mem_free(why);
}

/* Of atoms that are all true, or all open. */
static void
check_eval(const JgCondition *condition)
{
	JgTruth *truths = mem_alloc((size_t) condition->natoms * sizeof(JgTruth));
	bool negated = false;
	int least = 0;

	for (int i = 0; i < condition->nsteps; i++)
		negated = negated || condition->steps[i].op == JG_OP_NOT;
	for (int i = 0; i < condition->natoms; i++)
		truths[i] = JG_TRUE;
	if (!negated && jg_condition_eval(condition, truths) != JG_TRUE)
		abort();
	for (int i = 0; i < condition->natoms; i++)
		truths[i] = JG_OPEN;
	if (jg_condition_eval(condition, truths) != JG_OPEN)
		abort();
	if (jg_condition_counts(condition, &least))
	{
		for (int i = 0; i < condition->natoms; i++)
			truths[i] = i < least ? JG_TRUE : JG_FALSE;
		if (jg_condition_eval(condition, truths) != JG_TRUE)
			abort();
		truths[least - 1] = JG_FALSE;
		if (jg_condition_eval(condition, truths) != JG_FALSE)
			abort();
	}
	mem_free(truths);
}

static void
check_error(const char *text, JgSpelling spelling, const JgConditionError *error)
{
	static const char suggestion[] = "Did you mean: ";
	JgConditionError ignored;
	JgCondition *condition;
	char *caret = jg_condition_caret(text, error);

	if (error->message[0] == '\0' || strnlen(error->message, sizeof(error->message)) == sizeof(error->message) ||
		strnlen(error->hint, sizeof(error->hint)) == sizeof(error->hint) || error->position < 0 || error->length < 0 ||
		(size_t) error->position + (size_t) error->length > strlen(text) || strchr(caret, '\n') == NULL)
		abort();
	/* What is text stays text. */
	if (utf8_valid(text, strlen(text)) &&
		(!utf8_valid(error->message, strlen(error->message)) || !utf8_valid(error->hint, strlen(error->hint)) ||
		 !utf8_valid(caret, strlen(caret))))
		abort();
	if (strncmp(error->hint, suggestion, strlen(suggestion)) == 0)
	{
		condition = jg_condition_parse(error->hint + strlen(suggestion), spelling, &ignored);
		if (condition == NULL)
			abort();
		jg_condition_free(condition);
	}
	mem_free(caret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	JgSpelling spelling = size > 0 && data[0] == 'a' ? JG_AUTOSYS : JG_NATIVE;
	size_t length = size > 0 ? size - 1 : 0;
	char *text = malloc(length + 1);
	JgCondition *condition;
	JgConditionError error;

	memcpy(text, data + (size > 0), length);
	text[length] = '\0';
	condition = jg_condition_parse(text, spelling, &error);
	if (condition != NULL)
	{
		check_text(condition, JG_NATIVE);
		check_text(condition, JG_AUTOSYS);
		check_eval(condition);
	}
	else
		check_error(text, spelling, &error);
	jg_condition_free(condition);
	free(text);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const texts[] = {
		"nsucceeded(load) and not failed(check) or ended(\"my job\"^PRD) at any time",
		"n2 of (succeeded(a), terminated(b), skipped(flow/step)) and (notrunning(x) or any of (s(a), all of (s(b), s(c))))",
		"nexitcode(a) >= -4 within '1 hour 30 minutes' and result(b, rows.count) <> 'it''s' since my last end",
		"nvalue(market) = open or value(x)!='' or v(y) < 10",
		"nsucceeded(a) within '30:15' and succeeded(b) within 'forever' same business date",
		"as(a) & f(b, 0) | d(c^INS, 30.15) AND t(d,30\\:15) OR n(e)",
		"a(s(a) | success(x\\:y, 9999)) & (e(a) != 4 | v(T) = \"10:00\") & v(U)=OPEN",
		"nsucess(a) && failed(my job), \xe2\x80\x9cload\xe2\x80\x9d adn b",
		"nnot notrunning(\xc3\xa9) and ((succeeded(a, 30)",
	};

	if (i >= sizeof(texts) / sizeof(texts[0]))
		return false;
	buf_puts(out, texts[i]);
	return true;
}
