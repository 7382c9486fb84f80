/*
 * nodemap_file.c - the node map in force.
 *
 * A map that cannot be used is an error until it is mended; the one before never stays in force, and a map that has been
 * there and is gone is not the same as none.  What the file and the way to it are like is asked for each job, its content
 * only when that changed; and every few seconds, because no job comes while there is a problem.
 */
#include "nodemap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "problem.h"
#include "trusted.h"

/* Times of files are as coarse as the kernel's ticks: what is younger than this may change once more and look the same. */
#define SETTLED_US INT64_C(1000000)

#define LOOK_US INT64_C(3000000)

static struct
{
	const char *path;
	bool may_be_absent;
	bool is_absent;
	bool is_good;
	NodeMap map;
	Err problem;
	struct stat seen; /* what the file was like when it was read */
	int64_t seen_at;
	unsigned version;
} current;

static bool
looks_the_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
		   a->st_uid == b->st_uid && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		   a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
		   a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int
read_all(int fd, Buf *text, Err *e)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0 && text->len <= NODEMAP_MAX_BYTES)
		buf_append(text, piece, (size_t) n);
	return n < 0 ? err_set(e, errno, "could not read it") : 0;
}

static int
read_map(NodeMap *map, Err *e)
{
	cleanup_close int fd = trusted_open(current.path, O_RDONLY, TRUSTED_UNWRITABLE, e);
	cleanup_buf Buf text = {0};

	if (fd < 0)
		return -1;
	if (fstat(fd, &current.seen) < 0)
		return err_set(e, errno, "could not look at it");
	if (read_all(fd, &text, e) < 0)
		return -1;
	return nodemap_parse(map, buf_text(&text), text.len, e);
}

static void
note_problem(const Err *e)
{
	if (current.is_good || current.version == 0 || strcmp(e->message, current.problem.message) != 0)
		log_warnx("%s; no job can start until it is mended", e->message);
	current.problem = *e;
	current.is_good = false;
	problem_set(PROBLEM_NODE_MAP, e->message);
}

static void
reload(bool changed)
{
	NodeMap map = {.uid_min = 0};
	Err e;

	if (read_map(&map, &e) < 0)
	{
		err_wrap(&e, "node map \"%s\"", current.path);
		note_problem(&e);
	}
	else
	{
		if (changed || !current.is_good)
			log_info("node map \"%s\": %zu users, %zu secrets", current.path, map.user_count, map.secret_count);
		nodemap_free(&current.map);
		current.map = map;
		current.is_good = true;
		problem_set(PROBLEM_NODE_MAP, "");
	}
	current.version++;
}

static bool
is_trusted_still(void)
{
	Err e;
	cleanup_close int fd = trusted_open(current.path, O_PATH, TRUSTED_UNWRITABLE, &e);

	return fd >= 0;
}

static void
look(void)
{
	struct stat st = {.st_ino = 0};
	bool changed;

	current.is_absent =
		lstat(current.path, &st) < 0 && errno == ENOENT && current.may_be_absent && current.version == 0;
	if (current.is_absent)
		return;
	changed = current.version == 0 || !looks_the_same(&st, &current.seen);
	/* What is wrong may be on the way to the file, so a map that is none is tried again each time. */
	if (current.is_good && !changed && clock_now_us() - current.seen_at > SETTLED_US && is_trusted_still())
		return;
	if (changed)
		current.seen_at = clock_now_us();
	current.seen = st;
	reload(changed);
}

void
nodemap_file_init(const char *path)
{
	current.path = path != NULL ? path : NODEMAP_DEFAULT_PATH;
	current.may_be_absent = path == NULL;
	look();
	if (current.is_absent)
		log_info("no node map \"%s\": jobs run as the job user only", current.path);
}

static void
look_again(void *loop)
{
	static Timer timer;

	look();
	loop_timer_in(loop, &timer, LOOK_US, look_again, loop);
}

void
nodemap_file_watch(Loop *loop)
{
	look_again(loop);
}

int
nodemap_file_current(const NodeMap **map, Err *e)
{
	look();
	*map = current.is_good ? &current.map : NULL;
	if (current.is_good || current.is_absent)
		return 0;
	*e = current.problem;
	return -1;
}

unsigned
nodemap_file_version(void)
{
	return current.version;
}
