/*
 * Arguments of SQL functions.
 */
#include "args.h"

#include "errors.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#define MAX_NAME 128 /* bytes; the tables' constraints say the same */

void
jg_arg_require(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("argument \"%s\" must not be null", name)));
}

char *
jg_text_clip(Datum value, int most)
{
	char *clipped = TextDatumGetCString(value);
	int length = strlen(clipped);

	if (length > most)
		clipped[pg_mbcliplen(clipped, length, most)] = '\0';
	return clipped;
}

const char *
jg_clip(const char *text)
{
	int length = strlen(text);

	if (length <= MAX_NAME)
		return text;
	return psprintf("%.*s...", pg_mbcliplen(text, length, MAX_NAME), text);
}

void
jg_arg_check_name(const char *name, const char *what, const char *hint)
{
	int length = name ? strlen(name) : 1;
	bool valid = length >= 1 && length <= MAX_NAME;

	if (name == NULL)
		return;
	for (int i = 0; valid && i < length; i++)
		valid = name[i] != '/' && name[i] != 0x7f && (unsigned char) name[i] >= ' ';
	if (!valid || name[0] == ' ' || name[length - 1] == ' ')
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("%s \"%s\" is not a name", what, jg_clip(name)),
						errdetail("A name has 1 to %d bytes, no slash, no control characters and no space at its ends.",
								  MAX_NAME),
						errhint("%s", hint)));
}

char *
jg_arg_text(FunctionCallInfo fcinfo, int i)
{
	return PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
}

int
jg_place(const char *word, const char *const *words)
{
	for (int i = 0; word != NULL && words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			return i + 1;
	return 0;
}
