/*
 * The floor under whatever runs processes: N times a program, P at a time, by posix_spawn and wait. Nothing is
 * recorded, nobody is told. Prints processes per second. Usage: spawn_floor N P PROGRAM [ARGUMENT...]
 */
#include <spawn.h>
#include <sys/wait.h>

#include "bench.h"

extern char **environ;

static void
start_one(char **argv)
{
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		stop_with("could not start", argv[0]);
}

static void
reap_one(void)
{
	int status;

	if (wait(&status) < 0 || status != 0)
		stop_with("bad end", "a process did not end with status 0");
}

int
main(int argc, char **argv)
{
	int count;
	int parallel;
	int running = 0;
	int64_t began;

	if (argc < 4)
		stop_with("usage", "spawn_floor N P PROGRAM [ARGUMENT...]");
	count = count_from(argv[1]);
	parallel = count_from(argv[2]);

	began = now_ns();
	for (int left = count; left > 0 || running > 0;)
	{
		if (left > 0 && running < parallel)
		{
			start_one(argv + 3);
			left--;
			running++;
		}
		else
		{
			reap_one();
			running--;
		}
	}
	printf("%.1f\n", count * 1e9 / (double) (now_ns() - began));
	return 0;
}
