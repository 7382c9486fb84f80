/*
 * What is wrong, in words of bounded length: what somebody gave is repeated in part only, and never cut inside a letter.
 */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../distance.h"

#define SHOWN 100 /* bytes of a value */

/* The most of length bytes that end with a whole letter. */
static size_t
whole_letters(const char *text, size_t length)
{
	while (length > 0 && ((unsigned char) text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

int
jg_problem_shown(const char *text, size_t length)
{
	return (int) (length <= SHOWN ? length : whole_letters(text, SHOWN));
}

static void __attribute__((format(printf, 3, 0))) put(char *to, size_t size, const char *format, va_list ap)
{
	int length = vsnprintf(to, size, format, ap);

	if (length >= 0 && (size_t) length < size)
		return;
	to[size - 1] = '\0';
	strcpy(to + whole_letters(to, size - 4), "...");
}

bool
jg_problem_set(JgParameterProblem *problem, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(problem->message, sizeof(problem->message), format, ap);
	va_end(ap);
	return false;
}

bool
jg_problem_detail(JgParameterProblem *problem, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(problem->detail, sizeof(problem->detail), format, ap);
	va_end(ap);
	return false;
}

void
jg_problem_consider(JgParameterProblem *problem, const char *given, const char *word)
{
	int most = (int) strlen(given) / 3;
	int steps = jg_distance(given, word);

	if (steps > (most > 1 ? most : 1) || strlen(word) >= sizeof(problem->near))
		return;
	if (problem->near[0] == '\0' || steps < jg_distance(given, problem->near))
		strcpy(problem->near, word);
}
