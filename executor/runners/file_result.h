/*
 * file_result.h - what a file_watch job hands on.
 */
#ifndef JOBGRID_RUNNERS_FILE_RESULT_H
#define JOBGRID_RUNNERS_FILE_RESULT_H

#include "buf.h"
#include "file_matches.h"

/* The complete files, first and all, in at most max bytes. There is at least one. */
void file_result_exists(Buf *result, const char *folder, const FileMatches *matches, const FileWanted *wanted,
						int64_t now, size_t max);
void file_result_gone(Buf *result, const char *path);

#endif
