/*
 * problem.c - the first of the sources that has something to say is heard.
 */
#include "problem.h"

#include <stdio.h>
#include <string.h>

static void (*tell_agent)(const char *text);
static char texts[PROBLEM_SOURCES][256];

void
problem_init(void (*tell)(const char *text))
{
	tell_agent = tell;
}

const char *
problem_of(ProblemSource source)
{
	return texts[source];
}

const char *
problem_text(void)
{
	for (int source = 0; source < PROBLEM_SOURCES; source++)
	{
		if (texts[source][0] != '\0')
			return texts[source];
	}
	return "";
}

void
problem_set(ProblemSource source, const char *text)
{
	char before[sizeof(texts[0])];

	memcpy(before, problem_text(), strlen(problem_text()) + 1);
	snprintf(texts[source], sizeof(texts[source]), "%s", text);
	if (strcmp(before, problem_text()) != 0)
		tell_agent(problem_text());
}
