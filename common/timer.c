/*
 * timer.c - binary heap of deadlines.
 */
#include "timer.h"

#include <stdlib.h>

#include "mem.h"

static void
put_at(TimerHeap *heap, size_t i, Timer *timer)
{
	heap->timers[i] = timer;
	timer->place = i + 1;
}

static void
sift_up(TimerHeap *heap, size_t i)
{
	Timer *timer = heap->timers[i];

	while (i > 0 && heap->timers[(i - 1) / 2]->due > timer->due)
	{
		put_at(heap, i, heap->timers[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put_at(heap, i, timer);
}

static void
sift_down(TimerHeap *heap, size_t i)
{
	Timer *timer = heap->timers[i];

	for (;;)
	{
		size_t child = 2 * i + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count && heap->timers[child + 1]->due < heap->timers[child]->due)
			child++;
		if (heap->timers[child]->due >= timer->due)
			break;
		put_at(heap, i, heap->timers[child]);
		i = child;
	}
	put_at(heap, i, timer);
}

void
timer_set(TimerHeap *heap, Timer *timer, int64_t due, TimerCallback callback, void *arg)
{
	timer_cancel(heap, timer);
	timer->due = due;
	timer->callback = callback;
	timer->arg = arg;
	if (heap->count == heap->cap)
	{
		heap->cap = heap->cap > 0 ? heap->cap * 2 : 16;
		heap->timers = mem_resize(heap->timers, heap->cap, sizeof(Timer *));
	}
	put_at(heap, heap->count++, timer);
	sift_up(heap, heap->count - 1);
}

void
timer_cancel(TimerHeap *heap, Timer *timer)
{
	size_t i = timer->place - 1;
	Timer *last;

	if (timer->place == 0)
		return;
	timer->place = 0;
	last = heap->timers[--heap->count];
	if (last == timer)
		return;
	put_at(heap, i, last);
	sift_up(heap, i);
	sift_down(heap, last->place - 1);
}

bool
timer_is_set(const Timer *timer)
{
	return timer->place != 0;
}

int64_t
timer_next(const TimerHeap *heap)
{
	return heap->count > 0 ? heap->timers[0]->due : INT64_MAX;
}

/* A timer set by a callback to a moment not after now runs in the next round, so that this one ends. */
void
timer_run_due(TimerHeap *heap, int64_t now)
{
	for (size_t budget = heap->count; budget > 0 && heap->count > 0 && heap->timers[0]->due <= now; budget--)
	{
		Timer *timer = heap->timers[0];

		timer_cancel(heap, timer);
		timer->callback(timer->arg);
	}
}

void
timer_free(TimerHeap *heap)
{
	free(heap->timers);
	heap->timers = NULL;
	heap->count = heap->cap = 0;
}
