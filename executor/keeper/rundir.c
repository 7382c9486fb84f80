/*
 * rundir.c - the work directory and each attempt's private directory in it.
 *
 * Under root the directories stay root's: a job can pass into its own, by an entry for its user in the directory's access
 * list, and read its files there, which are its own, but can put nothing there that root would later follow or remove.
 * All names are relative to the open "runs" directory.
 */
#include "rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "log.h"
#include "mark.h"
#include "mem.h"

static int work_fd = -1;
static int runs_fd = -1;

/* Never closed while the process lives: it is the claim on the work directory. */
static int lock_fd = -1;

static int
open_directory(int at, const char *path, mode_t mode, Err *e)
{
	int fd;

	if (mkdirat(at, path, mode) < 0 && errno != EEXIST)
		return err_set(e, errno, "could not create directory \"%s\"", path);
	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "could not open directory \"%s\"", path);
	return fd;
}

/* Others may pass through under root, because jobs run as another user; nobody but the owner may write. */
static int
check_directory(int fd, const char *path, mode_t mode, Err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "could not look at directory \"%s\"", path);
	if (st.st_uid != geteuid())
		return err_set(e, 0, "directory \"%s\" does not belong to the executor's user", path);
	if ((st.st_mode & 0777) != mode && fchmod(fd, mode) < 0)
		return err_set(e, errno, "could not set the mode of directory \"%s\"", path);
	return 0;
}

typedef struct RunFile
{
	const char *name;
	const SpecFile *content; /* without bytes: none */
} RunFile;

static void
remove_files(int dir)
{
	unlinkat(dir, "parameters.json", 0);
	unlinkat(dir, "command", 0);
	unlinkat(dir, "specification.json", 0);
	unlinkat(dir, "checkpoint", 0);
}

