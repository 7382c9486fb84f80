/*
 * mark.c - which processes of the machine are this executor's jobs.
 */
#include "mark.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

static char variable[64];

int
mark_init(int work_fd, Err *e)
{
	struct stat st;

	if (fstat(work_fd, &st) < 0)
		return err_set(e, errno, "could not look at the work directory");
	snprintf(variable, sizeof(variable), "JOBGRID_KEEPER=%" PRIuMAX ".%" PRIuMAX, (uintmax_t) st.st_dev,
			 (uintmax_t) st.st_ino);
	return 0;
}

const char *
mark_variable(void)
{
	return variable;
}
