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
} ProcessFacts;

/* < 0: there is none, or it cannot be looked at. */
int process_facts(pid_t pid, ProcessFacts *facts);
int process_environ(pid_t pid, Buf *environ_bytes);

/* Was it started as part of this attempt, by a keeper of this work directory? Its environment says so, and that is inherited. */
bool process_environ_is_of(const Buf *environ_bytes, const AttemptKey *key);

/* A descriptor for that very process, or -1 when it has ended: the number may be a stranger's by now. */
int process_open(pid_t pid, int64_t start_ticks);
bool process_has_ended(int pidfd);

/* Visits the living children of this process; ended ones too. */
typedef void (*ProcessVisit)(pid_t pid, void *arg);
void process_children(ProcessVisit visit, void *arg);
bool process_children_readable(void);

/* Visits every process that can be seen. */
void process_all(ProcessVisit visit, void *arg);

#endif
