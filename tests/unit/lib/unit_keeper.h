/*
 * unit_keeper.h - the real keeper with a test program as its agent.
 *
 * Started plainly, such a program is the test: it copies the keeper into a fresh folder beside a copy of itself called
 * jobgrid-agent, and starts it.  Started by that name, it is the agent: it talks over descriptor 3 and prints TAP; what
 * an agent's death must not lose goes through a file.
 */
#ifndef JOBGRID_TEST_UNIT_KEEPER_H
#define JOBGRID_TEST_UNIT_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#include "keeper_agent.h"

/* What one agent leaves to the next, or to the test. */
typedef struct Memory
{
	int act;
	int round; /* agents in this act */
	int count;
	int failed;
	int64_t next_run;
	int64_t numbers[16];
	AttemptKey keys[16];
	uint8_t uuids[2][16];
} Memory;

extern Memory memory;

void memory_write(const char *folder);
void memory_read(const char *folder);

/* The count of tests goes along. */
#define remember(folder)            \
	do                              \
	{                               \
		memory.count = tap_count;   \
		memory.failed = tap_failed; \
		memory_write(folder);       \
	} while (0)

#define recall(folder)              \
	do                              \
	{                               \
		memory_read(folder);        \
		tap_count = memory.count;   \
		tap_failed = memory.failed; \
	} while (0)

/* A fresh folder with both programs, in which we are nobody from now on: under root, jobs would be another user's. */
char *make_folder(void);                 /* the caller frees */
void renew_programs(const char *folder); /* new files in the places of the old */
void remove_folder(const char *folder);
pid_t start_keeper(const char *folder, char *const *arguments); /* beside the work directory; ends with NULL */

#endif
