/*
 * Results that jobs give back, as jsonb.
 *
 * What is valid JSON elsewhere need not be jsonb here (\u0000, numbers without end, another encoding), and only the type's
 * own input function knows. Its error is caught in a subtransaction, which costs an id only where a job gives a result.
 */
#include "result.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#define MAX_RESULT (1024 * 1024)

bool
jg_result_parse(const char *text, Datum *result, char **problem)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool good = false;

	if (strlen(text) > MAX_RESULT)
	{
		*problem = psprintf("the result has more than %d bytes and is not kept", MAX_RESULT);
		return false;
	}
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*result = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
		ReleaseCurrentSubTransaction();
		good = true;
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		*problem = psprintf("the result is not kept: %s", error->message);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return good;
}
