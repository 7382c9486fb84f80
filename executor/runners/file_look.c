/*
 * file_look.c - one look into a folder.
 *
 * Files are never opened: that could block, change their access time or wake a
 * tape.  What cannot be looked at is an error and never "not there".
 */
#include "file_look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

#define MAX_MATCHES 10000

bool
file_look_is_pattern(const char *name)
{
	return strpbrk(name, "*?[\\") != NULL;
}

static void
forget(FileLook *look)
{
	for (size_t i = 0; i < look->count; i++)
		free(look->files[i].name);
	free(look->files);
	look->files = NULL;
	look->count = 0;
}

static void
add(FileLook *look, const char *name, const struct stat *st)
{
	/* powers of two */
	if ((look->count & (look->count - 1)) == 0)
		look->files = mem_resize(look->files, look->count > 0 ? look->count * 2 : 1, sizeof(FileMatch));
	look->files[look->count++] = file_match(name, st);
}

static int
look_at(int folder, const char *name, FileLook *look, Err *e)
{
	struct stat st;

	if (fstatat(folder, name, &st, 0) == 0)
	{
		if (S_ISREG(st.st_mode))
			add(look, name, &st);
		return 0;
	}
	/* Gone since it was listed, or a link to nothing. */
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return 0;
	return err_set(e, errno, "cannot look at \"%s\"", name);
}

static int
look_through(DIR *dir, const char *pattern, FileLook *look, Err *e)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(dir)) != NULL)
	{
		if (fnmatch(pattern, entry->d_name, FNM_PERIOD) != 0)
			continue;
		look->capped = look->count == MAX_MATCHES;
		if (look->capped)
			return 0;
		if (look_at(dirfd(dir), entry->d_name, look, e) < 0)
			return -1;
	}
	return errno == 0 ? 0 : err_set(e, errno, "cannot read the folder");
}

static int
look_into(int folder, const char *name, FileLook *look, Err *e)
{
	DIR *dir;
	int result;

	if (!file_look_is_pattern(name))
		return look_at(folder, name, look, e);
	dir = fdopendir(folder);
	if (dir == NULL)
		return err_set(e, errno, "cannot read the folder");
	result = look_through(dir, name, look, e);
	closedir(dir);
	return result;
}

int
file_look(const char *folder, const char *name, FileLook *look, Err *e)
{
	bool pattern = file_look_is_pattern(name);
	/* For a plain name the right to enter the folder is enough. */
	int fd = open(folder, O_DIRECTORY | O_CLOEXEC | (pattern ? O_RDONLY : O_PATH));
	int result;

	*look = (FileLook){.folder = fd >= 0};
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_set(e, errno, "cannot open folder \"%s\"", folder);
	result = look_into(fd, name, look, e);
	if (!pattern)
		close(fd);
	if (result < 0)
		forget(look);
	return result;
}
