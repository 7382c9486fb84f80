/*
 * jobgrid help: the verbs, or all about one of them.
 */
#include "cli.h"
#include "command.h"
#include "connection_options.h"

static void
print_overview(void)
{
	puts("usage: jobgrid [CONNECTION] VERB [ARGUMENT]...\n");
	for (const Command *const *command = command_all(); *command; command++)
		printf("  %-12s %s\n", (*command)->name, (*command)->summary);
	puts("\nConnection, also by PGHOST, PGPORT, PGDATABASE, PGUSER, PGSERVICE and ~/.pgpass:");
	args_print_options(stdout, connection_options);
	puts("\njobgrid help VERB tells more of one.");
}

static int
help(Cli *cli, const Args *args, Failure *failure)
{
	const Command *command;

	(void) cli;
	if (args->count == 0)
	{
		print_overview();
		return EXIT_CODE_OK;
	}
	command = command_lookup(args->operands[0], failure);
	if (!command)
		return -1;
	command_print_usage(stdout, command);
	return EXIT_CODE_OK;
}

const Command command_help = {.name = "help",
							  .summary = "List the verbs, or tell all about one",
							  .usage = "[VERB]",
							  .most = 1,
							  .offline = true,
							  .run = help};
