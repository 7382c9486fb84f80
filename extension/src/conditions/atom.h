/* One thing that a condition asks, read and written. Pure: no server inside. */
#ifndef JG_CONDITIONS_ATOM_H
#define JG_CONDITIONS_ATOM_H

#include "reader.h"

/*
 * Reads the atom of that kind whose word is the reader's next token, with an opening bracket behind it. False: the reader
 * has the error, and the atom what was read so far.
 */
extern bool jg_atom_read(JgConditionReader *reader, JgAtomKind kind, JgAtom *atom);

/* Appends its text. False: the spelling cannot say it, and *why (to be freed) tells what it cannot. */
extern bool jg_atom_put(const JgAtom *atom, JgSpelling spelling, Buf *out, char **why);

#endif
