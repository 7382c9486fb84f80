/*
 * getopt_long() behind a declaration, so that no verb has a loop of its own. It knows no option by name. Where a verb
 * and the program share a letter, the verb's meaning wins.
 */
#include "args.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "closest.h"
#include "mem.h"

#define MOST_OPTIONS 64
#define LONG_BASE 256 /* above every letter */

typedef struct Parser
{
	const Option *known[MOST_OPTIONS];
	struct option longs[MOST_OPTIONS + 1];
	char shorts[2 * MOST_OPTIONS + 3];
	int count;
} Parser;

static void
add_options(Parser *parser, const Option *options)
{
	for (; options && options->name && parser->count < MOST_OPTIONS; options++)
	{
		struct option *slot = &parser->longs[parser->count];
		size_t end = strlen(parser->shorts);

		slot->name = options->name;
		slot->has_arg = options->value ? required_argument : no_argument;
		slot->val = LONG_BASE + parser->count;
		parser->known[parser->count++] = options;
		if (!options->letter || strchr(parser->shorts + 2, options->letter))
			continue;
		parser->shorts[end] = options->letter;
		if (options->value)
			parser->shorts[end + 1] = ':';
	}
}

static const Option *
find_option(const Parser *parser, int found)
{
	if (found >= LONG_BASE)
		return parser->known[found - LONG_BASE];
	for (int i = 0; i < parser->count; i++)
		if (parser->known[i]->letter == found)
			return parser->known[i];
	return NULL;
}

static int
suggest_option(const Parser *parser, const char *word, Failure *failure)
{
	cleanup_free char *name = mem_printf("%.*s", (int) strcspn(word + 2, "="), word + 2);
	Closest closest = {.wanted = name};

	for (int i = 0; i < parser->count; i++)
		closest_consider(&closest, parser->known[i]->name);
	if (closest.word)
		fail_hint(failure, "Did you mean: --%s", closest.word);
	return -1;
}

static int
complain(const Parser *parser, int found, char *const *argv, Failure *failure)
{
	const char *word = argv[optind - 1];

	if (found == ':')
		return fail(failure, EXIT_CODE_USAGE, "option \"%s\" needs a value", word);
	if (optopt >= LONG_BASE)
		return fail(failure, EXIT_CODE_USAGE, "option \"--%s\" takes no value", find_option(parser, optopt)->name);
	if (optopt)
		return fail(failure, EXIT_CODE_USAGE, "option \"-%c\" is unknown", optopt);
	fail(failure, EXIT_CODE_USAGE, "option \"%s\" is unknown", word);
	return suggest_option(parser, word, failure);
}

int
args_parse(Args *args, int argc, char **argv, const Option *own, const Option *common, bool stop_at_operand,
		   Failure *failure)
{
	Parser parser = {0};
	int found;

	strcpy(parser.shorts, stop_at_operand ? "+:" : "-:");
	add_options(&parser, own);
	add_options(&parser, common);
	*args = (Args){0};
	args->entries = mem_zalloc(((size_t) argc + 1) * sizeof *args->entries);
	args->operands = mem_zalloc(((size_t) argc + 1) * sizeof *args->operands);
	opterr = 0;
	optind = 0;
	while ((found = getopt_long(argc, argv, parser.shorts, parser.longs, NULL)) != -1)
	{
		const Option *option;

		if (found == 1)
		{
			args->operands[args->count++] = optarg;
			continue;
		}
		if (found == '?' || found == ':')
			return complain(&parser, found, argv, failure);
		option = find_option(&parser, found);
		args->entries[args->given++] = (ArgsEntry){option, optarg};
	}
	while (optind < argc)
		args->operands[args->count++] = argv[optind++];
	return 0;
}

void
args_free(Args *args)
{
	free(args->entries);
	free(args->operands);
}

const char *
args_get(const Args *args, const char *name)
{
	for (int i = args->given - 1; i >= 0; i--)
		if (strcmp(args->entries[i].option->name, name) == 0)
			return args->entries[i].value;
	return NULL;
}

bool
args_has(const Args *args, const char *name)
{
	for (int i = 0; i < args->given; i++)
		if (strcmp(args->entries[i].option->name, name) == 0)
			return true;
	return false;
}

int
args_read_number(const Args *args, const char *name, long most, long *number, Failure *failure)
{
	const char *given = args_get(args, name);
	char *end;

	if (!given)
		return 0;
	*number = strtol(given, &end, 10);
	if (!*given || *end || *number < 0 || *number > most)
		return fail(failure, EXIT_CODE_USAGE, "option \"--%s\" needs a number from 0 to %ld, not \"%s\"", name, most,
					given);
	return 0;
}

void
args_print_options(FILE *out, const Option *options)
{
	for (; options->name; options++)
	{
		char left[64];
		int length;

		length = options->letter ? snprintf(left, sizeof left, "-%c, --%s", options->letter, options->name)
								 : snprintf(left, sizeof left, "    --%s", options->name);
		if (options->value)
			snprintf(left + length, sizeof left - (size_t) length, " %s", options->value);
		fprintf(out, "  %-28s %s\n", left, options->help);
	}
}
