/*
 * trusted.h - files that decide for root: whose they are, and who could change them.
 */
#ifndef JOBGRID_KEEPER_TRUSTED_H
#define JOBGRID_KEEPER_TRUSTED_H

#include <sys/types.h>

#include "err.h"

#define TRUSTED_UNWRITABLE 022 /* nobody but the owner may write it */
#define TRUSTED_PRIVATE 077    /* nor read it */

/*
 * Opens a regular file that is root's or the keeper's user's and has none of the forbidden mode bits.  flags: O_RDONLY
 * to read it, O_PATH to know about it.  Returns the descriptor, close-on-exec.
 */
int trusted_open(const char *path, int flags, mode_t forbidden, Err *e);

#endif
