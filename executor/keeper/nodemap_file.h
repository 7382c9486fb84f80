/*
 * nodemap_file.h - the node map in force: read from its file, and again when that changes.
 */
#ifndef JOBGRID_KEEPER_NODEMAP_FILE_H
#define JOBGRID_KEEPER_NODEMAP_FILE_H

#include "loop.h"
#include "nodemap.h"

#define NODEMAP_DEFAULT_PATH "/etc/jobgrid/node.map"

/* path: the setting, or NULL for the default file, which need not be there. Says what it found in the log. */
void nodemap_file_init(const char *path);

/* From here on a map that cannot be used is a problem of the executor (problem.h), and over when it is mended. */
void nodemap_file_watch(Loop *loop);

/*
 * The map as it stands now, valid until the next call; *map is NULL where the node has none.  < 0: there is a map and it
 * cannot be used, so nobody may become anybody.
 */
int nodemap_file_current(const NodeMap **map, Err *e);

/* Changes with every map that is read. */
unsigned nodemap_file_version(void);

#endif
