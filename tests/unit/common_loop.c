/*
 * The loop: timers ring when they are due and count on while the machine sleeps, and what a turn brought is seen together
 * at its end.
 */
#include "loop.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "tap.h"

static Loop *loop;
static int64_t rang_at[3];
static Timer timers[3];
static int read_this_turn;
static int most_in_a_turn;
static int turns;
static int left_to_read;

static void
ring(void *arg)
{
	*(int64_t *) arg = clock_now_us();
	if (arg == &rang_at[2])
		loop_stop(loop);
}

static void
late_ring(void *arg)
{
	loop_timer_cancel(loop, &timers[0]);
	loop_timer_in(loop, &timers[1], 20000, ring, &rang_at[1]);
	(void) arg;
}

static void
check_timers(void)
{
	int64_t begun = clock_now_us();
	Err e;

	loop_timer_in(loop, &timers[0], 10000, ring, &rang_at[0]);
	loop_timer_in(loop, &timers[2], 100000, ring, &rang_at[2]);
	loop_timer_in(loop, &timers[1], 1000, late_ring, NULL);
	ok(loop_run(loop, &e) == 0 && rang_at[0] == 0, "a cancelled timer does not ring");
	ok(rang_at[1] - begun >= 21000 && rang_at[2] - begun >= 100000 && rang_at[1] < rang_at[2],
	   "the others do, in order and not before their time");
}

/* The time-out of epoll_wait() would not do: it stands still in a suspend. */
static bool
has_boottime_alarm(void)
{
	DIR *dir = opendir("/proc/self/fdinfo");
	const struct dirent *entry;
	bool found = false;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		cleanup_free char *path = mem_printf("/proc/self/fdinfo/%s", entry->d_name);
		cleanup_fclose FILE *f = fopen(path, "re");
		char line[128];

		while (f != NULL && fgets(line, sizeof(line), f) != NULL)
			found = found || strcmp(line, "clockid: 7\n") == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

static void
readable(uint32_t events, void *arg)
{
	char byte;

	(void) events;
	if (read(*(int *) arg, &byte, 1) == 1)
		read_this_turn++;
}

static void
turn_ended(void *arg)
{
	(void) arg;
	if (read_this_turn > most_in_a_turn)
		most_in_a_turn = read_this_turn;
	left_to_read -= read_this_turn;
	read_this_turn = 0;
	turns++;
	if (left_to_read == 0)
		loop_stop(loop);
}

static void
check_turn_end(void)
{
	int pipes[5][2];
	LoopWatch *watches[5];
	bool ran;
	Err e;

	for (int i = 0; i < 5; i++)
	{
		if (pipe(pipes[i]) < 0 || write(pipes[i][1], "x", 1) != 1)
			abort();
		watches[i] = loop_watch(loop, pipes[i][0], EPOLLIN, readable, &pipes[i][0], &e);
	}
	left_to_read = 5;
	loop_turn_end(loop, turn_ended, NULL);
	ran = loop_run(loop, &e) == 0;
	ok(ran && most_in_a_turn == 5 && turns == 1, "five events of one turn are followed by one end (%d, %d turns)",
	   most_in_a_turn, turns);
	for (int i = 0; i < 5; i++)
	{
		loop_unwatch(watches[i]);
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

int
main(void)
{
	Err e;

	loop = loop_new(&e);
	check_timers();
	ok(has_boottime_alarm(), "timers are on CLOCK_BOOTTIME, which counts on while the machine sleeps");
	check_turn_end();
	loop_free(loop);
	return done_testing();
}
