/*
 * unmet.h - what a job asks for and this executor cannot give.
 */
#ifndef JOBGRID_KEEPER_UNMET_H
#define JOBGRID_KEEPER_UNMET_H

#include "err.h"
#include "specblock.h"

/* < 0: the job must not run here; e names what it asks for by the column of its definition. */
int unmet_check(const SpecBlock *spec, Err *e);

#endif
