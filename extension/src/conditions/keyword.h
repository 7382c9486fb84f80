/* Words that begin what a condition asks. Pure: no server inside. */
#ifndef JG_CONDITIONS_KEYWORD_H
#define JG_CONDITIONS_KEYWORD_H

#include "condition.h"

/* The kind that a word stands for, whatever its case; words of both spellings are read in both. */
extern bool jg_keyword_find(const char *word, int length, JgAtomKind *kind);

/* The kind that was probably meant by a word that stands for none. */
extern bool jg_keyword_guess(const char *word, int length, JgAtomKind *kind);

/* The whole word of a spelling; AutoSys has none for skipped and result, whose native ones are given. */
extern const char *jg_keyword_word(JgAtomKind kind, JgSpelling spelling);

/* AutoSys' letter, NULL: it cannot say it. */
extern const char *jg_keyword_letter(JgAtomKind kind);

/* Whether bytes are the lower-case word, whatever their case. */
extern bool jg_keyword_is(const char *bytes, int length, const char *word);

/* Whether somebody meant one of these words (which end with NULL), and which. */
extern const char *jg_keyword_near(const char *bytes, int length, const char *const *words);

#endif
