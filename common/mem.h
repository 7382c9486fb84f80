/*
 * mem.h - allocation that never returns NULL, and cleanup attributes.
 *
 * A daemon that cannot get a few bytes has nothing sane left to do: it says so
 * and ends.  What can be large on somebody else's word is capped before it gets
 * here.  Ownership leaves a cleanup variable by setting it to NULL or -1.
 *
 * What the server shares with the daemons (json, buf) takes and gives back all
 * its memory here: there it is memory contexts (extension/src/common_mem.c).
 */
#ifndef JOBGRID_MEM_H
#define JOBGRID_MEM_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_resize(void *p, size_t count, size_t size);
void mem_free(void *p); /* NULL is fine */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline void
cleanup_free_pointer(void *p)
{
	mem_free(*(void **) p);
}

static inline void
cleanup_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void
cleanup_close_file(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
}

#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_fclose __attribute__((cleanup(cleanup_close_file)))

#endif
