/*
 * load.h - how busy the node is.
 */
#ifndef JOBGRID_AGENT_LOAD_H
#define JOBGRID_AGENT_LOAD_H

/* Fractions from 0 to 1, load per core; -1 where it cannot be told. cpu is since the last call. */
typedef struct Load
{
	double cpu;
	double memory;
	double load;
} Load;

void load_measure(Load *load);

#endif
