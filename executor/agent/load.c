/*
 * load.c - what the node has and how busy it is, from /proc. A container that sees another machine's figures says so by
 * them; what it offers can be set.
 */
#include "load.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

static double
measure_cpu(void)
{
	static unsigned long long last_busy, last_all;
	unsigned long long t[8] = {0};
	unsigned long long busy;
	unsigned long long all = 0;
	double used = -1;
	cleanup_fclose FILE *file = fopen("/proc/stat", "re");

	if (file == NULL || fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3], &t[4],
							   &t[5], &t[6], &t[7]) != 8)
		return -1;
	for (int i = 0; i < 8; i++)
		all += t[i];
	busy = all - t[3] - t[4];
	if (last_all != 0 && all > last_all)
		used = (double) (busy - last_busy) / (double) (all - last_all);
	last_busy = busy;
	last_all = all;
	return used;
}

/* In kB; -1 for what is not there. */
static void
read_memory(double *total, double *available)
{
	char line[256];
	cleanup_fclose FILE *file = fopen("/proc/meminfo", "re");

	*total = *available = -1;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
	{
		if (strncmp(line, "MemTotal:", 9) == 0)
			*total = strtod(line + 9, NULL);
		else if (strncmp(line, "MemAvailable:", 13) == 0)
			*available = strtod(line + 13, NULL);
	}
}

static double
measure_memory(void)
{
	double total;
	double available;

	read_memory(&total, &available);
	return total > 0 && available >= 0 ? 1 - available / total : -1;
}

int64_t
load_total_memory(void)
{
	double total;
	double available;

	read_memory(&total, &available);
	return total > 0 ? (int64_t) total * 1024 : 0;
}

int
load_cores(void)
{
	cpu_set_t set;

	/* The set is too small for machines of more than 1024 cores. */
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : (int) sysconf(_SC_NPROCESSORS_ONLN);
}

void
load_measure(Load *load)
{
	double average;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	load->cpu = measure_cpu();
	load->memory = measure_memory();
	load->load = getloadavg(&average, 1) == 1 && cores > 0 ? average / (double) cores : -1;
}
