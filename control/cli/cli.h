/*
 * What every verb is handed: the connection and how to answer.
 */
#ifndef JOBGRID_CLI_CLI_H
#define JOBGRID_CLI_CLI_H

#include <stdbool.h>

#include "db.h"
#include "terminal.h"

typedef struct Cli
{
	Db *db; /* null for a verb that needs none */
	bool json;
	Terminal out;
} Cli;

/* A table or JSON is for programs, lines in between are for people. */
static inline bool
cli_talks_to_people(const Cli *cli)
{
	return cli->out.present && !cli->json;
}

#endif
