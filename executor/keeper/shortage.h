/*
 * shortage.h - a machine that cannot start another process for the moment.
 */
#ifndef JOBGRID_KEEPER_SHORTAGE_H
#define JOBGRID_KEEPER_SHORTAGE_H

#include <stdbool.h>

#include "err.h"
#include "loop.h"

void shortage_init(Loop *loop);

/* Is that why a job could not be started?  Then none is claimed for a while. */
bool shortage_met(const Err *e);
void shortage_declare(const Err *e); /* it is */
void shortage_over(void);

#endif
