/*
 * file_notify.h - says when it may be worth to look into a folder again.
 *
 * A hint: it can be silent (network file systems, a folder moved by its
 * parent's parent) and it can cry wolf.  The folder need not exist.
 */
#ifndef JOBGRID_RUNNERS_FILE_NOTIFY_H
#define JOBGRID_RUNNERS_FILE_NOTIFY_H

#include "err.h"
#include "loop.h"

typedef struct FileNotify FileNotify;
typedef void (*FileNotifyCallback)(void *arg);

/*
 * pattern: the names in the folder that matter, as for fnmatch().  The callback comes a few times a second at most.
 * NULL: inotify cannot be had.
 */
FileNotify *file_notify_new(Loop *loop, const char *folder, const char *pattern, FileNotifyCallback callback, void *arg,
							Err *e);
void file_notify_free(FileNotify *notify);

/* To be called before each look: watches the folder, or what of its path exists. < 0: nothing will be heard, for now. */
int file_notify_arm(FileNotify *notify, Err *e);

#endif
