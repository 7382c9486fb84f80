/*
 * enforce.c - the words for what a node can hold a job to.
 */
#include "enforce.h"

#include <string.h>

static const char *const words[ENFORCE_END] = {
	[ENFORCE_CONTAIN] = "contain.cgroup",    [ENFORCE_CPU] = "limit.cpu", [ENFORCE_MEMORY] = "limit.memory",
	[ENFORCE_PROCESSES] = "limit.processes", [ENFORCE_IO] = "limit.io",   [ENFORCE_NETWORK] = "limit.network",
};

bool
enforce_reserved(const char *word)
{
	static const char *const prefixes[] = {"contain.", "limit."};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
	{
		if (strncmp(word, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

void
enforce_put(Buf *out, unsigned set)
{
	const char *comma = "";

	for (int i = 0; i < ENFORCE_END; i++)
	{
		if ((set & ENFORCE_BIT(i)) == 0)
			continue;
		buf_printf(out, "%s%s", comma, words[i]);
		comma = ",";
	}
}
