/* What an exit code, a result or a value is compared with. Pure: no server inside. */
#ifndef JG_CONDITIONS_COMPARISON_H
#define JG_CONDITIONS_COMPARISON_H

#include "reader.h"

/* Reads sign and value, and appends them with a blank before. */
extern bool jg_comparison_read(JgConditionReader *reader, JgAtom *atom);
extern void jg_comparison_put(const JgAtom *atom, JgSpelling spelling, Buf *out);

extern const char *jg_comparison_sign(JgCompare compare, JgSpelling spelling);

#endif
