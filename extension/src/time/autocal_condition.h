/* Conditions as programs: what their parser promises to their evaluation. Pure: no server inside. */
#ifndef JG_AUTOCAL_CONDITION_H
#define JG_AUTOCAL_CONDITION_H

#include "autocal.h"

/*
 * Operands that a program has on its stack at most: in each pair of parentheses, and outside of all, one waits for each
 * of two strengths of operators; besides there are the one just read and what the conditions before have given.
 */
#define JG_AUTOCAL_STACK (2 * (JG_AUTOCAL_DEPTH + 1) + 2)

/* Adds the condition to the rule's, unless it is blank; of the error it sets position and message. */
extern bool jg_autocal_condition(const char *text, const JgAutocalReading *reading, JgAutocal *rule,
								 JgAutocalError *error);

#endif
