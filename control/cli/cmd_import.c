/*
 * jobgrid import: jobs of cron, pg_cron and pgAgent. What becomes of them is the server's to say; of a crontab only the
 * lines are read here.
 */
#include <string.h>
#include <unistd.h>

#include "closest.h"
#include "command.h"
#include "crontab.h"
#include "file.h"
#include "json.h"
#include "message.h"
#include "query.h"
#include "shell_word.h"
#include "text.h"

#define MOST_VALUES 5

typedef struct Source
{
	const char *name;
	bool file;
	const char *options[MOST_VALUES]; /* values of the query behind the first, with those of every source */
	Query query;                      /* $1 whether it is a dry run */
} Source;

static const Source sources[] = {
	{.name = "crontab",
	 .file = true,
	 .options = {"owner-team", "run-as", "time-zone"},
	 .query.sql = "select line, job, in_words, next_run, doubt from jobgrid.import_crontab($5::jsonb, $1::boolean,"
				  " owner_team => $2, run_as => $3, time_zone => $4)",
	 .query.style.columns = "line job in_words next_run"},
	{.name = "pg_cron",
	 .options = {"owner-team"},
	 .query.sql = "select job, in_words, next_run, doubt from jobgrid.import_pg_cron($1::boolean, owner_team => $2)",
	 .query.style.columns = "job in_words next_run"},
	{.name = "pgagent",
	 .options = {"owner-team", "sql-role"},
	 .query.sql = "select job, in_words, next_run, doubt from jobgrid.import_pgagent($1::boolean, owner_team => $2,"
				  " sql_role => $3)",
	 .query.style.columns = "job in_words next_run"},
};

static const Option options[] = {{"apply", 0, NULL, "do it, instead of saying what would be done"},
								 {"system", 0, NULL, "the sixth field is a user, as in /etc/crontab (crontab)"},
								 {"run-as", 0, "USER", "as whom jobs run on their nodes (crontab)"},
								 {"time-zone", 0, "ZONE", "zone of schedules without CRON_TZ (crontab)"},
								 {"sql-role", 0, "ROLE", "as whom SQL runs that names nobody (pgagent)"},
								 {"owner-team", 0, "TEAM", "whose jobs they are"},
								 {0}};

static const char *const explained[] = {
	"WHAT is one of",
	"  crontab FILE      a crontab; - is standard input: crontab -l | jobgrid import crontab -",
	"  pg_cron           the jobs of pg_cron in this database",
	"  pgagent           the jobs of pgAgent in this database, one a step",
	"Jobs are made disabled. What was imported before, or has the name of a job that is there, is left alone.",
	NULL};

static const Source *
find_source(const char *name, Failure *failure)
{
	Closest closest = {.wanted = name};

	for (int i = 0; i < COUNT_OF(sources); i++)
	{
		if (strcmp(sources[i].name, name) == 0)
			return &sources[i];
		closest_consider(&closest, sources[i].name);
	}
	fail(failure, EXIT_CODE_USAGE, "\"%s\" cannot be imported", name);
	if (closest.word)
		fail_hint(failure, "Did you mean: jobgrid import %s", closest.word);
	else
		fail_hint(failure, "crontab FILE, pg_cron or pgagent");
	return NULL;
}

static bool
takes(const Source *source, const char *option)
{
	for (int i = 0; i < MOST_VALUES && source->options[i]; i++)
		if (strcmp(source->options[i], option) == 0)
			return true;
	return false;
}

static int
check(const Cli *cli, const Args *args, Failure *failure)
{
	static const char *const some[] = {"run-as", "time-zone", "sql-role"};
	const Source *source = find_source(args->operands[0], failure);

	(void) cli;
	if (!source)
		return -1;
	if (source->file && args->count < 2)
		return fail(failure, EXIT_CODE_USAGE, "\"import %s\" needs a file; - is standard input", source->name);
	if (!source->file && args->count > 1)
		return fail(failure, EXIT_CODE_USAGE, "\"%s\" is one operand too many", args->operands[1]);
	for (int i = 0; i < COUNT_OF(some); i++)
		if (args_has(args, some[i]) && !takes(source, some[i]))
			return fail(failure, EXIT_CODE_USAGE, "--%s does not apply to %s", some[i], source->name);
	if (args_has(args, "system") && !source->file)
		return fail(failure, EXIT_CODE_USAGE, "--system does not apply to %s", source->name);
	if (args_has(args, "system") && args_has(args, "run-as"))
		return fail(failure, EXIT_CODE_USAGE, "with --system each line says as whom it runs, and --run-as cannot");
	return 0;
}

static void
put_member(Buf *json, const char *name, const Buf *value)
{
	buf_printf(json, ", \"%s\": ", name);
	json_quote(json, buf_text(value), value->len);
}

