/* Arguments of SQL functions. A function that is not STRICT is called with nulls sooner or later: nothing reads one unseen. */
#ifndef JG_ARGS_H
#define JG_ARGS_H

#include "postgres.h"

#include "fmgr.h"

/* Raises where argument i is null. */
extern void jg_arg_require(FunctionCallInfo fcinfo, int i, const char *name);

/* A text as a C string of at most `most` bytes, cut between letters. */
extern char *jg_text_clip(Datum value, int most);

/* For messages that repeat what somebody gave: its beginning, where it is longer than any name may be. */
extern const char *jg_clip(const char *text);

/* Raises where a text argument is given and cannot be a name: 1 to 128 bytes, no slash, no control characters. */
extern void jg_arg_check_name(const char *name, const char *what, const char *hint);

/* The place of a word in a list that ends with NULL, from 1; 0: it is not there, or NULL. */
extern int jg_place(const char *word, const char *const *words);

/* A text argument as a C string, NULL for null. */
extern char *jg_arg_text(FunctionCallInfo fcinfo, int i);

#endif
