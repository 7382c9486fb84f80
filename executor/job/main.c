/*
 * main.c - jobgrid-job: by which a job's scripts talk to the node they run on.
 *
 * It checks what it can before it sends, so that the script that made the
 * mistake is told.  It must not decide what a message means.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "file.h"
#include "runners/jobsocket.h"

#define MAX_TIMEOUT_MS (INT64_C(365) * 86400000)

enum
{
	EXIT_GONE = 1,
	EXIT_USAGE = 2,
	EXIT_NOWHERE = 3,
	EXIT_NOTHING = 4
};

static const char help[] =
	"jobgrid-job talks to the node on which a Jobgrid job runs. It is for the job's own scripts.\n"
	"\n"
	"Usage:\n"
	"  jobgrid-job progress PERCENT [STEP]      how far it is (0 to 100), and what it does\n"
	"  jobgrid-job checkpoint FILE|-            what a later try is to get (JOBGRID_CHECKPOINT_FILE)\n"
	"  jobgrid-job result JSON|@FILE|-          the job's result: an object or an array\n"
	"  jobgrid-job message TEXT                 a line for the job's log\n"
	"  jobgrid-job receive [--timeout=SECONDS]  print the next message of an operator\n"
	"  jobgrid-job lost TEXT                    nobody can know what became of it: the run is to be unknown\n"
	"  jobgrid-job --help | --version\n"
	"\n"
	"Exit code: 0 done, 1 the node has gone, 2 bad usage or content, 3 not run under Jobgrid,\n"
	"4 no message came in time.\n";

typedef struct Verb
{
	const char *name;
	int least; /* operands */
	int most;
	int (*run)(int node, int argc, char **argv, Err *e); /* exit code; e is filled unless it is 0 */
} Verb;

/* ---- content ---- */

static int
bad(Err *e, const char *what)
{
	return err_set(e, 0, "%s", what), EXIT_USAGE;
}

static int
sent(int result)
{
	return result < 0 ? EXIT_GONE : 0;
}

/* What is too long is the script's mistake, not the node's absence. */
static int
send_bytes(int node, const char *verb, const Buf *bytes, Err *e)
{
	int result = jobsocket_send(node, verb, buf_text(bytes), bytes->len, e);

	return !jobsocket_fits(verb, bytes->len) ? EXIT_USAGE : sent(result);
}

static int
send_words(int node, const char *verb, const char *before, char *const *words, Err *e)
{
	cleanup_buf Buf text = {0};

	buf_puts(&text, before);
	for (; *words != NULL; words++)
		buf_printf(&text, "%s%s", text.len > 0 ? " " : "", *words);
	if (!jobsocket_fits(verb, text.len))
		return bad(e, "the text is too long for a message");
	return sent(jobsocket_say(node, verb, buf_text(&text), e));
}

/* Digits, and perhaps a point and digits: what the database reads as a number as well. */
static bool
is_percent(const char *text)
{
	size_t whole = strspn(text, "0123456789");
	const char *rest = text + whole;

	if (whole == 0 || whole > 3)
		return false;
	if (*rest == '.')
	{
		size_t digits = strspn(rest + 1, "0123456789");

		if (digits == 0 || digits > 6)
			return false;
		rest += 1 + digits;
	}
	return *rest == '\0' && strtod(text, NULL) <= 100;
}

static int
read_content(const char *name, Buf *content, Err *e)
{
	if (strcmp(name, "-") == 0)
		return file_read_descriptor(STDIN_FILENO, "standard input", JOBSOCKET_MAX_PACKET, content, e);
	return file_read(name, JOBSOCKET_MAX_PACKET, content, e);
}

/* ---- verbs ---- */

static int
run_progress(int node, int argc, char **argv, Err *e)
{
	(void) argc;
	if (!is_percent(argv[0]))
		return err_set(e, 0, "not a number from 0 to 100: \"%s\"", argv[0]), EXIT_USAGE;
	return send_words(node, "progress", argv[0], argv + 1, e);
}

static int
run_checkpoint(int node, int argc, char **argv, Err *e)
{
	cleanup_buf Buf bytes = {0};

	(void) argc;
	if (read_content(argv[0], &bytes, e) < 0)
		return EXIT_USAGE;
	return send_bytes(node, "checkpoint", &bytes, e);
}