static void
put_line(Buf *json, CrontabKind kind, const CrontabLine *line)
{
	buf_printf(json, "%s{\"line\": %d", json->len > 1 ? ",\n" : "", line->number);
	if (kind == CRONTAB_PROBLEM)
		buf_printf(json, ", \"problem\": \"%s\"", line->problem);
	else if (kind == CRONTAB_SETTING)
	{
		put_member(json, "name", &line->name);
		put_member(json, "value", &line->value);
	}
	else
	{
		put_member(json, "schedule", &line->schedule);
		put_member(json, "command", &line->command);
		if (line->user.len > 0)
			put_member(json, "user", &line->user);
		if (line->has_input)
			put_member(json, "input", &line->input);
		if (line->doubt)
			buf_printf(json, ", \"doubt\": \"%s\"", line->doubt);
	}
	buf_putc(json, '}');
}

/* The lines of a file for import_crontab(). */
static int
read_crontab(const char *path, bool system, Buf *json, Failure *failure)
{
	cleanup_buf Buf file = {0};
	Err e = {.message = ""};
	Crontab crontab = {.system = system};
	CrontabLine line = {0};
	CrontabKind kind;

	if ((strcmp(path, "-") == 0 ? file_read_descriptor(STDIN_FILENO, "standard input", CRONTAB_BYTES, &file, &e)
								: file_read(path, CRONTAB_BYTES, &file, &e)) < 0)
		return fail(failure, EXIT_CODE_USAGE, "%s", e.message);
	crontab.at = buf_text(&file);
	crontab.end = crontab.at + file.len;
	buf_putc(json, '[');
	while ((kind = crontab_next(&crontab, &line)) != CRONTAB_END)
		put_line(json, kind, &line);
	buf_putc(json, ']');
	crontab_line_free(&line);
	return 0;
}

/* The command that does it: this one, and --apply. */
static void
hint_apply(const Args *args)
{
	cleanup_buf Buf command = {0};

	buf_puts(&command, "jobgrid import");
	for (int i = 0; i < args->count; i++)
	{
		buf_putc(&command, ' ');
		shell_word_put(&command, args->operands[i]);
	}
	for (int i = 0; i < args->given; i++)
	{
		buf_printf(&command, " --%s", args->entries[i].option->name);
		if (args->entries[i].option->value)
		{
			buf_putc(&command, ' ');
			shell_word_put(&command, args->entries[i].value);
		}
	}
	message_hint("%s --apply", buf_text(&command));
}

static bool
begins(const PGresult *result, int row, const char *beginning)
{
	const char *doubt = db_value(result, row, "doubt");

	return doubt && strncmp(doubt, beginning, strlen(beginning)) == 0;
}

/* On a terminal a table cuts what is long, and doubts are what it is about. */
static void
show_doubts(const Cli *cli, const PGresult *result)
{
	int flags = terminal_text_flags(&cli->out);

	for (int row = 0; row < PQntuples(result); row++)
	{
		const char *line = db_value(result, row, "line");
		const char *job = db_value(result, row, "job");
		const char *doubt = db_value(result, row, "doubt");

		if (!doubt)
			continue;
		if (line)
			printf("line %s: ", line);
		else if (job)
		{
			text_put(stdout, job, strlen(job), flags);
			fputs(": ", stdout);
		}
		text_put(stdout, doubt, strlen(doubt), flags);
		putchar('\n');
	}
}

static int
tell_end(const Cli *cli, const Args *args, const PGresult *result)
{
	int rows = PQntuples(result);
	int refused = 0;
	int left = 0;

	for (int row = 0; row < rows; row++)
	{
		refused += begins(result, row, "not imported: ");
		left += begins(result, row, "left alone: ");
	}
	if (!args_has(args, "apply"))
	{
		message_info("dry run: %d of %d would be imported; nothing has been changed", rows - refused - left, rows);
		if (rows > refused + left)
			hint_apply(args);
		return EXIT_CODE_OK;
	}
	if (refused > 0)
		message_info("%d of %d could not be imported", refused, rows);
	else if (cli_talks_to_people(cli))
		printf("%d of %d imported, disabled\n", rows - left, rows);
	return refused == 0 ? EXIT_CODE_OK : refused < rows ? EXIT_CODE_PARTIAL : EXIT_CODE_FAILED;
}

static int
import(Cli *cli, const Args *args, Failure *failure)
{
	const Source *source = find_source(args->operands[0], failure);
	cleanup_buf Buf crontab = {0};
	CLEAR_RESULT PGresult *result = NULL;
	const char *values[1 + MOST_VALUES] = {args_has(args, "apply") ? "false" : "true"};
	int count = 1;

	if (!source)
		return -1;
	for (int i = 0; source->options[i]; i++)
		values[count++] = args_get(args, source->options[i]);
	if (source->file)
	{
		if (read_crontab(args->operands[1], args_has(args, "system"), &crontab, failure) < 0)
			return -1;
		values[count++] = buf_text(&crontab);
	}
	if (query_ask(cli, &source->query, count, values, &result, failure) < 0)
		return -1;
	query_show(cli, &source->query, &result, 1);
	if (cli_talks_to_people(cli))
		show_doubts(cli, result);
	return tell_end(cli, args, result);
}

const Command command_import = {.name = "import",
								.summary = "Make jobs of a crontab, or of those of pg_cron or pgAgent",
								.usage = "WHAT [FILE] [--apply] [OPTION]...",
								.explained = explained,
								.options = options,
								.least = 1,
								.most = 2,
								.check = check,
								.run = import};
