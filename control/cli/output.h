/*
 * A run's output: read in pieces, printed as a person or a pipe wants it.
 */
#ifndef JOBGRID_CLI_OUTPUT_H
#define JOBGRID_CLI_OUTPUT_H

#include "buf.h"
#include "cli.h"
#include "failure.h"

typedef struct Output
{
	const char *run;
	int attempt;       /* 0: the last one, as soon as there is one */
	bool only_attempt; /* later attempts are not followed */
	int chunk;         /* the last one read */
	long tail;         /* only the last lines of what is there at first; < 0: all */
	bool raw;
	bool any; /* something was printed */
	Buf cut;  /* a character whose end has not come yet */
} Output;

/* Prints what has come since the last call. */
extern int output_drain(Cli *cli, Output *output, Failure *failure);

/* The same up to attempt, going through those between. */
extern int output_drain_to(Cli *cli, Output *output, int attempt, Failure *failure);
extern void output_end(const Cli *cli, Output *output);

#endif
