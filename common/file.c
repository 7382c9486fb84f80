/*
 * file.c - whole files in memory.  What a file says about its size is not
 * believed: pipes and /proc have none, and a file can grow.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "mem.h"

int
file_read_descriptor(int fd, const char *name, size_t max, Buf *content, Err *e)
{
	size_t before = content->len;

	for (;;)
	{
		char bytes[16384];
		ssize_t n = read(fd, bytes, sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "could not read \"%s\"", name);
		if (n == 0)
			return 0;
		if ((size_t) n > max - (content->len - before))
			return err_set(e, 0, "\"%s\" is longer than %zu bytes", name, max);
		buf_append(content, bytes, (size_t) n);
	}
}

int
file_read(const char *path, size_t max, Buf *content, Err *e)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "could not open \"%s\"", path);
	return file_read_descriptor(fd, path, max, content, e);
}
