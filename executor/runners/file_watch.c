/*
 * file_watch.c - the runner of kind file_watch: waits until a file is complete,
 * or gone.
 *
 * Watch first, then look: what happens between the two is then heard.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "clock.h"
#include "file_look.h"
#include "file_matches.h"
#include "file_notify.h"
#include "file_result.h"
#include "jobsocket.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "runner.h"
#include "utf8.h"

#define MAX_LINES 100 /* nobody may be reading them, and a pipe holds only so much */
#define DAY_MS INT64_C(86400000)

typedef struct FileWatch
{
	Runner runner;
	Buf path;
	char *folder;
	char *name; /* or pattern */
	FileWanted wanted;
	Buf stable_for; /* as written */
	Buf interval;   /* as written */
	int64_t interval_us;
	Loop *loop;
	FileNotify *notify;
	FileMatches matches;
	Timer timer;
	int64_t looked_at;
	size_t lines;
	Buf step;      /* told last */
	Buf trouble;   /* told last; empty when the last look was fine */
	bool deaf;     /* told that inotify is silent */
	bool homeless; /* told that there is no folder */
	bool capped;   /* told that there are too many */
	int code;
} FileWatch;

/* ---- telling ---- */

static void __attribute__((format(printf, 2, 3))) say(FileWatch *w, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	cleanup_buf Buf line = {0};
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		fatalx("out of memory");
	if (++w->lines > MAX_LINES)
		return;
	utf8_put_line(&line, text, (size_t) len);
	printf("%s%s\n", buf_text(&line), w->lines == MAX_LINES ? " (no further lines)" : "");
	fflush(stdout);
}

static void
tell_change(FileChange change, const FileMatch *match, void *arg)
{
	static const char *const words[] = {[FILE_APPEARED] = "is there",
										[FILE_CHANGED] = "changes",
										[FILE_REPLACED] = "was replaced",
										[FILE_VANISHED] = "is gone"};

	say(arg, "%s %s, %" PRId64 " bytes", match->name, words[change], match->size);
}

/* What it waits for now. */
static void
describe_step(const FileWatch *w, bool folder, Buf *step)
{
	const FileMatch *first = w->matches.files;

	if (w->trouble.len > 0)
		buf_printf(step, "0 %s", buf_text(&w->trouble));
	else if (w->wanted.gone && w->matches.count > 0)
		buf_printf(step, "0 waiting for %zu to go", w->matches.count);
	else if (w->wanted.gone)
		buf_printf(step, "0 gone, if it stays so for %s", buf_text(&w->stable_for));
	else if (!folder)
		buf_printf(step, "0 waiting for folder %s", w->folder);
	else if (w->matches.count == 0)
		buf_printf(step, "0 waiting for %s", buf_text(&w->path));
	else if (first->size < w->wanted.min_size)
		buf_printf(step, "0 %s has %" PRId64 " of %" PRId64 " bytes", first->name, first->size, w->wanted.min_size);
	else
		buf_printf(step, "0 %s, if it stays unchanged for %s", first->name, buf_text(&w->stable_for));
}

static void
tell_step(FileWatch *w, bool folder)
{
	Buf step = {0};

	describe_step(w, folder, &step);
	if (strcmp(buf_text(&step), buf_text(&w->step)) != 0)
		jobsocket_mention(w->runner.node, "progress", buf_text(&step));
	buf_free(&w->step);
	w->step = step;
}

static void
tell_trouble(FileWatch *w, const Err *e)
{
	if (strcmp(e->message, buf_text(&w->trouble)) != 0)
		say(w, "%s", e->message);
	buf_reset(&w->trouble);
	buf_puts(&w->trouble, e->message);
}

/* What else there is to know about a look that could be made. */
static void
tell_look(FileWatch *w, const FileLook *found)
{
	if (!found->folder && !w->homeless)
		say(w, "there is no folder %s yet%s", w->folder,
			file_look_is_pattern(w->folder) ? "; in a folder's name wildcards mean themselves" : "");
	w->homeless = !found->folder;
	if (found->capped && !w->capped)
		say(w, "more than %zu files match; the others are not watched", found->count);
	w->capped = found->capped;
}

/* ---- looking ---- */

static void
finish(FileWatch *w)
{
	cleanup_buf Buf result = {0};
	size_t max = JOBSOCKET_MAX_PACKET - strlen("result ");
	Err e;

	if (w->wanted.gone)
		file_result_gone(&result, buf_text(&w->path));
	else
		file_result_exists(&result, w->folder, &w->matches, &w->wanted, clock_now_us(), max);
	say(w, "%s", w->wanted.gone ? "gone" : "complete");
	jobsocket_mention(w->runner.node, "progress", "100");
	if (jobsocket_send(w->runner.node, "result", result.data, result.len, &e) < 0)
		log_info("the result was not handed on: %s", e.message);
	w->code = 0;
	loop_stop(w->loop);
}

static void look(void *arg);

static void
heard(void *arg)
{
	FileWatch *w = arg;

	loop_timer_in(w->loop, &w->timer, 0, look, w);
}

static void
watch(FileWatch *w)
{
	Err e;

	if (w->notify != NULL && file_notify_arm(w->notify, &e) == 0)
		w->deaf = false;
	else if (w->notify != NULL && !w->deaf)
	{
		say(w, "%s; looking every %s", e.message, buf_text(&w->interval));
		w->deaf = true;
	}
}

