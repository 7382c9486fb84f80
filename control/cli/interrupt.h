/*
 * Ctrl-C while waiting ends the waiting, not the run.
 */
#ifndef JOBGRID_CLI_INTERRUPT_H
#define JOBGRID_CLI_INTERRUPT_H

#include <stdbool.h>

/* From now on the first Ctrl-C is only noted; the second one ends the program as usual. */
extern void interrupt_watch(void);
extern bool interrupt_seen(void);

/* Sleeps; returns early when interrupted. */
extern void interrupt_sleep_ms(int milliseconds);

#endif
