/*
 * Text that came from somewhere else, made safe to print. Nothing here knows what the text means.
 */
#ifndef JOBGRID_CLI_TEXT_H
#define JOBGRID_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum TextFlags
{
	TEXT_UTF8 = 1,         /* the terminal shows UTF-8; otherwise only ASCII is let through */
	TEXT_LINES = 2,        /* newline and tab are layout and stay */
	TEXT_MORE_FOLLOWS = 4, /* a character cut at the end is left for the next call */
	TEXT_JSON = 8          /* JSON from PostgreSQL: escapes as \u, what is shown depends on no locale */
} TextFlags;

/* Prints with everything escaped that could steer a terminal or hide text; returns how many bytes were consumed. */
extern size_t text_put(FILE *out, const char *data, size_t length, int flags);

/* Prints so that tabs and newlines can only be separators: backslash, tab, newline, carriage return as in COPY. */
extern void text_put_field(FILE *out, const char *value);

/* Columns taken on a terminal by text that text_put() has already made safe. */
extern int text_width(const char *text, int flags);

/* Prints safe text in at most width columns, with a mark where it was cut; returns the columns used. */
extern int text_put_width(FILE *out, const char *text, int width, int flags);

#endif
