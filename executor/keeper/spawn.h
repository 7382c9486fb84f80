/*
 * spawn.h - from a specification to a process in a session of its own.
 */
#ifndef JOBGRID_KEEPER_SPAWN_H
#define JOBGRID_KEEPER_SPAWN_H

#include <sys/types.h>

#include "err.h"
#include "group.h"
#include "jobsetup.h"
#include "specblock.h"

typedef struct Spawned
{
	pid_t pid;
	int pidfd;
	int setup;     /* socket: the gate, then EOF when exec succeeded, else a SpawnFailure */
	int output[2]; /* read ends of stdout and stderr */
	int socket;    /* the node's end of what the job tells and hears */
} Spawned;

typedef struct SpawnFailure
{
	int step;
	int errnum;
	SecretFailure secret;
} SpawnFailure;

/* The path of one of our programs: where it is jobs find jobgrid-job, after the usual places. */
void spawn_init(const char *program);

/*
 * All descriptors are close-on-exec and non-blocking. The process waits until it is released, before it runs the command
 * of a secret, becomes the job's user or touches anything; it ends when this process does so before.
 */
int spawn(const SpecBlock *spec, const JobSetup *setup, const GroupDoor *door, Spawned *spawned, Err *e);
void spawn_release(int setup);
void spawn_describe(const SpawnFailure *failure, const SpecBlock *spec, Err *e);

#endif
