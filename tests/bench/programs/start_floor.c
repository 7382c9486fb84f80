/*
 * The floor under the way from a durable submit to a process: two writes made durable (submit, claim), one wake-up of
 * another process through a socket, one more durable write there (the journal's START), one posix_spawn. Everything a
 * scheduler does beyond that is its own doing. Prints one sample a line, in milliseconds, from the moment before the
 * first write to the child's first instruction. Usage: start_floor SAMPLES FOLDER CHILD FIFO
 *
 * FOLDER must lie in the file system of the database. The files are allocated beforehand and overwritten block by
 * block, as WAL is.
 */
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "arrival.h"

#define BLOCK 8192
#define BLOCKS 2048

extern char **environ;

typedef struct Log
{
	int fd;
	int block;
} Log;

static char page[BLOCK];

static Log
log_open(const char *folder, const char *name)
{
	char path[4096];
	Log log = {.block = 0};

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	log.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (log.fd < 0)
		stop_with("could not create", path);
	for (int i = 0; i < BLOCKS; i++)
	{
		if (write(log.fd, page, BLOCK) != BLOCK)
			stop_with("could not write", path);
	}
	if (fsync(log.fd) < 0)
		stop_with("could not sync", path);
	return log;
}

static void
log_append(Log *log)
{
	memset(page, log->block & 0xff, BLOCK);
	if (pwrite(log->fd, page, BLOCK, (off_t) log->block * BLOCK) != BLOCK || fdatasync(log->fd) < 0)
		stop_with("could not write", "log");
	log->block = (log->block + 1) % BLOCKS;
}

/* The other process: each byte is one order to start the child. */
static _Noreturn void
serve(int orders, Log journal, char *child, char *fifo)
{
	char *argv[] = {child, fifo, NULL};
	char order;

	while (read(orders, &order, 1) == 1)
	{
		pid_t pid;

		log_append(&journal);
		if (posix_spawn(&pid, child, NULL, NULL, argv, environ) != 0)
			stop_with("could not start", child);
		waitpid(pid, NULL, 0);
	}
	exit(0);
}

static int
start_server(const char *folder, char *child, char *fifo)
{
	int pair[2];
	Log journal = log_open(folder, "floor.journal");
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || (pid = fork()) < 0)
		stop_with("could not start", "the other process");
	if (pid == 0)
	{
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		serve(pair[1], journal, child, fifo);
	}
	close(pair[1]);
	close(journal.fd);
	return pair[0];
}

int
main(int argc, char **argv)
{
	int samples;
	int arrivals;
	int orders;
	uint32_t seed = 1;
	Log wal;

	if (argc != 5)
		stop_with("usage", "start_floor SAMPLES FOLDER CHILD FIFO");
	samples = count_from(argv[1]);
	arrivals = arrival_open(argv[4]);
	orders = start_server(argv[2], argv[3], argv[4]);
	wal = log_open(argv[2], "floor.wal");

	for (int i = 0; i < samples; i++)
	{
		int64_t began;

		sleep_between_samples(&seed);
		began = now_ns();
		log_append(&wal);
		log_append(&wal);
		if (write(orders, "s", 1) != 1)
			stop_with("could not wake", "the other process");
		printf("%.4f\n", (double) (arrival_wait(arrivals) - began) / 1e6);
	}
	return 0;
}
