/*
 * runner.c - kinds of jobs as programs in a folder of the node.
 *
 * The database only names a kind.  What a name can mean is fixed at start: a file of that name in the folder that nobody
 * else may write and that said it can work here.  It is looked at again each time it is used.  executor/runners
 * describes what a runner is.
 */
#include "runner.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "privilege.h"
#include "trusted.h"

#define PATIENCE_US INT64_C(5000000)
#define MAX_RUNNERS 64
#define MAX_KIND 63
#define MAX_LIST 700 /* must go into a message */

typedef struct Probe
{
	char *kind;
	char *path;
	pid_t pid; /* 0: none */
	int pidfd;
	int output;
} Probe;

static char *folder;
static char **working; /* NULL-terminated */
static size_t working_count;
static Buf kinds;

/* ---- where ---- */

static char *
real_directory(const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real != NULL && stat(real, &st) == 0 && S_ISDIR(st.st_mode))
		return real;
	free(real);
	return NULL;
}

static char *
default_directory(void)
{
	static const char *const places[] = {"runners", "../lib/jobgrid/runners"};
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return NULL;
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
	{
		cleanup_free char *path = mem_printf("%s/%s", self, places[i]);
		char *real = real_directory(path);

		if (real != NULL)
			return real;
	}
	return NULL;
}

/* ---- which ---- */

static bool
is_kind(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > MAX_KIND || !islower((unsigned char) name[0]))
		return false;
	for (const char *p = name; *p != '\0'; p++)
	{
		if (!islower((unsigned char) *p) && !isdigit((unsigned char) *p) && *p != '_')
			return false;
	}
	return true;
}

/* These have no runner, whatever lies in the folder. */
static bool
is_built_in(const char *kind)
{
	static const char *const names[] = {"shell", "noop", "sql", "external", "workflow"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (strcmp(names[i], kind) == 0)
			return true;
	}
	return false;
}

static int
check_program(const char *path, Err *e)
{
	cleanup_close int fd = trusted_open(path, O_PATH, TRUSTED_UNWRITABLE, e);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return err_set(e, 0, "\"%s\" is not executable", path);
	return 0;
}

static int
is_candidate(const struct dirent *entry)
{
	return is_kind(entry->d_name);
}

/* ---- whether it works ---- */

static void __attribute__((noreturn)) run_probe(const Probe *probe, int output, const Identity *user)
{
	static const char cannot[] = "it could not be executed\n";
	static char option[] = "--probe";
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char lang[] = "LANG=C.UTF-8";
	char *const argv[] = {probe->path, option, NULL};
	char *const env[] = {path, lang, NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	ssize_t written;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setsid() >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0 && dup2(null, 0) >= 0 &&
		close_range(3, ~0U, 0) == 0 && privilege_isolate(user) == 0 && privilege_drop(user) == 0 && chdir("/") == 0)
		execve(probe->path, argv, env);
	written = write(2, cannot, sizeof(cannot) - 1);
	(void) written;
	_exit(127);
}

static int
begin_probe(Probe *probe, const Identity *user, Err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "could not create a pipe");
	probe->output = ends[0];
	probe->pid = fork();
	if (probe->pid == 0)
		run_probe(probe, ends[1], user);
	close(ends[1]);
	if (probe->pid < 0)
	{
		probe->pid = 0;
		return err_set(e, errno, "could not fork");
	}
	probe->pidfd = pidfd_open(probe->pid, 0);
	return probe->pidfd >= 0 ? 0 : err_set(e, errno, "could not open a process descriptor");
}

