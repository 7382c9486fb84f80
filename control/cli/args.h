/*
 * Options and operands of one verb, parsed by what the verb declares.
 */
#ifndef JOBGRID_CLI_ARGS_H
#define JOBGRID_CLI_ARGS_H

#include <stdbool.h>
#include <stdio.h>

#include "failure.h"

typedef struct Option
{
	const char *name;  /* long form; null ends a list */
	char letter;       /* short form or 0 */
	const char *value; /* what help calls its value; null: takes none */
	const char *help;
} Option;

typedef struct ArgsEntry
{
	const Option *option;
	const char *value;
} ArgsEntry;

typedef struct Args
{
	ArgsEntry *entries; /* in the order given */
	int given;
	char **operands;
	int count;
} Args;

/*
 * Parses argv[1..] by both lists; with stop_at_operand the first operand ends the options. The result points into argv.
 */
extern int args_parse(Args *args, int argc, char **argv, const Option *own, const Option *common, bool stop_at_operand,
					  Failure *failure);
extern void args_free(Args *args);

extern bool args_has(const Args *args, const char *name);

/* The last value given, or null. */
extern const char *args_get(const Args *args, const char *name);

/* The number given; an option that is not given leaves it as it is. */
extern int args_read_number(const Args *args, const char *name, long most, long *number, Failure *failure);

extern void args_print_options(FILE *out, const Option *options);

#endif
