/*
 * file.h - whole files in memory.
 */
#ifndef JOBGRID_FILE_H
#define JOBGRID_FILE_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/* Appends what is there up to its end. More than max bytes are an error, not cut. */
int file_read(const char *path, size_t max, Buf *content, Err *e);
int file_read_descriptor(int fd, const char *name, size_t max, Buf *content, Err *e);

#endif
