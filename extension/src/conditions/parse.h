/* A condition's text becomes steps. Pure: no server inside. */
#ifndef JG_CONDITIONS_PARSE_H
#define JG_CONDITIONS_PARSE_H

#include "reader.h"

/* NULL: the error is set, and, where something would mend the text, the mend. */
extern JgCondition *jg_parse(const char *text, JgSpelling spelling, JgConditionError *error, JgMend *mend);

#endif