/* What it printed, as far as the pipe held it: a runner has one line to say. */
static void
read_line(int fd, char *line, size_t size)
{
	ssize_t n = fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ? read(fd, line, size - 1) : -1;

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* Nobody else collects it: the loop does not run yet. */
static int
end_probe(Probe *probe, Err *e)
{
	struct pollfd end = {.fd = probe->pidfd, .events = POLLIN};
	bool in_time = poll(&end, 1, 0) == 1;
	char line[256];
	int status = 0;

	kill(-probe->pid, SIGKILL);
	kill(probe->pid, SIGKILL);
	waitpid(probe->pid, &status, 0);
	read_line(probe->output, line, sizeof(line));
	if (!in_time)
		return err_set(e, 0, "it did not answer \"--probe\" within %d s", (int) (PATIENCE_US / 1000000));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (line[0] != '\0')
		return err_set(e, 0, "%s", line);
	return err_set(e, 0, "\"--probe\" ended with %s %d", WIFEXITED(status) ? "status" : "signal",
				   WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

static void
await_probes(const Probe *probes, size_t count)
{
	int64_t deadline = clock_now_us() + PATIENCE_US;

	for (size_t i = 0; i < count; i++)
	{
		struct pollfd end = {.fd = probes[i].pidfd, .events = POLLIN};
		int64_t left = deadline - clock_now_us();

		if (probes[i].pidfd >= 0 && left > 0)
			poll(&end, 1, (int) (left / 1000) + 1);
	}
}

static void
accept_runner(const char *kind)
{
	if (kinds.len + 1 + strlen(kind) > MAX_LIST)
	{
		log_warnx("runner \"%s\": there are more kinds than can be told", kind);
		return;
	}
	working = mem_resize(working, working_count + 2, sizeof(char *));
	working[working_count++] = mem_strdup(kind);
	working[working_count] = NULL;
	buf_printf(&kinds, ",%s", kind);
}

static void
try_runners(Probe *probes, size_t count, const Identity *user)
{
	Err e;

	for (size_t i = 0; i < count; i++)
	{
		if (check_program(probes[i].path, &e) < 0 || begin_probe(&probes[i], user, &e) < 0)
			log_warnx("runner \"%s\" is not used: %s", probes[i].kind, e.message);
	}
	await_probes(probes, count);
	for (size_t i = 0; i < count; i++)
	{
		if (probes[i].pid == 0)
			continue;
		if (end_probe(&probes[i], &e) < 0)
			log_warnx("runner \"%s\" does not work here: %s", probes[i].kind, e.message);
		else if (probes[i].pidfd >= 0)
			accept_runner(probes[i].kind);
	}
}

static size_t
list_runners(Probe *probes)
{
	struct dirent **entries = NULL;
	int found = scandir(folder, &entries, is_candidate, alphasort);
	size_t count = 0;

	if (found < 0)
		log_warn("could not read the folder of runners \"%s\"", folder);
	for (int i = 0; i < found; i++)
	{
		const char *name = entries[i]->d_name;

		if (is_built_in(name))
			log_warnx("runner \"%s\" is not used: the kind has no runner", name);
		else if (count == MAX_RUNNERS)
			log_warnx("runner \"%s\" is not used: there are more than %d", name, MAX_RUNNERS);
		else
			probes[count++] =
				(Probe){.kind = mem_strdup(name), .path = mem_printf("%s/%s", folder, name), .pidfd = -1, .output = -1};
		free(entries[i]);
	}
	free(entries);
	return count;
}

void
runner_init(const char *directory, const Identity *job_user)
{
	Probe probes[MAX_RUNNERS];
	size_t count;

	buf_puts(&kinds, "shell,noop");
	folder = directory != NULL ? real_directory(directory) : default_directory();
	if (folder == NULL)
	{
		if (directory != NULL)
			log_warnx("there is no folder of runners \"%s\"", directory);
		return;
	}
	if (privilege_hides(folder))
		log_warnx("the folder of runners \"%s\" is out of reach for jobs with a /tmp of their own", folder);
	count = list_runners(probes);
	try_runners(probes, count, job_user);
	for (size_t i = 0; i < count; i++)
	{
		cleanup_close_fd(&probes[i].pidfd);
		cleanup_close_fd(&probes[i].output);
		free(probes[i].kind);
		free(probes[i].path);
	}
	log_info("kinds of jobs here: %s", buf_text(&kinds));
}

const char *
runner_kinds(void)
{
	return buf_text(&kinds);
}

int
runner_find(const char *kind, char **path, Err *e)
{
	for (char **p = working; p != NULL && *p != NULL; p++)
	{
		if (strcmp(*p, kind) != 0)
			continue;
		*path = mem_printf("%s/%s", folder, kind);
		if (check_program(*path, e) == 0)
			return 0;
		free(*path);
		*path = NULL;
		return err_wrap(e, "runner \"%s\"", kind);
	}
	return err_set(e, 0, "this node has no program for jobs of kind \"%s\"", kind);
}
