/* What is wrong with a parameter, or with the rules for it. Pure: no server inside. */
#ifndef JG_PARAMETERS_PROBLEM_H
#define JG_PARAMETERS_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#define JG_PARAMETER_NAME 128 /* bytes, at most */

/* Texts are valid UTF-8 where the JSON was; too long ones end with three dots. */
typedef struct JgParameterProblem
{
	char name[JG_PARAMETER_NAME + 1]; /* of the parameter, if the schema has it, else empty */
	bool unknown;                     /* there is no such parameter */
	char message[512];
	char detail[2048];                /* what is allowed; may be empty */
	char near[JG_PARAMETER_NAME + 1]; /* the name or word that was probably meant; may be empty */
} JgParameterProblem;

/* How much of a name or value that somebody gave a message repeats: its length, without a broken letter. */
extern int jg_problem_shown(const char *text, size_t length);

/* Both return false. The problem is as it was, but for the text. */
extern bool jg_problem_set(JgParameterProblem *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern bool jg_problem_detail(JgParameterProblem *problem, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Compares one more word with the one that was given; the nearest so far is in problem->near. */
extern void jg_problem_consider(JgParameterProblem *problem, const char *given, const char *word);

#endif
