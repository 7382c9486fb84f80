/*
 * arrival.h - the reading end of the pipe into which the measured process writes when it started.
 */
#ifndef JOBGRID_BENCH_ARRIVAL_H
#define JOBGRID_BENCH_ARRIVAL_H

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "bench.h"

/* Read and write: the other end then never waits for us, and the pipe never is at its end. */
static inline int
arrival_open(const char *fifo)
{
	int fd = open(fifo, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		stop_with("could not open the pipe", fifo);
	return fd;
}

/* When the process started. The limit is only there to end a measurement whose process never comes. */
static inline int64_t
arrival_wait(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	int64_t started;

	if (poll(&pfd, 1, 30000) != 1)
		stop_with("no process", "nothing was started within 30 s");
	if (read(fd, &started, sizeof(started)) != sizeof(started))
		stop_with("no process", "the pipe held something else than a moment");
	return started;
}

#endif
