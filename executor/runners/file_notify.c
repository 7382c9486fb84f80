/*
 * file_notify.c - says when it may be worth to look into a folder again.
 *
 * While the folder does not exist, the deepest part of its path that does is
 * watched, for the next part to appear.
 */
#include "file_notify.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "log.h"
#include "mem.h"

/* Not every write: the size is looked at when it has to have settled. */
#define ON_THE_WAY (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define IN_THE_FOLDER (ON_THE_WAY | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM)
#define ABOUT_THE_FOLDER (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)
#define REST_US 200000
#define MAX_READS 100
#define TRIES 8 /* a path that comes and goes that fast is left to the next look */

struct FileNotify
{
	Loop *loop;
	Timer rest;
	int fd;
	int watched;  /* watch descriptor, or -1 */
	size_t level; /* so many bytes of the folder's path are watched */
	char *folder;
	char *pattern;
	LoopWatch *watch;
	FileNotifyCallback callback;
	void *arg;
};

/* ---- what is watched ---- */

/* The path without its last part; "/" has none. */
static size_t
parent(const char *path, size_t len)
{
	while (len > 1 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

/* Where the part after the first level bytes begins and ends. */
static void
next_part(const char *path, size_t level, size_t *begin, size_t *end)
{
	*begin = level + strspn(path + level, "/");
	*end = *begin + strcspn(path + *begin, "/");
}

static int
add_watch(FileNotify *notify, size_t level)
{
	cleanup_free char *path = mem_strndup(notify->folder, level);

	return inotify_add_watch(notify->fd, path, notify->folder[level] == '\0' ? IN_THE_FOLDER : ON_THE_WAY);
}

/* The deepest part of the path that exists. */
static int
watch_deepest(FileNotify *notify, Err *e)
{
	size_t level = strlen(notify->folder);
	int watched = add_watch(notify, level);

	while (watched < 0 && (errno == ENOENT || errno == ENOTDIR) && level > 1)
	{
		level = parent(notify->folder, level);
		watched = add_watch(notify, level);
	}
	if (watched < 0)
		err_set(e, errno, "cannot watch \"%.*s\"", (int) level, notify->folder);
	if (watched != notify->watched && notify->watched >= 0)
		inotify_rm_watch(notify->fd, notify->watched);
	notify->watched = watched;
	notify->level = level;
	return watched < 0 ? -1 : 0;
}

static bool
deeper_exists(const FileNotify *notify)
{
	cleanup_free char *path = NULL;
	struct stat st;
	size_t begin;
	size_t end;

	next_part(notify->folder, notify->level, &begin, &end);
	if (begin == end)
		return false;
	path = mem_strndup(notify->folder, end);
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/*
 * The next part may have come between the attempt to watch it and the watch on what is above it, and the next again while
 * that is found out.  Nobody will hear of what is there already, so only a path that goes again as well is given up.
 */
int
file_notify_arm(FileNotify *notify, Err *e)
{
	for (int tries = 0; tries < TRIES;)
	{
		size_t before = notify->level;

		if (watch_deepest(notify, e) < 0)
			return -1;
		if (!deeper_exists(notify))
			break;
		tries += notify->level <= before;
	}
	return 0;
}

/* ---- what is heard ---- */

static bool
matters(FileNotify *notify, const struct inotify_event *event)
{
	size_t begin;
	size_t end;

	if ((event->mask & IN_Q_OVERFLOW) != 0)
		return true;
	if (event->wd != notify->watched)
		return false;
	if ((event->mask & ABOUT_THE_FOLDER) != 0)
		return true;
	if (event->len == 0)
		return false;
	next_part(notify->folder, notify->level, &begin, &end);
	if (begin == end)
		return fnmatch(notify->pattern, event->name, FNM_PERIOD) == 0;
	return strlen(event->name) == end - begin && memcmp(event->name, notify->folder + begin, end - begin) == 0;
}

static bool
any_matters(FileNotify *notify, const char *bytes, ssize_t len)
{
	bool any = false;

	for (ssize_t at = 0; at < len && !any;)
	{
		const struct inotify_event *event = (const struct inotify_event *) (bytes + at);

		any = matters(notify, event);
		at += (ssize_t) (sizeof(*event) + event->len);
	}
	return any;
}

static void inotify_ready(uint32_t events, void *arg);

static int
start_listening(FileNotify *notify, Err *e)
{
	notify->watch = loop_watch(notify->loop, notify->fd, EPOLLIN, inotify_ready, notify, e);
	return notify->watch == NULL ? -1 : 0;
}

static void
listen_again(void *arg)
{
	Err e;

	if (start_listening(arg, &e) < 0)
		log_warnx("%s", e.message); /* then the owner's own pace counts */
}

/*
 * However busy a folder is, it is heard a few times a second: all that has queued up, at once.  Meanwhile the
 * descriptor is out of the loop, because one that is in it, with no event asked for, wakes the process all the same.
 */
static void
inotify_ready(uint32_t events, void *arg)
{
	FileNotify *notify = arg;
	char bytes[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool look = false;
	ssize_t n;

	(void) events;
	for (int i = 0; i < MAX_READS && (n = read(notify->fd, bytes, sizeof(bytes))) > 0; i++)
		look = look || any_matters(notify, bytes, n);
	loop_unwatch(notify->watch);
	notify->watch = NULL;
	loop_timer_in(notify->loop, &notify->rest, REST_US, listen_again, notify);
	if (look)
		notify->callback(notify->arg);
}

/* ---- life ---- */

FileNotify *
file_notify_new(Loop *loop, const char *folder, const char *pattern, FileNotifyCallback callback, void *arg, Err *e)
{
	FileNotify *notify;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
	{
		err_set(e, errno, "inotify cannot be had");
		return NULL;
	}
	notify = mem_zalloc(sizeof(*notify));
	notify->loop = loop;
	notify->fd = fd;
	notify->watched = -1;
	notify->folder = mem_strdup(folder);
	notify->pattern = mem_strdup(pattern);
	notify->callback = callback;
	notify->arg = arg;
	if (start_listening(notify, e) < 0)
	{
		file_notify_free(notify);
		return NULL;
	}
	return notify;
}

void
file_notify_free(FileNotify *notify)
{
	if (notify == NULL)
		return;
	loop_timer_cancel(notify->loop, &notify->rest);
	loop_unwatch(notify->watch);
	close(notify->fd);
	free(notify->folder);
	free(notify->pattern);
	free(notify);
}
