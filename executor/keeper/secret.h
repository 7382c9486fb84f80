/*
 * secret.h - secrets of a job: from the node's files and commands to memory that only the job's processes inherit.
 */
#ifndef JOBGRID_KEEPER_SECRET_H
#define JOBGRID_KEEPER_SECRET_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "identity.h"
#include "specblock.h"

/* A job's descriptors: 0 to 2, its socket, and from SECRET_FIRST_FD on one for each secret. */
#define JOB_SOCKET_FD 4
#define SECRET_FIRST_FD 10
#define SECRET_MAX 32
#define SECRET_MAX_BYTES 65536

typedef struct Secret
{
	char *variable;
	char *name;
	char *command; /* NULL: the value is in memory already */
	int memory;    /* far above the job's descriptors */
	int place;     /* in the specification */
} Secret;

typedef struct SecretSet
{
	Secret *secrets;
	size_t count;
} SecretSet;

typedef struct SecretFailure
{
	int place;  /* of the secret in the specification */
	int status; /* as of waitpid(), or -1 */
	int errnum;
} SecretFailure;

/* In the keeper. Nothing is read whose value this user may not have. */
int secret_prepare(SecretSet *set, const SpecBlock *spec, const Identity *identity, Err *e);
void secret_free(SecretSet *set);

/* Appends "VARIABLE=/proc/self/fd/N" and a NUL. */
void secret_put_assignment(const SecretSet *set, size_t which, Buf *text);

/*
 * In the child, async-signal-safe.  The first leaves open only 0 to 3 and the secrets at their numbers (< 0 with errno);
 * the second, before the drop, has the commands fill theirs (< 0 with the failure).
 */
int secret_inherit(const SecretSet *set);
int secret_fetch(const SecretSet *set, SecretFailure *failure);

void secret_describe(const SecretFailure *failure, const SpecBlock *spec, Err *e);

#endif
