/*
 * confine.c - the limits that a job's process takes on itself between fork and exec, while it has the keeper's rights.
 *
 * Where no controller holds memory and processes, resource limits are what is left.  README.md says what they are worth.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "enforce.h"
#include "log.h"
#include "mem.h"
#include "process.h"

#define OOM_SCORE "/proc/self/oom_score_adj"
#define KEEPER_SCORE "-900"

static char job_oom_score[16]; /* "": as it is */
static rlim_t job_files;

/* Async-signal-safe. */
static int
put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;
	int errnum = errno;

	if (fd >= 0)
		close(fd);
	errno = errnum;
	return n < 0 ? -1 : 0;
}

static void
spare(void)
{
	cleanup_close int fd = geteuid() == 0 ? open(OOM_SCORE, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd >= 0 ? read(fd, job_oom_score, sizeof(job_oom_score) - 1) : 0;

	if (n <= 0 || put_text(OOM_SCORE, KEEPER_SCORE) < 0)
	{
		log_debug("the keeper is not spared when memory is short");
		n = 0;
	}
	job_oom_score[n > 0 ? n : 0] = '\0';
}

/* Programs that use select() break where they get more than they are used to, so jobs get back what there was. */
static void
open_many(void)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return;
	job_files = now.rlim_cur;
	now.rlim_cur = now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &now) < 0)
		log_warn("could not raise the limit of open files");
}

void
confine_keeper(void)
{
	spare();
	open_many();
}

void
confine_save(Buf *out)
{
	state_put_text(out, STATE_JOB_OOM_SCORE, job_oom_score);
	state_put_int(out, STATE_JOB_FILES, (int64_t) job_files);
}

void
confine_resume(State state)
{
	cleanup_free char *score = state_text(state, STATE_JOB_OOM_SCORE);

	snprintf(job_oom_score, sizeof(job_oom_score), "%s", score);
	job_files = (rlim_t) state_int(state, STATE_JOB_FILES, (int64_t) job_files);
}

/* ---- without a network ---- */

/* A new namespace has a loopback interface that is down, and nothing else. */
static int
unplug(bool user_namespace, const char *uid_map, const char *gid_map)
{
	if (unshare(CLONE_NEWNET | (user_namespace ? CLONE_NEWUSER : 0)) < 0)
		return -1;
	if (!user_namespace)
		return 0;
	return put_text("/proc/self/setgroups", "deny") < 0 || put_text("/proc/self/uid_map", uid_map) < 0 ||
				   put_text("/proc/self/gid_map", gid_map) < 0
			   ? -1
			   : 0;
}

static void
own_maps(Confine *confine, uid_t uid, gid_t gid)
{
	confine->user_namespace = geteuid() != 0;
	snprintf(confine->uid_map, CONFINE_TEXT, "%u %u 1", (unsigned) uid, (unsigned) uid);
	snprintf(confine->gid_map, CONFINE_TEXT, "%u %u 1", (unsigned) gid, (unsigned) gid);
}

bool
confine_can_unplug(void)
{
	Confine confine = {.no_network = true};
	int status = -1;
	pid_t pid;

	own_maps(&confine, geteuid(), getegid());
	pid = fork();
	if (pid == 0)
	{
		if (confine_unplug(&confine) == 0)
			_exit(0);
		_exit(errno > 0 && errno < 255 ? errno : 255);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return false;
	if (WEXITSTATUS(status) != 0)
		log_info("no network namespace is to be had here: %s", strerror(WEXITSTATUS(status)));
	return WEXITSTATUS(status) == 0;
}

int
confine_unplug(const Confine *confine)
{
	return confine->no_network ? unplug(confine->user_namespace, confine->uid_map, confine->gid_map) : 0;
}

/* ---- resource limits ---- */

static void
add_limit(Confine *confine, int resource, int64_t value)
{
	struct rlimit now;

	if (value <= 0 || getrlimit(resource, &now) < 0)
		return;
	confine->limits[confine->count++] =
		(ConfineLimit){.resource = resource, .value = (rlim_t) value, .ceiling = now.rlim_max};
}

int
confine_prepare(Confine *confine, const SpecNumbers *numbers, const Identity *identity, unsigned enforced, Err *e)
{
	*confine = (Confine){.no_network = (numbers->flags & SPEC_NO_NETWORK) != 0};
	if (confine->no_network && (enforced & ENFORCE_BIT(ENFORCE_NETWORK)) == 0)
		return err_set(e, 0, "this node cannot run a job without a network");
	own_maps(confine, identity->uid, identity->gid);
	add_limit(confine, RLIMIT_NOFILE, numbers->open_files);
	add_limit(confine, RLIMIT_FSIZE, numbers->file_size);
	if ((enforced & ENFORCE_BIT(ENFORCE_MEMORY)) == 0)
		add_limit(confine, RLIMIT_DATA, numbers->memory);
	if (numbers->processes > 0 && (enforced & ENFORCE_BIT(ENFORCE_PROCESSES)) == 0)
		add_limit(confine, RLIMIT_NPROC, numbers->processes + process_threads_of(identity->uid));
	return 0;
}

/* Soft: a job may raise it. */
static int
give_back_files(void)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return -1;
	now.rlim_cur = job_files < now.rlim_max ? job_files : now.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &now);
}

int
confine_limit(const Confine *confine)
{
	if (give_back_files() < 0)
		return -1;
	for (size_t i = 0; i < confine->count; i++)
	{
		const ConfineLimit *limit = &confine->limits[i];
		struct rlimit value = {.rlim_cur = limit->value, .rlim_max = limit->value};

		if (setrlimit(limit->resource, &value) == 0)
			continue;
		/* Who may not raise it stays at what holds already. */
		if (errno != EPERM || limit->value <= limit->ceiling)
			return -1;
		value = (struct rlimit){.rlim_cur = limit->ceiling, .rlim_max = limit->ceiling};
		if (setrlimit(limit->resource, &value) < 0)
			return -1;
	}
	return job_oom_score[0] != '\0' ? put_text(OOM_SCORE, job_oom_score) : 0;
}
