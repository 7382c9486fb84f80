/*
 * rundir.h - the work directory and each attempt's private directory in it.
 */
#ifndef JOBGRID_KEEPER_RUNDIR_H
#define JOBGRID_KEEPER_RUNDIR_H

#include "err.h"
#include "identity.h"
#include "message.h"
#include "specblock.h"

/* Creates what is missing, takes the lock for the process' life, removes leftovers. */
int rundir_open(const char *work_dir, const Identity *identity, Err *e);

int rundir_create(const AttemptKey *key, const SpecBlock *spec, const Identity *identity, Err *e);
void rundir_remove(const AttemptKey *key);

#endif
