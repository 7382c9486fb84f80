/*
 * jobsetup.h - what a job needs besides its specification, decided by the node before there is a process.
 */
#ifndef JOBGRID_KEEPER_JOBSETUP_H
#define JOBGRID_KEEPER_JOBSETUP_H

#include "confine.h"
#include "identity.h"
#include "secret.h"

typedef struct JobSetup
{
	Identity identity;
	SecretSet secrets;
	Confine confine;
	char *runner;      /* its path; NULL: the specification names the program */
	const char **argv; /* program, or runner, perhaps behind a shell that reads a profile first */
} JobSetup;

/* The caller frees it in either case, and before the specification, whose strings it uses. */
int jobsetup_prepare(JobSetup *setup, const SpecBlock *spec, Err *e);
void jobsetup_free(JobSetup *setup);

#define cleanup_jobsetup __attribute__((cleanup(jobsetup_free)))

#endif
