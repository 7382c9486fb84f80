/*
 * base64.h - bytes from base64, as the database writes it: with line ends anywhere, padded.
 */
#ifndef JOBGRID_BASE64_H
#define JOBGRID_BASE64_H

#include <stddef.h>

#include "buf.h"

/* Appends. < 0: it is no base64; what was appended until then stays. */
int base64_decode(const char *text, size_t len, Buf *out);

#endif
