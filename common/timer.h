/*
 * timer.h - a heap of deadlines on clock.h's clock.
 *
 * Timers are embedded in their owners; a zeroed Timer is not set.  The owner
 * must cancel before it frees.  Callbacks may set and cancel any timer.
 */
#ifndef JOBGRID_TIMER_H
#define JOBGRID_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*TimerCallback)(void *arg);

typedef struct Timer
{
	int64_t due;
	size_t place; /* 1 + index in the heap, 0: not set */
	TimerCallback callback;
	void *arg;
} Timer;

typedef struct TimerHeap
{
	Timer **timers;
	size_t count;
	size_t cap;
} TimerHeap;

void timer_set(TimerHeap *heap, Timer *timer, int64_t due, TimerCallback callback, void *arg);
void timer_cancel(TimerHeap *heap, Timer *timer);
bool timer_is_set(const Timer *timer);
int64_t timer_next(const TimerHeap *heap); /* INT64_MAX when none is set */
void timer_run_due(TimerHeap *heap, int64_t now);
void timer_free(TimerHeap *heap);

#endif
