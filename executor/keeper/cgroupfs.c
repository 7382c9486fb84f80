/*
 * cgroupfs.c - the files of a control group.
 */
#include "cgroupfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "mem.h"

#define PIECE 4096
#define MAX_DEPTH 16

int
cgroupfs_open(int dir, const char *group, const char *file, int flags)
{
	char path[1024];

	if (snprintf(path, sizeof(path), "%s/%s", group, file) >= (int) sizeof(path))
	{
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(dir, path, flags | O_CLOEXEC);
}

int
cgroupfs_write(int dir, const char *group, const char *file, const char *text)
{
	cleanup_close int fd = cgroupfs_open(dir, group, file, O_WRONLY);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

bool
cgroupfs_exists(int dir, const char *group, const char *file)
{
	cleanup_close int fd = cgroupfs_open(dir, group, file, O_PATH);

	return fd >= 0;
}

int
cgroupfs_read(int dir, const char *group, const char *file, Buf *out)
{
	cleanup_close int fd = cgroupfs_open(dir, group, file, O_RDONLY);
	char piece[PIECE];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_append(out, piece, (size_t) n);
	return n < 0 ? -1 : 0;
}

int64_t
cgroupfs_number(int dir, const char *group, const char *file, const char *key, int64_t otherwise)
{
	cleanup_buf Buf text = {0};
	int64_t value;

	if (cgroupfs_read(dir, group, file, &text) < 0 || !cgroup_value(buf_text(&text), key, &value))
		return otherwise;
	return value;
}

size_t
cgroupfs_members(int dir, const char *group, CgroupfsVisitor visit, void *arg)
{
	cleanup_buf Buf text = {0};
	size_t count = 0;
	const char *p;

	if (cgroupfs_read(dir, group, "cgroup.procs", &text) < 0)
		return 0;
	p = buf_text(&text);
	for (;;)
	{
		char *end;
		pid_t pid = (pid_t) strtol(p, &end, 10);

		if (end == p)
			return count;
		p = end;
		count++;
		/* 0 is a process that this one's namespace does not show. */
		if (visit != NULL && pid > 0)
			visit(pid, arg);
	}
}

bool
cgroupfs_populated(int dir, const char *group, bool unified)
{
	if (unified)
		return cgroupfs_number(dir, group, "cgroup.events", "populated", 0) != 0;
	return cgroupfs_members(dir, group, NULL, NULL) > 0;
}

static DIR *
open_group(int dir, const char *group)
{
	int fd = openat(dir, group, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;

	if (stream == NULL && fd >= 0)
		close(fd);
	return stream;
}

void
cgroupfs_children(int dir, const char *group, CgroupfsChild visit, void *arg)
{
	DIR *stream = open_group(dir, group);
	const struct dirent *entry;

	if (stream == NULL)
		return;
	while ((entry = readdir(stream)) != NULL)
	{
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			visit(entry->d_name, arg);
	}
	closedir(stream);
}

typedef struct Removal
{
	int dir;
	int depth;
} Removal;

static void remove_child(const char *name, void *arg);

static int
remove_below(int dir, const char *group, int depth)
{
	Removal below = {.dir = openat(dir, group, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), .depth = depth + 1};

	if (below.dir >= 0)
	{
		cgroupfs_children(below.dir, ".", remove_child, &below);
		close(below.dir);
	}
	return unlinkat(dir, group, AT_REMOVEDIR);
}

static void
remove_child(const char *name, void *arg)
{
	const Removal *removal = arg;

	if (removal->depth < MAX_DEPTH)
		remove_below(removal->dir, name, removal->depth);
}

int
cgroupfs_remove(int dir, const char *group)
{
	/* Almost always there is nothing below. */
	if (unlinkat(dir, group, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return remove_below(dir, group, 0);
}

static void
see_member(pid_t pid, void *arg)
{
	CgroupfsCrew *crew = arg;

	*(pid == getpid() ? &crew->self : &crew->others) = true;
}

CgroupfsCrew
cgroupfs_crew(int dir, const char *group)
{
	CgroupfsCrew crew = {0};

	cgroupfs_members(dir, group, see_member, &crew);
	return crew;
}

unsigned
cgroupfs_controllers(int dir, const char *group, const char *file)
{
	cleanup_buf Buf text = {0};

	return cgroupfs_read(dir, group, file, &text) < 0 ? 0 : cgroup_controllers(buf_text(&text));
}

int
cgroupfs_map(CgroupMap *map, Err *e)
{
	cleanup_buf Buf mounts = {0};
	cleanup_buf Buf self = {0};

	if (cgroupfs_read(AT_FDCWD, "/proc/self", "mountinfo", &mounts) < 0)
		return err_set(e, errno, "could not read \"/proc/self/mountinfo\"");
	/* A kernel without control groups has no such file. */
	if (cgroupfs_read(AT_FDCWD, "/proc/self", "cgroup", &self) < 0)
		buf_reset(&self);
	cgroup_map_read(map, buf_text(&mounts), buf_text(&self));
	return 0;
}
