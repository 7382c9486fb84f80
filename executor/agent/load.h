/*
 * load.h - what the node has, and how busy it is.
 */
#ifndef JOBGRID_AGENT_LOAD_H
#define JOBGRID_AGENT_LOAD_H

#include <stdint.h>

/* Fractions from 0 to 1, load per core; -1 where it cannot be told. cpu is since the last call. */
typedef struct Load
{
	double cpu;
	double memory;
	double load;
} Load;

void load_measure(Load *load);

/* Cores that this process may run on, and bytes of memory of the machine; 0 where it cannot be told. */
int load_cores(void);
int64_t load_total_memory(void);

#endif
