/*
 * trusted.c - opens files whose word root takes.
 *
 * A file is worth as much as the way to it: who can rename a directory on the way puts another of root's files in its
 * place.  So as root every directory from / on is opened by itself, without following a link, and must be nobody
 * else's; what was looked at is what the next step starts from.  An ordinary user's keeper trusts what he trusts
 * himself, and his group, which is mostly his own.
 */
#include "trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

static bool
is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int
check_directory(int fd, const char *path, size_t len, Err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "could not look at \"%.*s\"", (int) len, path);
	if (!is_ours(&st))
		return err_set(e, 0, "directory \"%.*s\" belongs to another user", (int) len, path);
	/* In a sticky directory nobody can move what is not his. */
	if ((st.st_mode & TRUSTED_UNWRITABLE) != 0 && (st.st_mode & S_ISVTX) == 0)
		return err_set(e, 0, "others may write directory \"%.*s\"", (int) len, path);
	return 0;
}

static int
check_file(int fd, const char *path, mode_t forbidden, Err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "could not look at \"%s\"", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, 0, "\"%s\" is not a regular file", path);
	if (!is_ours(&st))
		return err_set(e, 0, "\"%s\" belongs to another user", path);
	if ((st.st_mode & forbidden & TRUSTED_UNWRITABLE) != 0)
		return err_set(e, 0, "others may write \"%s\"", path);
	if ((st.st_mode & forbidden) != 0)
		return err_set(e, 0, "others may read \"%s\"", path);
	return 0;
}

/* Opens the directory that holds the file; *name is then the rest of the path. */
static int
walk(const char *path, const char **name, Err *e)
{
	int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (const char *p = path + 1;; p++)
	{
		size_t len = strcspn(p, "/");
		char part[NAME_MAX + 1];
		int next;

		if (at < 0)
			return err_set(e, errno, "could not open \"%.*s\" without following a link", (int) (p - path), path);
		if (check_directory(at, path, p - path > 1 ? (size_t) (p - path) - 1 : 1, e) < 0)
			break;
		*name = p;
		if (p[len] == '\0')
			return at;
		if (len > NAME_MAX)
		{
			err_set(e, ENAMETOOLONG, "could not open \"%s\"", path);
			break;
		}
		memcpy(part, p, len);
		part[len] = '\0';
		next = openat(at, len > 0 ? part : ".", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = next;
		p += len;
	}
	close(at);
	return -1;
}

int
trusted_open(const char *path, int flags, mode_t forbidden, Err *e)
{
	bool root = geteuid() == 0;
	const char *name = path;
	cleanup_close int at = -1;
	int fd;

	if (path[0] != '/')
		return err_set(e, 0, "\"%s\" is not an absolute path", path);
	if (root)
	{
		at = walk(path, &name, e);
		if (at < 0)
			return -1;
	}
	else
		forbidden &= ~(mode_t) S_IWGRP;
	fd = openat(root ? at : AT_FDCWD, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "could not open \"%s\"", path);
	if (check_file(fd, path, forbidden, e) < 0)
	{
		close(fd);
		return -1;
	}
	return fd;
}
