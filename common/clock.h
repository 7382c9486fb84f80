/*
 * clock.h - the only clock: microseconds that count on while the machine sleeps
 * and never jump.  Tests put their own source in its place.
 */
#ifndef JOBGRID_CLOCK_H
#define JOBGRID_CLOCK_H

#include <stdint.h>

typedef int64_t (*ClockSource)(void);

int64_t clock_now_us(void);
void clock_set_source(ClockSource source); /* NULL: the real one */

#endif
