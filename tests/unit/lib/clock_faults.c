/*
 * clock_faults.c - a machine that has slept: clocks run ahead as files in $JOBGRID_TEST_FAULTS say.
 *
 * Linked, with --wrap=clock_gettime, into the programs that tests run, and nowhere else.
 *
 *	fault.boottime  seconds by which CLOCK_BOOTTIME is ahead
 *	fault.realtime  the same of CLOCK_REALTIME
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

static long
seconds_ahead(const char *name)
{
	const char *folder = getenv("JOBGRID_TEST_FAULTS");
	char path[4096];
	char text[32] = "";
	int fd;
	ssize_t n;

	if (folder == NULL)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
	if (fd >= 0)
		close(fd);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = __real_clock_gettime(clock, now);

	if (clock == CLOCK_BOOTTIME)
		now->tv_sec += seconds_ahead("fault.boottime");
	else if (clock == CLOCK_REALTIME)
		now->tv_sec += seconds_ahead("fault.realtime");
	return result;
}
