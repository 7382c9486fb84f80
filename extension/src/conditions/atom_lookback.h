/* The lookback of an atom, as it stands in a condition. Pure: no server inside. */
#ifndef JG_CONDITIONS_ATOM_LOOKBACK_H
#define JG_CONDITIONS_ATOM_LOOKBACK_H

#include "reader.h"

/* What may stand behind an atom in native text; nothing is the default. */
extern bool jg_atom_read_native_lookback(JgConditionReader *reader, JgAtom *atom);

/* From the comma on. */
extern bool jg_atom_read_autosys_lookback(JgConditionReader *reader, JgAtom *atom);

/* A comma where native text has none: an AutoSys lookback, or a list. Returns false. */
extern bool jg_atom_refuse_comma(JgConditionReader *reader, JgAtomKind kind);

#endif
