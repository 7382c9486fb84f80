/*
 * jobsocket.h - what a job says to its node, and hears from it.
 *
 * One packet is one message: a verb, a space, bytes.  README.md has the verbs.
 * The descriptor is shared with every process of the job, so its flags are
 * never changed.
 */
#ifndef JOBGRID_RUNNERS_JOBSOCKET_H
#define JOBGRID_RUNNERS_JOBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

#define JOBSOCKET_MAX_PACKET 65000
#define JOBSOCKET_NOBODY (-1)

/* The descriptor that JOBGRID_JOB_FD names, or JOBSOCKET_NOBODY where it names none. < 0: it names something else. */
int jobsocket_find(int *fd, Err *e);

/* Whether so many bytes after the verb make a packet. */
bool jobsocket_fits(const char *verb, size_t len);

/* Waits until the node has room; with JOBSOCKET_NOBODY does nothing. < 0: it does not fit, or the node has gone. */
int jobsocket_send(int fd, const char *verb, const char *bytes, size_t len, Err *e);

/* The same for words: they go as one line of UTF-8, whatever they were. */
int jobsocket_say(int fd, const char *verb, const char *words, Err *e);

/* For words that may get lost: never waits, and tells nobody. */
void jobsocket_mention(int fd, const char *verb, const char *words);

/* Waits so long (ms, < 0: for ever) for an operator's message. 1: there it is, 0: none, < 0: the node has gone. */
int jobsocket_receive(int fd, int64_t timeout_ms, Buf *text, Err *e);

/* Whether text can be a result: JSON, an object or an array, that the database will take. */
int jobsocket_check_result(const char *text, size_t len, Err *e);

#endif
