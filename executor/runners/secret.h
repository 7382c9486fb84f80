/*
 * secret.h - settings that say secret:NAME and mean what a file holds.
 */
#ifndef JOBGRID_RUNNERS_SECRET_H
#define JOBGRID_RUNNERS_SECRET_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

/* Replaces a text that is exactly secret:NAME by the secret. 1: it was one, 0: it was none, < 0: it cannot be had. */
int secret_resolve(Buf *text, Err *e);

#endif
