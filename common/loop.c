/*
 * loop.c - one epoll, level-triggered callbacks, timers, signals.
 *
 * A removed watch may still have an event in the batch at hand, so it is only
 * marked and freed when the batch is done.  The wait ends by a timer descriptor
 * on CLOCK_BOOTTIME, because the time-out of epoll_wait() stands still while the
 * machine sleeps.
 */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
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
	int alarm;         /* timer descriptor */
	int64_t alarm_due; /* when it rings; INT64_MAX: it does not */
	bool stopping;
	TimerHeap timers;
	LoopWatch *alarm_watch;
	LoopWatch *removed;
	LoopWatch *signal_watch;
	LoopSignalCallback signal_callback;
	void *signal_arg;
	void (*turn_end)(void *arg);
	void *turn_end_arg;
};

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
	loop_unwatch(loop->alarm_watch);
	cleanup_close_fd(&loop->signals);
	cleanup_close_fd(&loop->alarm);
	cleanup_close_fd(&loop->epoll);
	free_removed(loop);
	timer_free(&loop->timers);
	free(loop);
}

static void
alarm_rang(uint32_t events, void *arg)
{
	Loop *loop = arg;
	uint64_t times;
	ssize_t n = read(loop->alarm, &times, sizeof(times));

	(void) events;
	(void) n; /* it is read to be silenced */
	loop->alarm_due = INT64_MAX;
}

Loop *
loop_new(Err *e)
{
	Loop *loop = mem_zalloc(sizeof(*loop));

	loop->signals = -1;
	loop->alarm_due = INT64_MAX;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->alarm = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->epoll < 0 || loop->alarm < 0)
		err_set(e, errno, "could not create an event loop");
	else
		loop->alarm_watch = loop_watch(loop, loop->alarm, EPOLLIN, alarm_rang, loop, e);
	if (loop->alarm_watch != NULL)
		return loop;
	loop_free(loop);
	return NULL;
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

void
loop_turn_end(Loop *loop, void (*callback)(void *arg), void *arg)
{
	loop->turn_end = callback;
	loop->turn_end_arg = arg;
}

/*
 * How long epoll_wait() may wait: not at all, or until something rings. An alarm that rings too early, for a timer that
 * was cancelled since, costs one idle turn; setting it anew each time would cost a call a turn.
 */
static int
set_alarm(Loop *loop)
{
	int64_t due = timer_next(&loop->timers);
	int64_t left;
	struct itimerspec spec = {.it_value.tv_sec = 0};

	if (due == INT64_MAX)
		return -1;
	left = due - clock_now_us();
	if (left <= 0)
		return 0;
	if (loop->alarm_due <= due)
		return -1;
	spec.it_value.tv_sec = left / 1000000;
	spec.it_value.tv_nsec = left % 1000000 * 1000;
	if (timerfd_settime(loop->alarm, 0, &spec, NULL) < 0)
		fatal("could not set a timer");
	loop->alarm_due = due;
	return -1;
}

int
loop_run(Loop *loop, Err *e)
{
	struct epoll_event ready[BATCH];

	loop->stopping = false;
	while (!loop->stopping)
	{
		int n = epoll_wait(loop->epoll, ready, BATCH, set_alarm(loop));

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
		if (loop->turn_end != NULL)
			loop->turn_end(loop->turn_end_arg);
		free_removed(loop);
	}
	return 0;
}

void
loop_stop(Loop *loop)
{
	loop->stopping = true;
}
