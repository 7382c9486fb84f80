/*
 * Hearing of a file whose folders are made while the watch is being set up: whoever watches first and then looks must
 * find it without ever polling.  Another process makes the folders at the same time, many times over.
 */
#include "runners/file_notify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "mem.h"
#include "tap.h"

#define ROUNDS 100
#define DEPTH 30
#define PATIENCE 60 /* seconds, for all; a miss is waited for in vain */

typedef struct Watcher
{
	Loop *loop;
	FileNotify *notify;
	const char *file;
	bool found;
	int looks;
} Watcher;

static void
look(void *arg)
{
	Watcher *w = arg;
	Err e;

	w->looks++;
	if (file_notify_arm(w->notify, &e) < 0)
		printf("# %s\n", e.message);
	w->found = access(w->file, F_OK) == 0;
	if (w->found)
		loop_stop(w->loop);
}

/* Whoever rests is woken at once. */
static int64_t
hurried_clock(void)
{
	static int64_t now = 0;

	return now += 1000000;
}

/* In a process of its own. */
static void
make_all(char *file)
{
	for (char *p = strchr(file + 1, '/'); p != NULL; p = strchr(p + 1, '/'))
	{
		*p = '\0';
		if (mkdir(file, 0777) < 0 && errno != EEXIST)
			_exit(1);
		*p = '/';
	}
	_exit(mknod(file, S_IFREG | 0666, 0) < 0);
}

static bool
finds(const char *folder, char *file, int *looks)
{
	Watcher w = {.file = file};
	Err e;
	pid_t maker;
	int status;

	w.loop = loop_new(&e);
	w.notify = file_notify_new(w.loop, folder, "feed*", look, &w, &e);
	maker = fork();
	if (maker == 0)
		make_all(file);
	look(&w);
	if (!w.found && loop_run(w.loop, &e) < 0)
		printf("# %s\n", e.message);
	waitpid(maker, &status, 0);
	file_notify_free(w.notify);
	loop_free(w.loop);
	*looks += w.looks;
	return w.found && status == 0;
}

static void
remove_all(char *file, size_t base)
{
	unlink(file);
	for (char *p = strrchr(file, '/'); p != NULL && (size_t) (p - file) >= base; p = strrchr(file, '/'))
	{
		*p = '\0';
		rmdir(file);
	}
}

int
main(void)
{
	char base[] = "/tmp/jobgrid-notify-XXXXXX";
	int missed = 0;
	int looks = 0;

	if (mkdtemp(base) == NULL)
		return 1;
	clock_set_source(hurried_clock);
	alarm(PATIENCE);
	for (int round = 0; round < ROUNDS && missed == 0; round++)
	{
		cleanup_buf Buf folder = {0};
		cleanup_free char *file = NULL;

		buf_printf(&folder, "%s/%d", base, round);
		for (int i = 0; i < DEPTH; i++)
			buf_puts(&folder, "/d");
		file = mem_printf("%s/feed", buf_text(&folder));
		missed += !finds(buf_text(&folder), file, &looks);
		remove_all(file, strlen(base) + 1);
	}
	rmdir(base);
	ok(missed == 0, "%d times a file in folders made at the same moment was found", ROUNDS);
	ok(looks >= ROUNDS, "in %d looks", looks);
	return done_testing();
}
