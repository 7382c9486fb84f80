/*
 * loop.h - one epoll, level-triggered callbacks, timers, signals.
 *
 * A callback may remove any watch, its own included.  No callback may block.
 */
#ifndef JOBGRID_LOOP_H
#define JOBGRID_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "err.h"
#include "timer.h"

typedef struct Loop Loop;
typedef struct LoopWatch LoopWatch;
typedef void (*LoopCallback)(uint32_t events, void *arg);
typedef void (*LoopSignalCallback)(int signo, void *arg);

Loop *loop_new(Err *e);
void loop_free(Loop *loop);

/* The descriptor stays the caller's. EPOLLHUP and EPOLLERR always come. NULL on failure. */
LoopWatch *loop_watch(Loop *loop, int fd, uint32_t events, LoopCallback callback, void *arg, Err *e);
int loop_watch_events(LoopWatch *watch, uint32_t events, Err *e);
void loop_unwatch(LoopWatch *watch); /* NULL is allowed; before the descriptor is closed */

void loop_timer(Loop *loop, Timer *timer, int64_t due_us, TimerCallback callback, void *arg);
void loop_timer_in(Loop *loop, Timer *timer, int64_t delay_us, TimerCallback callback, void *arg);
void loop_timer_cancel(Loop *loop, Timer *timer);

/* Blocks the signals (list ends with 0) and delivers them to the callback. Once a loop. */
int loop_signals(Loop *loop, const int *signals, LoopSignalCallback callback, void *arg, Err *e);

/* Called at the end of each turn: events and due timers have been seen, nothing is waited for yet. Once a loop. */
void loop_turn_end(Loop *loop, void (*callback)(void *arg), void *arg);

int loop_run(Loop *loop, Err *e); /* until loop_stop() */
void loop_stop(Loop *loop);

#endif
