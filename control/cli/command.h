/*
 * A verb: what help says of it and what it does. Each cmd_<verb>.c defines one; command.c lists them.
 */
#ifndef JOBGRID_CLI_COMMAND_H
#define JOBGRID_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "args.h"
#include "cli.h"
#include "failure.h"

typedef struct Command
{
	const char *name;
	const char *summary;          /* one line, for the list */
	const char *usage;            /* operands and options, without the verb */
	const char *const *explained; /* further lines for people, ended by null; or null */
	const Option *options;        /* ended by a null name */
	int least;                    /* operands wanted */
	int most;
	bool offline; /* works without a database */

	/* What can be said of options and operands without a database; cli has none yet. Null: nothing. */
	int (*check)(const Cli *cli, const Args *args, Failure *failure);

	/* Returns the exit code; on a failure fills failure and returns < 0. */
	int (*run)(Cli *cli, const Args *args, Failure *failure);
} Command;

/* Null when there is no such verb; the failure then names the one that was probably meant. */
extern const Command *command_lookup(const char *name, Failure *failure);

/* Every verb in the order of help, ended by null. */
extern const Command *const *command_all(void);

extern void command_print_usage(FILE *out, const Command *command);

#endif
