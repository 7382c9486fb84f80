/* How far back an end may lie, as texts of both spellings. Pure: no server inside. */
#ifndef JG_CONDITIONS_LOOKBACK_H
#define JG_CONDITIONS_LOOKBACK_H

#include "buf.h"
#include "condition.h"

#define JG_LOOKBACK_MINUTES (9998 * 60 + 59) /* the longest */

/* Words such as '30 hours', '1 hour 30 minutes', '30:15', 'forever'. NULL: read; else what is wrong, to follow "... is". */
extern const char *jg_lookback_read_words(const char *text, JgLookback *lookback, int32_t *minutes);

/* AutoSys' 0, 9999, hhhh, hhhh.mm, hhhh:mm, hhhh\:mm. NULL: read; else a hint that says how it is written. */
extern const char *jg_lookback_read_autosys(const char *text, int length, JgLookback *lookback, int32_t *minutes);

/* What follows an atom, with a blank before it, or between job and bracket, with a comma; nothing for the default. */
extern void jg_lookback_put_words(Buf *out, const JgAtom *atom);
extern void jg_lookback_put_autosys(Buf *out, const JgAtom *atom);

/* Whether a kind can have one at all. */
extern bool jg_lookback_fits(JgAtomKind kind);

#endif