static void
remove_directory(const char *name)
{
	cleanup_close int dir = openat(runs_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return;
	remove_files(dir);
	if (unlinkat(runs_fd, name, AT_REMOVEDIR) < 0)
		log_warn("could not remove run directory \"%s\"", name);
}

void
rundir_clean(bool (*needed)(const char *name))
{
	int copy = openat(runs_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;

	if (dir == NULL)
	{
		if (copy >= 0)
			close(copy);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
	{
		if (entry->d_name[0] != '.' && !needed(entry->d_name))
			remove_directory(entry->d_name);
	}
	closedir(dir);
}

/* Jobs may be reading it. */
static int
write_no_parameters(Err *e)
{
	cleanup_close int fd = openat(work_fd, NO_PARAMETERS_FILE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "{}\n", 3) != 3)
		return err_set(e, errno, "could not write file \"%s\"", NO_PARAMETERS_FILE);
	return 0;
}

/* Returns the work directory. */
static int
open_runs(mode_t mode, Err *e)
{
	runs_fd = open_directory(work_fd, "runs", mode, e);
	if (runs_fd < 0 || check_directory(runs_fd, "runs", mode, e) < 0 || write_no_parameters(e) < 0 ||
		mark_init(work_fd, e) < 0)
		return -1;
	return work_fd;
}

int
rundir_open(const char *work_dir, const Identity *identity, Err *e)
{
	mode_t mode = identity->change ? 0711 : 0700;

	work_fd = open_directory(AT_FDCWD, work_dir, mode, e);
	if (work_fd < 0 || check_directory(work_fd, work_dir, mode, e) < 0)
		return -1;
	lock_fd = openat(work_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock_fd < 0)
		return err_set(e, errno, "could not open \"%s/lock\"", work_dir);
	if (flock(lock_fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, 0, "another executor uses work directory \"%s\"", work_dir);
	return open_runs(mode, e);
}

void
rundir_save(Buf *out)
{
	state_put_int(out, STATE_WORK_FD, work_fd);
	state_put_int(out, STATE_LOCK_FD, lock_fd);
}

void
rundir_keep_open(bool keep)
{
	fcntl(work_fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
	fcntl(lock_fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

int
rundir_resume(State state, const Identity *identity, Err *e)
{
	work_fd = (int) state_int(state, STATE_WORK_FD, -1);
	lock_fd = (int) state_int(state, STATE_LOCK_FD, -1);
	if (work_fd < 0 || lock_fd < 0)
		return err_set(e, 0, "there is no work directory in the state");
	rundir_keep_open(false);
	return open_runs(identity->change ? 0711 : 0700, e);
}

static int
write_file(int dir, const char *name, const SpecFile *content, const Identity *identity, Err *e)
{
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);

	if (fd < 0)
		return err_set(e, errno, "could not create file \"%s\"", name);
	for (size_t done = 0; done < content->len;)
	{
		ssize_t n = write(fd, content->bytes + done, content->len - done);

		if (n < 0)
			return err_set(e, errno, "could not write file \"%s\"", name);
		done += (size_t) n;
	}
	if (identity->change && fchown(fd, identity->uid, identity->gid) < 0)
		return err_set(e, errno, "could not change the owner of file \"%s\"", name);
	return 0;
}

static const char *
base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/*
 * Users who share a group must not reach each other's directories, so the user is let in and not the group.  Where the
 * file system has no access lists the group is; the files are the user's alone in either case.
 */
static int
admit(int dir, const Identity *identity)
{
	const struct
	{
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} list = {.header = {.a_version = POSIX_ACL_XATTR_VERSION},
			  .entries = {{ACL_USER_OBJ, ACL_READ | ACL_WRITE | ACL_EXECUTE, (uint32_t) ACL_UNDEFINED_ID},
						  {ACL_USER, ACL_EXECUTE, identity->uid},
						  {ACL_GROUP_OBJ, 0, (uint32_t) ACL_UNDEFINED_ID},
						  {ACL_MASK, ACL_EXECUTE, (uint32_t) ACL_UNDEFINED_ID},
						  {ACL_OTHER, 0, (uint32_t) ACL_UNDEFINED_ID}}};

	if (fsetxattr(dir, "system.posix_acl_access", &list, sizeof(list), 0) == 0)
		return 0;
	if (errno != EOPNOTSUPP || fchown(dir, 0, identity->gid) < 0)
		return -1;
	return fchmod(dir, 0710);
}

static int
fill_directory(int dir, const RunFile *files, const Identity *identity, Err *e)
{
	if (identity->change && admit(dir, identity) < 0)
		return err_set(e, errno, "could not give the run directory to the job");
	for (; files->name != NULL; files++)
	{
		if (files->content->bytes != NULL && write_file(dir, files->name, files->content, identity, e) < 0)
			return -1;
	}
	return 0;
}

static bool
all_are_missing(const RunFile *files)
{
	for (; files->name != NULL; files++)
		if (files->content->bytes != NULL)
			return false;
	return true;
}

int
rundir_create(const AttemptKey *key, const SpecBlock *spec, const Identity *identity, Err *e)
{
	const RunFile files[] = {{"parameters.json", &spec->parameters},
							 {"command", &spec->command},
							 {"specification.json", &spec->settings},
							 {"checkpoint", &spec->checkpoint},
							 {NULL, NULL}};
	cleanup_free char *path = NULL;
	cleanup_close int dir = -1;

	if (all_are_missing(files))
		return 0;
	path = run_directory_path("", key, NULL);
	if (mkdirat(runs_fd, base_name(path), 0700) < 0)
		return err_set(e, errno, "could not create the run directory");
	dir = openat(runs_fd, base_name(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		err_set(e, errno, "could not open the run directory");
	if (dir < 0 || fill_directory(dir, files, identity, e) < 0)
	{
		rundir_remove(key);
		return -1;
	}
	return 0;
}

void
rundir_remove(const AttemptKey *key)
{
	cleanup_free char *path = run_directory_path("", key, NULL);

	remove_directory(base_name(path));
}
