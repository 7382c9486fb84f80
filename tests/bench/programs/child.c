/*
 * The process whose start is measured: says when it got the processor. Usage: child FIFO
 *
 * Linked statically, so that nothing of ours comes before the first line of main but the C library's own start. It
 * must do nothing else: whatever it did would be measured, too, in floor and executor alike.
 */
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

int
main(int argc, char **argv)
{
	int64_t started = now_ns();
	int fd;

	if (argc != 2 || (fd = open(argv[1], O_WRONLY | O_CLOEXEC)) < 0)
		return 1;
	return write(fd, &started, sizeof(started)) == sizeof(started) ? 0 : 1;
}
