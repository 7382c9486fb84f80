/* Names of jobs, values and instances in conditions. Pure: no server inside. */
#ifndef JG_CONDITIONS_ATOM_NAME_H
#define JG_CONDITIONS_ATOM_NAME_H

#include "reader.h"

/* A name with its instance; a path; the bracket behind them. False: the reader has the error. */
extern bool jg_atom_read_name(JgConditionReader *reader, JgAtom *atom);
extern bool jg_atom_read_path(JgConditionReader *reader, JgAtom *atom);
extern bool jg_atom_close(JgConditionReader *reader, JgAtomKind kind);

extern void jg_atom_put_name(Buf *out, const char *name, JgSpelling spelling);

/* AutoSys: a colon that a backslash guards is a colon, two backslashes are one. In place. */
extern void jg_atom_unescape(char *text);

#endif
