/*
 * fence.h - until when jobs may run here that another node may start again.
 */
#ifndef JOBGRID_KEEPER_FENCE_H
#define JOBGRID_KEEPER_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

/* passed: called when the time is over. */
void fence_init(Loop *loop, void (*passed)(void));

/* On clock.h's clock, which counts on while the machine sleeps. 0: nobody has said yet. */
void fence_set(int64_t until);
int64_t fence_until(void);
bool fence_passes_within(int64_t us); /* 0: it has */

#endif
