/*
 * jobgrid, the program for operators: finds the verb, connects, runs it, and turns what came of it into a message and
 * an exit code. It must not know any verb.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "command.h"
#include "connection_options.h"
#include "log.h"
#include "message.h"

#define MOST_PORT 65535

const Option connection_options[] = {{"dbname", 'd', "NAME", "database, connection string or URI"},
									 {"host", 'h', "HOST", "server or socket folder"},
									 {"port", 'p', "PORT", "port; after a verb that takes -p NAME=VALUE only --port"},
									 {"username", 'U', "ROLE", "role to connect as"},
									 {"json", 0, NULL, "answer in JSON, the same bytes on a terminal and in a pipe"},
									 {"help", 0, NULL, "tell all about the verb"},
									 {0}};

static const Option program_options[] = {{"version", 'V', NULL, ""}, {0}};

static const char *
first_of(const Args *verb, const Args *program, const char *name)
{
	const char *value = args_get(verb, name);

	return value ? value : args_get(program, name);
}

static int
check_count(const Command *command, const Args *args, Failure *failure)
{
	if (args->count < command->least)
		fail(failure, EXIT_CODE_USAGE, "\"%s\" needs %s", command->name,
			 command->least == 1 ? "an operand" : "more operands");
	else if (args->count > command->most)
		fail(failure, EXIT_CODE_USAGE, "\"%s\" is one operand too many", args->operands[command->most]);
	else
		return 0;
	fail_hint(failure, "jobgrid %s %s", command->name, command->usage);
	return -1;
}

/* One number, or several with commas for several hosts; an empty one is the default. */
static int
check_port(const char *port, Failure *failure)
{
	for (const char *at = port; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
	{
		size_t length = strcspn(at, ",");
		long number = strtol(at, NULL, 10);

		if (length > 0 && (strspn(at, "0123456789") != length || number < 1 || number > MOST_PORT))
			return fail(failure, EXIT_CODE_USAGE, "\"%s\" is not a port: that is a number from 1 to %d", port,
						MOST_PORT);
	}
	return 0;
}

static int
run_command(const Command *command, const Args *args, const Args *program, Failure *failure)
{
	Cli cli = {.json = args_has(args, "json") || args_has(program, "json"), .out = terminal_describe(stdout)};
	DbTarget target = {.dbname = first_of(args, program, "dbname"),
					   .host = first_of(args, program, "host"),
					   .port = first_of(args, program, "port"),
					   .user = first_of(args, program, "username")};
	int code = -1;

	if (check_port(target.port, failure) < 0 || (command->check && command->check(&cli, args, failure) < 0))
		return -1;
	if (command->offline || db_open(&cli.db, &target, failure) == 0)
		code = command->run(&cli, args, failure);
	db_close(cli.db);
	return code;
}

static int
run_verb(const Args *program, Failure *failure)
{
	const Command *command = command_lookup(program->operands[0], failure);
	Args args = {0};
	int code = -1;

	if (!command)
		return -1;
	if (args_parse(&args, program->count, program->operands, command->options, connection_options, false, failure) == 0)
	{
		if (args_has(&args, "help"))
		{
			command_print_usage(stdout, command);
			code = EXIT_CODE_OK;
		}
		else if (check_count(command, &args, failure) == 0)
			code = run_command(command, &args, program, failure);
	}
	if (code < 0 && failure->code == EXIT_CODE_USAGE && !failure->hint)
		fail_hint(failure, "jobgrid help %s", command->name);
	args_free(&args);
	return code;
}

static int
run_program(int argc, char **argv, Failure *failure)
{
	Args program = {0};
	int code = -1;

	if (args_parse(&program, argc, argv, program_options, connection_options, true, failure) == 0)
	{
		/* What every program answers is a verb here. */
		static char help[] = "help";
		static char version[] = "version";

		if (args_has(&program, help) || args_has(&program, version))
		{
			program.count = 1;
			program.operands[0] = args_has(&program, help) ? help : version;
		}
		code = program.count > 0 ? run_verb(&program, failure) : fail(failure, EXIT_CODE_USAGE, "no verb is given");
	}
	if (code < 0 && failure->code == EXIT_CODE_USAGE && !failure->hint)
		fail_hint(failure, "jobgrid help");
	args_free(&program);
	return code;
}

int
main(int argc, char **argv)
{
	Failure failure = {0};
	int code;

	setlocale(LC_CTYPE, "");
	log_init("jobgrid", false);
	code = run_program(argc, argv, &failure);
	if (fflush(stdout) != 0 || ferror(stdout))
		code = fail(&failure, EXIT_CODE_FAILED, "could not write the answer");
	if (code < 0)
	{
		message_failure(&failure);
		code = failure.code;
	}
	failure_clear(&failure);
	return code;
}
