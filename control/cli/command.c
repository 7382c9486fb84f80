/*
 * The list of verbs: a new verb is a file and a line here. Help is printed from what each verb declares, so that it
 * cannot say anything else than what is parsed.
 */
#include "command.h"

#include <string.h>

#define VERBS(verb)                                                                                                 \
	verb(submit) verb(run) verb(get) verb(logs) verb(why) verb(status) verb(attention) verb(cancel) verb(rerun)     \
		verb(hold) verb(release) verb(retry) verb(set_outcome) verb(pause) verb(resume) verb(unfreeze) verb(doctor) \
			verb(version) verb(help)

#define DECLARE(verb) extern const Command command_##verb;
#define ENTRY(verb) &command_##verb,

VERBS(DECLARE)

static const Command *const commands[] = {VERBS(ENTRY) NULL};

#define LONGEST 32

const Command *const *
command_all(void)
{
	return commands;
}

/* Insertions, deletions and replacements that turn one short word into the other. */
static int
distance(const char *from, const char *into)
{
	int row[LONGEST + 1];
	int width = (int) strlen(into);

	for (int i = 0; i <= width; i++)
		row[i] = i;
	for (int i = 1; from[i - 1]; i++)
	{
		int corner = row[0];

		row[0] = i;
		for (int j = 1; j <= width; j++)
		{
			int above = row[j];
			int best = corner + (from[i - 1] != into[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = above;
		}
	}
	return row[width];
}

static const Command *
find_closest(const char *name)
{
	const Command *closest = NULL;
	int least = 3;

	if (strlen(name) > LONGEST)
		return NULL;
	for (const Command *const *command = commands; *command; command++)
	{
		int steps = distance(name, (*command)->name);

		if (steps < least && steps < (int) strlen((*command)->name))
		{
			least = steps;
			closest = *command;
		}
	}
	return closest;
}

const Command *
command_lookup(const char *name, Failure *failure)
{
	const Command *closest;

	for (const Command *const *command = commands; *command; command++)
		if (strcmp((*command)->name, name) == 0)
			return *command;
	fail(failure, EXIT_CODE_USAGE, "\"%s\" is not a verb of jobgrid", name);
	closest = find_closest(name);
	if (closest)
		fail_hint(failure, "Did you mean: jobgrid %s", closest->name);
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
