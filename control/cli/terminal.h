/*
 * What the output can show: found out once, asked everywhere.
 */
#ifndef JOBGRID_CLI_TERMINAL_H
#define JOBGRID_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

typedef struct Terminal
{
	bool present; /* somebody looks at it; otherwise a file or a pipe */
	bool colour;
	bool utf8;
	int columns;
} Terminal;

extern Terminal terminal_describe(FILE *stream);

/* Flags for text_put() on this terminal. */
extern int terminal_text_flags(const Terminal *terminal);

/* The sign before a state ("✓ "), "" for a word that is no state; and the escapes around it, "" without colour. */
extern const char *terminal_sign(const Terminal *terminal, const char *state);
extern const char *terminal_colour(const Terminal *terminal, const char *state);
extern const char *terminal_dim(const Terminal *terminal);
extern const char *terminal_plain(const Terminal *terminal);

#endif
