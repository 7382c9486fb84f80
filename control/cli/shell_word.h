/* Commands that are shown to be pasted. */
#ifndef JOBGRID_CLI_SHELL_WORD_H
#define JOBGRID_CLI_SHELL_WORD_H

#include "buf.h"

/* Appends the text as one word of a shell, in quotes where it needs them. */
extern void shell_word_put(Buf *out, const char *text);

#endif
