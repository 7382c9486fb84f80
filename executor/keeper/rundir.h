/*
 * rundir.h - the work directory and each attempt's private directory in it.
 */
#ifndef JOBGRID_KEEPER_RUNDIR_H
#define JOBGRID_KEEPER_RUNDIR_H

#include <stdbool.h>

#include "err.h"
#include "identity.h"
#include "message.h"
#include "specblock.h"
#include "state.h"

/* Creates what is missing, and takes the lock for the process' life. Returns the open work directory, which stays ours. */
int rundir_open(const char *work_dir, const Identity *identity, Err *e);

/* The same for a program that takes another's place in this process: the descriptors are open. */
int rundir_resume(State state, const Identity *identity, Err *e);
void rundir_save(Buf *out);
void rundir_keep_open(bool keep);

/* Removes what an earlier keeper left, but for the directories that are still needed. */
void rundir_clean(bool (*needed)(const char *name));

/* Where the attempt has files there; the others need no directory, which would cost as much as their process. */
int rundir_create(const AttemptKey *key, const SpecBlock *spec, const Identity *identity, Err *e);
void rundir_remove(const AttemptKey *key);

#endif
