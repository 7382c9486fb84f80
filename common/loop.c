/*
 * loop.c - one epoll, level-triggered callbacks, timers, signals.
 *
 * A removed watch may still have an event in the batch at hand, so it is only
 * marked and freed when the batch is done.
 */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "mem.h"

#define BATCH 64

struct LoopWatch
{
	Loop *loop;
	int fd;
	LoopCallback callback; /* NULL: removed */
	void *arg;
	LoopWatch *next_removed;
};

struct Loop
{
	int epoll;
	int signals;
	bool stopping;
	TimerHeap timers;
	LoopWatch *removed;
	LoopWatch *signal_watch;
	LoopSignalCallback signal_callback;
	void *signal_arg;
};

Loop *
loop_new(Err *e)
{
	Loop *loop;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
	{
		err_set(e, errno, "could not create an epoll instance");
		return NULL;
	}
	loop = mem_zalloc(sizeof(*loop));
	loop->epoll = epoll;
	loop->signals = -1;
	return loop;
}

static void
free_removed(Loop *loop)
{
	while (loop->removed != NULL)
	{
		LoopWatch *watch = loop->removed;

		loop->removed = watch->next_removed;
		free(watch);
	}
}

void
loop_free(Loop *loop)
{
	if (loop == NULL)
		return;
	loop_unwatch(loop->signal_watch);
	if (loop->signals >= 0)
		close(loop->signals);
	free_removed(loop);
	timer_free(&loop->timers);
	close(loop->epoll);
	free(loop);
}

LoopWatch *
loop_watch(Loop *loop, int fd, uint32_t events, LoopCallback callback, void *arg, Err *e)
{
	LoopWatch *watch = mem_zalloc(sizeof(*watch));
	struct epoll_event ev = {.events = events, .data.ptr = watch};

	watch->loop = loop;
	watch->fd = fd;
	watch->callback = callback;
	watch->arg = arg;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
	{
		err_set(e, errno, "could not watch descriptor %d", fd);
		free(watch);
		return NULL;
	}
	return watch;
}

int
loop_watch_events(LoopWatch *watch, uint32_t events, Err *e)
{
	struct epoll_event ev = {.events = events, .data.ptr = watch};

	if (epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &ev) < 0)
		return err_set(e, errno, "could not watch descriptor %d", watch->fd);
	return 0;
}

void
loop_unwatch(LoopWatch *watch)
{
	if (watch == NULL)
		return;
	/* Fails where a library has closed the descriptor already; then it is out of the set. */
	epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->callback = NULL;
	watch->next_removed = watch->loop->removed;
	watch->loop->removed = watch;
}

void
loop_timer(Loop *loop, Timer *timer, int64_t due_us, TimerCallback callback, void *arg)
{
	timer_set(&loop->timers, timer, due_us, callback, arg);
}

void
loop_timer_in(Loop *loop, Timer *timer, int64_t delay_us, TimerCallback callback, void *arg)
{
	timer_set(&loop->timers, timer, clock_now_us() + delay_us, callback, arg);
}

void
loop_timer_cancel(Loop *loop, Timer *timer)
{
	timer_cancel(&loop->timers, timer);
}

static void
signals_ready(uint32_t events, void *arg)
{
	Loop *loop = arg;
	struct signalfd_siginfo info;

	(void) events;
	while (read(loop->signals, &info, sizeof(info)) == (ssize_t) sizeof(info))
		loop->signal_callback((int) info.ssi_signo, loop->signal_arg);
}

int
loop_signals(Loop *loop, const int *signals, LoopSignalCallback callback, void *arg, Err *e)
{
	sigset_t set;

	sigemptyset(&set);
	for (; *signals != 0; signals++)
		sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(e, errno, "could not block signals");
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals < 0)
		return err_set(e, errno, "could not create a signal descriptor");
	loop->signal_callback = callback;
	loop->signal_arg = arg;
	loop->signal_watch = loop_watch(loop, loop->signals, EPOLLIN, signals_ready, loop, e);
	return loop->signal_watch != NULL ? 0 : -1;
}

/* Rounded up: waking a moment early would spin until the deadline. */
static int
wait_ms(const Loop *loop)
{
	int64_t due = timer_next(&loop->timers);
	int64_t left;

	if (due == INT64_MAX)
		return -1;
	left = due - clock_now_us();
	if (left <= 0)
		return 0;
	left = (left + 999) / 1000;
	return left > INT_MAX ? INT_MAX : (int) left;
}

int
loop_run(Loop *loop, Err *e)
{
	struct epoll_event ready[BATCH];

	loop->stopping = false;
	while (!loop->stopping)
	{
		int n = epoll_wait(loop->epoll, ready, BATCH, wait_ms(loop));

		if (n < 0 && errno != EINTR)
			return err_set(e, errno, "could not wait for events");
		for (int i = 0; i < n; i++)
		{
			LoopWatch *watch = ready[i].data.ptr;

			if (watch->callback != NULL)
				watch->callback(ready[i].events, watch->arg);
		}
		free_removed(loop);
		timer_run_due(&loop->timers, clock_now_us());
		free_removed(loop);
	}
	return 0;
}

void
loop_stop(Loop *loop)
{
	loop->stopping = true;
}
