/*
 * Arguments of SQL functions.
 */
#include "args.h"

#include "errors.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

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

char *
jg_arg_text(FunctionCallInfo fcinfo, int i)
{
	return PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));
}
