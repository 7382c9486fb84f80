/*
 * privilege.h - how the child gives up what the keeper may do.
 *
 * All but privilege_init() is for the child, between fork and exec, and async-signal-safe: < 0 with errno set.
 */
#ifndef JOBGRID_KEEPER_PRIVILEGE_H
#define JOBGRID_KEEPER_PRIVILEGE_H

#include <stdbool.h>

#include "identity.h"

/* As root: can this node give a job a /tmp of its own? What it cannot is then left out. */
int privilege_init(Err *e);

/* What of it a job can ask for: capabilities, comma-separated. */
const char *privilege_capabilities(void);

/* Is the path out of reach for a job with a /tmp of its own? */
bool privilege_hides(const char *path);

/* Before the drop: what only root can arrange around a job. */
int privilege_isolate(const Identity *identity);

/* Becomes the identity for good, and fails where there is a way back. */
int privilege_drop(const Identity *identity);

/* No core file, also not through a program that collects them. */
int privilege_forbid_core(void);

#endif
