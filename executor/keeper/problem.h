/*
 * problem.h - why no job is started here at the moment, as the agent is told.
 */
#ifndef JOBGRID_KEEPER_PROBLEM_H
#define JOBGRID_KEEPER_PROBLEM_H

typedef enum ProblemSource
{
	PROBLEM_JOURNAL,
	PROBLEM_NODE_MAP,
	PROBLEM_SHORTAGE,
	PROBLEM_SOURCES
} ProblemSource;

/* tell is called with each new text; "": there is none any more. */
void problem_init(void (*tell)(const char *text));
void problem_set(ProblemSource source, const char *text);
const char *problem_of(ProblemSource source);
const char *problem_text(void);

#endif