static void
look(void *arg)
{
	FileWatch *w = arg;
	FileLook found = {0};
	int64_t due;
	Err e;

	watch(w);
	w->looked_at = clock_now_us();
	if (file_look(w->folder, w->name, &found, &e) < 0)
		tell_trouble(w, &e);
	else
	{
		buf_reset(&w->trouble);
		tell_look(w, &found);
		file_matches_update(&w->matches, found.files, found.count, w->looked_at, tell_change, w);
		free(found.files);
		if (file_matches_done(&w->matches, &w->wanted, w->looked_at))
		{
			finish(w);
			return;
		}
	}
	tell_step(w, found.folder);
	due = file_matches_due(&w->matches, &w->wanted);
	if (w->trouble.len > 0 || due > w->looked_at + w->interval_us)
		due = w->looked_at + w->interval_us;
	loop_timer(w->loop, &w->timer, due, look, w);
}

static void
told_to_stop(int signo, void *arg)
{
	FileWatch *w = arg;

	(void) signo;
	say(w, "ended by a signal while waiting");
	w->code = RUNNER_EXIT_TERMINATED;
	loop_stop(w->loop);
}

/* ---- settings ---- */

static int
read_path(FileWatch *w, Err *e)
{
	const char *path;
	const char *slash;
	size_t folder;

	if (runner_text(&w->runner, "path", NULL, &w->path, e) < 0)
		return -1;
	path = buf_text(&w->path);
	slash = strrchr(path, '/');
	if (path[0] != '/' || slash[1] == '\0')
		return err_set(e, 0, "setting \"path\" is not the absolute path of a file: \"%s\"", path);
	folder = (size_t) (slash - path);
	while (folder > 0 && path[folder - 1] == '/')
		folder--;
	w->folder = folder > 0 ? mem_strndup(path, folder) : mem_strdup("/");
	w->name = mem_strdup(slash + 1);
	return 0;
}

static int
read_mode(FileWatch *w, Err *e)
{
	cleanup_buf Buf mode = {0};

	if (runner_text(&w->runner, "mode", "exists", &mode, e) < 0)
		return -1;
	w->wanted.gone = strcmp(buf_text(&mode), "gone") == 0;
	if (!w->wanted.gone && strcmp(buf_text(&mode), "exists") != 0)
		return err_set(e, 0, "setting \"mode\" is exists or gone: \"%s\"", buf_text(&mode));
	if (w->wanted.gone && runner_setting(&w->runner, "min_size") != JSON_ABSENT)
		return err_set(e, 0, "setting \"min_size\" means nothing where mode is gone");
	return 0;
}

static int
read_settings(FileWatch *w, Err *e)
{
	static const char *const names[] = {"path", "mode", "stable_for", "min_size", "interval", NULL};
	int64_t stable_ms;
	int64_t interval_ms;

	if (runner_open(&w->runner, names, e) < 0 || read_path(w, e) < 0 || read_mode(w, e) < 0 ||
		runner_text(&w->runner, "stable_for", "10 s", &w->stable_for, e) < 0 ||
		runner_duration(&w->runner, "stable_for", "10 s", 0, 7 * DAY_MS, &stable_ms, e) < 0 ||
		runner_text(&w->runner, "interval", "60 s", &w->interval, e) < 0 ||
		runner_duration(&w->runner, "interval", "60 s", 100, DAY_MS, &interval_ms, e) < 0 ||
		runner_bytes(&w->runner, "min_size", "0", INT64_MAX, &w->wanted.min_size, e) < 0)
		return -1;
	w->wanted.stable_us = stable_ms * 1000;
	w->interval_us = interval_ms * 1000;
	return 0;
}

/* ---- life ---- */

static int
start(FileWatch *w, Err *e)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};

	w->loop = loop_new(e);
	if (w->loop == NULL || loop_signals(w->loop, signals, told_to_stop, w, e) < 0)
		return -1;
	w->notify = file_notify_new(w->loop, w->folder, w->name, heard, w, e);
	if (w->notify == NULL)
		say(w, "%s; looking every %s", e->message, buf_text(&w->interval));
	say(w, "waiting for %s%s", buf_text(&w->path), w->wanted.gone ? " to go" : "");
	loop_timer_in(w->loop, &w->timer, 0, look, w);
	return loop_run(w->loop, e);
}

static void
stop(FileWatch *w)
{
	file_notify_free(w->notify);
	loop_free(w->loop);
	file_matches_free(&w->matches);
	runner_close(&w->runner);
	buf_free(&w->path);
	buf_free(&w->stable_for);
	buf_free(&w->interval);
	buf_free(&w->step);
	buf_free(&w->trouble);
	free(w->folder);
	free(w->name);
}

int
main(int argc, char **argv)
{
	static FileWatch w;
	Err e;

	log_init("file_watch", false);
	if (argc == 2 && strcmp(argv[1], "--probe") == 0)
		return 0; /* it needs nothing that a node could lack */
	if (argc > 1)
	{
		log_info("unexpected argument \"%s\"; known is --probe", argv[1]);
		return EX_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	w.code = EX_CONFIG;
	if (read_settings(&w, &e) < 0)
		log_info("%s", e.message);
	else
	{
		w.code = EX_OSERR;
		if (start(&w, &e) < 0)
			log_info("%s", e.message);
	}
	stop(&w);
	return w.code;
}
