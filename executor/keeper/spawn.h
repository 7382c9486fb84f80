/*
 * spawn.h - from a specification to a process in a session of its own.
 */
#ifndef JOBGRID_KEEPER_SPAWN_H
#define JOBGRID_KEEPER_SPAWN_H

#include <sys/types.h>

#include "err.h"
#include "jobsetup.h"
#include "specblock.h"

typedef struct Spawned
{
	pid_t pid;
	int pidfd;
	int setup;     /* read end: EOF when exec succeeded, else a SpawnFailure */
	int output[2]; /* read ends of stdout and stderr */
} Spawned;

typedef struct SpawnFailure
{
	int step;
	int errnum;
	SecretFailure secret;
} SpawnFailure;

/* All descriptors are close-on-exec and non-blocking. */
int spawn(const SpecBlock *spec, const JobSetup *setup, Spawned *spawned, Err *e);
void spawn_describe(const SpawnFailure *failure, const SpecBlock *spec, Err *e);

#endif
