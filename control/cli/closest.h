/* The word somebody probably meant. */
#ifndef JOBGRID_CLI_CLOSEST_H
#define JOBGRID_CLI_CLOSEST_H

typedef struct Closest
{
	const char *wanted;
	const char *word; /* NULL: none is near */
	int steps;
} Closest;

/* Compares one more candidate, which must outlive the search. */
void closest_consider(Closest *closest, const char *word);

#endif
