/*
 * offer.c - what this node can do, as the keeper said.  The agent believes it and finds out nothing itself.
 */
#include "offer.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static char *kinds;
static char *capabilities;

void
offer_init(const char *text)
{
	size_t len = strcspn(text, "\n");

	free(kinds);
	free(capabilities);
	kinds = mem_strndup(text, len);
	capabilities = mem_strdup(text[len] == '\n' ? text + len + 1 : "");
}

const char *
offer_kinds(void)
{
	return kinds;
}

const char *
offer_capabilities(void)
{
	return capabilities;
}

bool
offer_has_kind(const char *kind)
{
	size_t len = strlen(kind);

	for (const char *p = kinds; len > 0; p += strcspn(p, ","))
	{
		p += *p == ',';
		if (*p == '\0')
			return false;
		if (strcspn(p, ",") == len && strncmp(p, kind, len) == 0)
			return true;
	}
	return false;
}
