/*
 * Texts that are refused, and what they were probably meant to be.
 *
 * Each mistake that is found may have one mend. They are tried one after the other, until the text is read as a whole: only
 * then it is a hint, which can be pasted. Long texts are not tried: a hint has to fit in a message.
 */
#include <stdio.h>
#include <string.h>

#include "condition.h"
#include "parse.h"

#define MENDS 20 /* at most that many mistakes are mended for one hint */

/* False: it does not fit. */
static bool
apply(char *text, const JgMend *mend, size_t size)
{
	size_t with = strlen(mend->with);
	size_t tail = strlen(text + mend->at + mend->length);

	if ((size_t) mend->at + with + tail >= size)
		return false;
	memmove(text + mend->at + with, text + mend->at + mend->length, tail + 1);
	memcpy(text + mend->at, mend->with, with);
	return true;
}

/* Mends one mistake after the other; what is read at the end is the hint. */
static void
try_mends(const char *text, JgSpelling spelling, JgConditionError *error, JgMend mend)
{
	char mended[sizeof(error->hint) - sizeof("Did you mean: ")];

	if (strlen(text) >= sizeof(mended))
		return;
	strcpy(mended, text);
	for (int i = 0; i < MENDS && mend.known && apply(mended, &mend, sizeof(mended)); i++)
	{
		JgConditionError ignored;
		JgCondition *condition;

		condition = jg_parse(mended, spelling, &ignored, &mend);
		jg_condition_free(condition);
		if (condition != NULL)
		{
			snprintf(error->hint, sizeof(error->hint), "Did you mean: %s", mended);
			return;
		}
	}
}

JgCondition *
jg_condition_parse(const char *text, JgSpelling spelling, JgConditionError *error)
{
	JgMend mend;
	JgCondition *condition = jg_parse(text, spelling, error, &mend);

	if (condition == NULL)
		try_mends(text, spelling, error, mend);
	return condition;
}
