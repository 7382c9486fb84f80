/* What is wrong where a condition, or what joins two of them, is expected. Pure: no server inside. */
#ifndef JG_CONDITIONS_OPERAND_H
#define JG_CONDITIONS_OPERAND_H

#include "reader.h"

/* Both return false: they say what is wrong with the next token, which is none of what can stand there. */
extern bool jg_operand_refuse(JgConditionReader *reader);
extern bool jg_operand_refuse_next(JgConditionReader *reader);

/* AutoSys cannot say what stands in so many bytes. */
extern bool jg_operand_refuse_native(JgConditionReader *reader, int at, int length);

#endif
