/*
 * The list of verbs: a new verb is a file and a line here. Help is printed from what each verb declares, so that it
 * cannot say anything else than what is parsed.
 */
#include "command.h"

#include <string.h>

#include "closest.h"

#define VERBS(verb)                                                                                            \
	verb(submit) verb(run) verb(get) verb(logs) verb(why) verb(status) verb(attention) verb(graph) verb(gantt) \
		verb(eta) verb(impact) verb(next) verb(calendar) verb(forecast) verb(import) verb(cancel) verb(rerun)  \
			verb(hold) verb(take_out) verb(bypass) verb(release) verb(retry) verb(set_outcome) verb(bulk)      \
				verb(sendevent) verb(tell) verb(pause) verb(resume) verb(drain) verb(undrain) verb(unfreeze)   \
					verb(doctor) verb(version) verb(help)

#define DECLARE(verb) extern const Command command_##verb;
#define ENTRY(verb) &command_##verb,

VERBS(DECLARE)

static const Command *const commands[] = {VERBS(ENTRY) NULL};

const Command *const *
command_all(void)
{
	return commands;
}

const Command *
command_lookup(const char *name, Failure *failure)
{
	Closest closest = {.wanted = name};

	for (const Command *const *command = commands; *command; command++)
		if (strcmp((*command)->name, name) == 0)
			return *command;
	fail(failure, EXIT_CODE_USAGE, "\"%s\" is not a verb of jobgrid", name);
	for (const Command *const *command = commands; *command; command++)
		closest_consider(&closest, (*command)->name);
	if (closest.word)
		fail_hint(failure, "Did you mean: jobgrid %s", closest.word);
	return NULL;
}

void
command_print_usage(FILE *out, const Command *command)
{
	fprintf(out, "usage: jobgrid %s%s%s\n\n%s\n", command->name, *command->usage ? " " : "", command->usage,
			command->summary);
	if (command->explained)
		for (const char *const *line = command->explained; *line; line++)
			fprintf(out, "%s\n", *line);
	if (command->options && command->options->name)
	{
		fputc('\n', out);
		args_print_options(out, command->options);
	}
}