static int
run_result(int node, int argc, char **argv, Err *e)
{
	cleanup_buf Buf text = {0};

	(void) argc;
	if (argv[0][0] != '@' && strcmp(argv[0], "-") != 0)
		buf_puts(&text, argv[0]);
	else if (read_content(argv[0][0] == '@' ? argv[0] + 1 : argv[0], &text, e) < 0)
		return EXIT_USAGE;
	if (jobsocket_check_result(buf_text(&text), text.len, e) < 0)
		return err_wrap(e, "result"), EXIT_USAGE;
	return send_bytes(node, "result", &text, e);
}

static int
run_message(int node, int argc, char **argv, Err *e)
{
	(void) argc;
	return send_words(node, "message", "", argv, e);
}

static int
run_lost(int node, int argc, char **argv, Err *e)
{
	(void) argc;
	return send_words(node, "outcome", "lost", argv, e);
}

static int
read_timeout(int argc, char **argv, int64_t *ms, Err *e)
{
	static const char option[] = "--timeout";
	size_t len = strlen(option);
	const char *value = NULL;

	*ms = -1;
	if (argc == 0)
		return 0;
	if (argc == 1 && strncmp(argv[0], option, len) == 0 && argv[0][len] == '=')
		value = argv[0] + len + 1;
	else if (argc == 2 && strcmp(argv[0], option) == 0)
		value = argv[1];
	else
		return err_set(e, 0, "unexpected \"%s\"", argv[0]);
	return config_parse_duration("--timeout", value, MAX_TIMEOUT_MS, ms, e);
}

static int
run_receive(int node, int argc, char **argv, Err *e)
{
	cleanup_buf Buf text = {0};
	int64_t ms;
	int result;

	if (read_timeout(argc, argv, &ms, e) < 0)
		return EXIT_USAGE;
	result = jobsocket_receive(node, ms, &text, e);
	if (result < 0)
		return EXIT_GONE;
	if (result == 0)
		return err_set(e, 0, "no message came"), EXIT_NOTHING;
	fwrite(buf_text(&text), 1, text.len, stdout);
	putchar('\n');
	if (fflush(stdout) != 0)
		return err_set(e, errno, "could not print the message"), EXIT_GONE;
	return 0;
}

static const Verb verbs[] = {{"progress", 1, 1000, run_progress},
							 {"checkpoint", 1, 1, run_checkpoint},
							 {"result", 1, 1, run_result},
							 {"message", 1, 1000, run_message},
							 {"receive", 0, 2, run_receive},
							 {"lost", 1, 1000, run_lost},
							 {NULL, 0, 0, NULL}};

/* ---- the command ---- */

static int
run_verb(int argc, char **argv, Err *e)
{
	const Verb *verb = verbs;
	int node;

	if (argc == 0)
		return bad(e, "no verb is given; try \"jobgrid-job --help\"");
	while (verb->name != NULL && strcmp(verb->name, argv[0]) != 0)
		verb++;
	if (verb->name == NULL)
		return err_set(e, 0, "unknown verb \"%s\"; try \"jobgrid-job --help\"", argv[0]), EXIT_USAGE;
	if (argc - 1 < verb->least || argc - 1 > verb->most)
		return err_set(e, 0, "\"%s\" with %d operands; try \"jobgrid-job --help\"", verb->name, argc - 1), EXIT_USAGE;
	if (jobsocket_find(&node, e) < 0)
		return EXIT_NOWHERE;
	if (node == JOBSOCKET_NOBODY)
		return err_set(e, 0, "this does not run under Jobgrid: JOBGRID_JOB_FD is not set"), EXIT_NOWHERE;
	return verb->run(node, argc - 1, argv + 1, e);
}

int
main(int argc, char **argv)
{
	Err e = {0};
	int code;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(help, stdout) < 0 || fflush(stdout) != 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("jobgrid-job (Jobgrid) " JOBGRID_VERSION) < 0 || fflush(stdout) != 0;
	code = run_verb(argc - 1, argv + 1, &e);
	if (code != 0)
		fprintf(stderr, "jobgrid-job: %s\n", e.message);
	return code;
}
