/*
 * launch.h - from a specification to a process in its place, with its files.
 */
#ifndef JOBGRID_KEEPER_LAUNCH_H
#define JOBGRID_KEEPER_LAUNCH_H

#include "contain.h"
#include "err.h"
#include "identity.h"
#include "message.h"
#include "spawn.h"
#include "specblock.h"

/* Reads the specification from its descriptor; it is the caller's to free, also after a failure. */
int launch(const AttemptKey *key, int specification, const Identity *identity, SpecBlock *spec, Contain *contain,
		   Spawned *spawned, Err *e);

/* For a process that cannot be watched: it must not run. Killed and collected on the spot; descriptors stay. */
void launch_undo(const AttemptKey *key, Contain *contain);

#endif
