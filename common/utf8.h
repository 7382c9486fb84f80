/*
 * utf8.h - whether bytes are UTF-8, and making them so.
 */
#ifndef JOBGRID_UTF8_H
#define JOBGRID_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Length of the character at text (left > 0), 0 when it is none: overlong, surrogate, cut, too big. */
size_t utf8_length(const char *text, size_t left);
bool utf8_valid(const char *text, size_t len);

/* Appends text as part of one line: control characters become blanks, what is not UTF-8 becomes U+FFFD. */
void utf8_put_line(Buf *out, const char *text, size_t len);

/* Appends text with U+FFFD where it is not UTF-8, as where it was cut. */
void utf8_put_text(Buf *out, const char *text, size_t len);

#endif
