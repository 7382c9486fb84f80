/*
 * contain_adopted.h - the processes of a job whose keeper has died; for contain.c.
 */
#ifndef JOBGRID_KEEPER_CONTAIN_ADOPTED_H
#define JOBGRID_KEEPER_CONTAIN_ADOPTED_H

#include "contain.h"

void contain_adopted_signal(const Contain *contain, int signo);
size_t contain_adopted_sweep(const Contain *contain);

#endif
