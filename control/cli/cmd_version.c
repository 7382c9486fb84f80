/*
 * jobgrid version: of this program, without asking a server; jobgrid doctor compares it with the server's.
 */
#include "cli.h"
#include "command.h"

static int
version(Cli *cli, const Args *args, Failure *failure)
{
	int libpq = PQlibVersion();

	(void) args;
	(void) failure;
	if (cli->json)
		printf("{\"jobgrid\":\"%s\",\"libpq\":\"%d.%d\"}\n", JOBGRID_VERSION, libpq / 10000, libpq % 10000);
	else
		printf("jobgrid %s (libpq %d.%d)\n", JOBGRID_VERSION, libpq / 10000, libpq % 10000);
	return EXIT_CODE_OK;
}

const Command command_version = {.name = "version",
								 .summary = "Print the version of this program",
								 .usage = "",
								 .offline = true,
								 .run = version};
