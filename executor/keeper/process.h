/*
 * process.h - what /proc says of a process.
 */
#ifndef JOBGRID_KEEPER_PROCESS_H
#define JOBGRID_KEEPER_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"

typedef struct ProcessFacts
{
	pid_t session;
	int64_t started_at; /* clock_now_us(), in whole clock ticks */
	int64_t cpu_us;     /* with that of the children it has waited for */
	int64_t rss_kb;
	int64_t threads;
} ProcessFacts;

/* < 0 where the process is gone or not to be looked at. */
int process_facts(pid_t pid, ProcessFacts *facts);
int process_environ(pid_t pid, Buf *out); /* "NAME=value" and NUL, each */

/* The children of its main thread; in a program with one thread, all. */
typedef void (*ProcessVisitor)(pid_t pid, void *arg);
int process_children(pid_t pid, ProcessVisitor visit, void *arg);

/* The threads of a user's processes. */
int64_t process_threads_of(uid_t uid);

#endif
