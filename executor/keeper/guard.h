/*
 * guard.h - starts the keeper again where a service manager could not.
 */
#ifndef JOBGRID_KEEPER_GUARD_H
#define JOBGRID_KEEPER_GUARD_H

#include <stdbool.h>

/*
 * Where the keeper has to be in a leaf (leaf.h): this process goes there and guards a keeper, started as program, until
 * that ends by itself. Gives that one's status to exit with; -1: there is no need, and this process is the keeper.
 */
int guard(const char *name, const char *program, char **argv);

#endif
