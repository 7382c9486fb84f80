/*
 * acts.h - a test of the keeper in acts.
 *
 * An act is one run of the keeper in the same work directory, played by its agent, who says how it ends; what happens
 * while there is no keeper stands in `after`.
 */
#ifndef JOBGRID_TEST_ACTS_H
#define JOBGRID_TEST_ACTS_H

#include "unit_keeper.h"

typedef enum Ending
{
	KILLED,
	LEFT,
	LEFT_IN_TROUBLE
} Ending;

typedef struct Act
{
	const char *name;
	void (*play)(void);
	Ending ending;
	void (*after)(void);
} Act;

/* For main(): name is that by which the program was started. */
int play_acts(const char *name, const Act *acts, size_t count);

/* What an act ends with: none of them returns but the first. */
void note_end(void);
void die_with_keeper(void);
void leave(void);

/* ---- files that jobs and tests meet at ---- */

extern const char *folder;

char *path_of(const char *name);
void write_file(const char *name, const char *text);
bool exists(const char *name);
void remove_file(const char *name);
size_t size_of(const char *name);
pid_t pid_in(const char *name); /* that a job has written, when all of it is there */

/* Prints nothing: after its keeper's death nobody reads. */
#define WAIT_FOR_GO "while [ ! -e go ]; do sleep 0.05; done"

AttemptKey start_named(const char *name, const char *what,
					   Wish wish); /* writes its number to NAME.pid, then does as told */
AttemptKey start_waiting(const char *name, Wish wish);
void kill_job(const char *pid_file);

#endif
