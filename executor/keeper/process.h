/*
 * process.h - what /proc says of a process.
 *
 * Numbers are reused; a number and a start time are not, for the time of a boot.
 */
#ifndef JOBGRID_KEEPER_PROCESS_H
#define JOBGRID_KEEPER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "message.h"

typedef struct ProcessFacts
{
	pid_t parent;
	pid_t group;
	pid_t session;
	int64_t start_ticks; /* since boot */
	int64_t cpu_us;      /* with that of the children it has waited for */
	int64_t rss_kb;
	int64_t threads;
} ProcessFacts;

/* < 0: there is none, or it cannot be looked at. */
int process_facts(pid_t pid, ProcessFacts *facts);
int process_environ(pid_t pid, Buf *environ_bytes);

/* Was it started as part of this attempt, by a keeper of this work directory? Its environment says so, and that is inherited. */
bool process_environ_is_of(const Buf *environ_bytes, const AttemptKey *key);

/* A descriptor for that very process, or -1 when it has ended: the number may be a stranger's by now. */
int process_open(pid_t pid, int64_t start_ticks);
bool process_has_ended(int pidfd);

/* Visits the children of a process' main thread, ended ones too; in a program with one thread that is all of them. */
typedef void (*ProcessVisit)(pid_t pid, void *arg);
int process_children(pid_t pid, ProcessVisit visit, void *arg);

/* Visits every process that can be seen. */
void process_all(ProcessVisit visit, void *arg);

/* The threads of a user's processes. */
int64_t process_threads_of(uid_t uid);

#endif
