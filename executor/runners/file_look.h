/*
 * file_look.h - one look into a folder.
 */
#ifndef JOBGRID_RUNNERS_FILE_LOOK_H
#define JOBGRID_RUNNERS_FILE_LOOK_H

#include <stdbool.h>

#include "err.h"
#include "file_matches.h"

typedef struct FileLook
{
	FileMatch *files; /* with their names the caller's, once taken */
	size_t count;
	bool folder; /* it is there */
	bool capped; /* there are more */
} FileLook;

/* Whether the name is a pattern for fnmatch(), not a name. */
bool file_look_is_pattern(const char *name);

/* Regular files, through links. < 0: it cannot be known what is there; nothing is kept. */
int file_look(const char *folder, const char *name, FileLook *look, Err *e);

#endif
