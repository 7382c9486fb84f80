/*
 * secret.c - secrets of a job.
 *
 * A value is only ever in memory files: never in an argument, an environment, a file, a message or the keeper's own
 * memory for longer than a copy takes.  The job's user alone can open them, nobody can change them.
 *
 * The value of a file is read by the keeper: files of a node's administrator are local.  A command may take its time, so
 * it is run by the job's own child before that gives up root: the keeper waits for nothing, and the command counts as
 * the job's.  Its arguments are its path and the secret's name, nothing that a job could choose.
 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "nodemap_file.h"
#include "privilege.h"
#include "trusted.h"

#define COMMAND_PATIENCE_MS 5000
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* ---- in the keeper ---- */

static int
make_memory(const Identity *identity, Err *e)
{
	cleanup_close int low = memfd_create("jobgrid-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int fd = low >= 0 ? fcntl(low, F_DUPFD_CLOEXEC, SECRET_FIRST_FD + SECRET_MAX) : -1;

	if (fd < 0)
		return err_set(e, errno, "could not create a memory file");
	if (fchmod(fd, 0400) < 0 || fchown(fd, identity->uid, identity->gid) < 0)
	{
		err_set(e, errno, "could not give a memory file to the job's user");
		close(fd);
		return -1;
	}
	return fd;
}

static int
copy_value(int file, int memory, const char *path, Err *e)
{
	char value[SECRET_MAX_BYTES + 1];
	size_t len = 0;
	ssize_t n;

	while ((n = read(file, value + len, sizeof(value) - len)) > 0)
		len += (size_t) n;
	if (n < 0)
		err_set(e, errno, "could not read \"%s\"", path);
	else if (len == 0)
		n = err_set(e, 0, "\"%s\" is empty", path);
	else if (len > SECRET_MAX_BYTES)
		n = err_set(e, 0, "\"%s\" is longer than %d bytes", path, SECRET_MAX_BYTES);
	else if (pwrite(memory, value, len, 0) != (ssize_t) len || fcntl(memory, F_ADD_SEALS, SEALS) < 0)
		n = err_set(e, errno, "could not fill a memory file");
	explicit_bzero(value, sizeof(value));
	return (int) n;
}

static int
read_value(int memory, const char *path, Err *e)
{
	cleanup_close int file = trusted_open(path, O_RDONLY, TRUSTED_PRIVATE, e);

	return file < 0 ? -1 : copy_value(file, memory, path, e);
}

static int
check_command(const char *path, Err *e)
{
	cleanup_close int file = trusted_open(path, O_PATH, TRUSTED_UNWRITABLE, e);
	struct stat st;

	if (file < 0)
		return -1;
	if (fstat(file, &st) < 0 || (st.st_mode & S_IXUSR) == 0)
		return err_set(e, 0, "\"%s\" is not executable", path);
	return 0;
}

static int
find_secret(Secret *secret, const Identity *identity, Err *e)
{
	const NodeMap *map = NULL;
	const MapSecret *line;

	if (identity->change && nodemap_file_current(&map, e) < 0)
		return -1;
	if (map == NULL)
		return err_set(e, 0, "this node has no map, so it knows no secret \"%s\"", secret->name);
	line = nodemap_secret(map, secret->name, identity->name, e);
	if (line == NULL)
		return -1;
	secret->memory = make_memory(identity, e);
	if (secret->memory < 0 ||
		(line->file != NULL ? read_value(secret->memory, line->file, e) : check_command(line->command, e)) < 0)
		return err_wrap(e, "secret \"%s\"", secret->name);
	secret->command = line->command != NULL ? mem_strdup(line->command) : NULL;
	return 0;
}

/* Whether there is nothing to add: a runner's settings may name one secret many times. */
static int
is_there(const SecretSet *set, const char *variable, const char *name, bool *there, Err *e)
{
	*there = false;
	for (size_t i = 0; i < set->count && !*there; i++)
	{
		if (strcmp(set->secrets[i].variable, variable) != 0)
			continue;
		if (strcmp(set->secrets[i].name, name) != 0)
			return err_set(e, 0, "variable \"%s\" is for two secrets, \"%s\" and \"%s\"", variable,
						   set->secrets[i].name, name);
		*there = true;
	}
	if (!*there && set->count == SECRET_MAX)
		return err_set(e, 0, "a job has at most %d secrets", SECRET_MAX);
	return 0;
}

static int
add_secret(SecretSet *set, const char *pair, int place, const Identity *identity, Err *e)
{
	const char *name = strchr(pair, '=') + 1;
	cleanup_free char *variable = mem_strndup(pair, (size_t) (name - pair) - 1);
	Secret *secret = &set->secrets[set->count];
	bool there;

	if (is_there(set, variable, name, &there, e) < 0)
		return -1;
	if (there)
		return 0;
	*secret = (Secret){.variable = variable, .name = mem_strdup(name), .memory = -1, .place = place};
	variable = NULL;
	set->count++;
	return find_secret(secret, identity, e);
}

int
secret_prepare(SecretSet *set, const SpecBlock *spec, const Identity *identity, Err *e)
{
	memset(set, 0, sizeof(*set));
	if (spec->secrets[0] == NULL)
		return 0;
	set->secrets = mem_zalloc(SECRET_MAX * sizeof(Secret));
	for (int i = 0; spec->secrets[i] != NULL; i++)
	{
		if (add_secret(set, spec->secrets[i], i, identity, e) < 0)
		{
			secret_free(set);
			return -1;
		}
	}
	return 0;
}

void
secret_free(SecretSet *set)
{
	for (size_t i = 0; i < set->count; i++)
	{
		Secret *secret = &set->secrets[i];

		cleanup_close_fd(&secret->memory);
		free(secret->variable);
		free(secret->name);
		free(secret->command);
	}
	free(set->secrets);
	memset(set, 0, sizeof(*set));
}

void
secret_put_assignment(const SecretSet *set, size_t which, Buf *text)
{
	buf_printf(text, "%s=/proc/self/fd/%zu", set->secrets[which].variable, SECRET_FIRST_FD + which);
	buf_putc(text, '\0');
}

/* ---- in the child ---- */

/* A value longer than the limit ends the command by SIGXFSZ; what it prints as error is nobody's to see. */
static void __attribute__((noreturn)) run_command(const Secret *secret, int memory)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char lang[] = "LANG=C.UTF-8";
	char *const argv[] = {secret->command, secret->name, NULL};
	char *const env[] = {path, lang, NULL};
	const struct rlimit size = {.rlim_cur = SECRET_MAX_BYTES, .rlim_max = SECRET_MAX_BYTES};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || setsid() < 0 || dup2(memory, 1) < 0 || dup2(null, 0) < 0 ||
		dup2(null, 2) < 0 || close_range(3, ~0U, 0) < 0 || setrlimit(RLIMIT_FSIZE, &size) < 0 ||
		privilege_forbid_core() < 0 || chdir("/") < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		_exit(126);
	umask(077);
	execve(secret->command, argv, env);
	_exit(127);
}

/* What the command leaves behind goes with it. */
static int
await_command(pid_t pid, int *status)
{
	int pidfd = pidfd_open(pid, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int ready = pidfd >= 0 ? poll(&end, 1, COMMAND_PATIENCE_MS) : -1;
	int problem = ready < 0 ? errno : ready == 0 ? ETIMEDOUT : 0;

	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	cleanup_close_fd(&pidfd);
	errno = problem;
	return problem == 0 ? 0 : -1;
}

static int
fill_by_command(const Secret *secret, int memory, SecretFailure *failure)
{
	struct stat st;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		run_command(secret, memory);
	if (pid < 0 || await_command(pid, &status) < 0)
	{
		failure->errnum = errno;
		return -1;
	}
	failure->status = status;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || fstat(memory, &st) < 0 || st.st_size == 0)
		return -1;
	/* The offset is the job's to begin with. */
	if (lseek(memory, 0, SEEK_SET) < 0 || fcntl(memory, F_ADD_SEALS, SEALS) < 0)
	{
		failure->errnum = errno;
		return -1;
	}
	return 0;
}

int
secret_inherit(const SecretSet *set)
{
	int count = (int) set->count;

	for (int i = 0; i < count; i++)
	{
		if (dup2(set->secrets[i].memory, SECRET_FIRST_FD + i) < 0)
			return -1;
	}
	if (close_range(JOB_SOCKET_FD + 1, SECRET_FIRST_FD - 1, 0) < 0)
		return -1;
	return close_range((unsigned) (SECRET_FIRST_FD + count), ~0U, 0);
}

int
secret_fetch(const SecretSet *set, SecretFailure *failure)
{
	for (int i = 0; i < (int) set->count; i++)
	{
		*failure = (SecretFailure){.place = set->secrets[i].place, .status = -1};
		if (set->secrets[i].command != NULL && fill_by_command(&set->secrets[i], SECRET_FIRST_FD + i, failure) < 0)
			return -1;
	}
	return 0;
}

void
secret_describe(const SecretFailure *failure, const SpecBlock *spec, Err *e)
{
	const char *name = strchr(spec->secrets[failure->place], '=') + 1;
	int status = failure->status;

	if (failure->errnum == ETIMEDOUT)
		err_set(e, 0, "its command did not end within %d s", COMMAND_PATIENCE_MS / 1000);
	else if (failure->errnum != 0 || status < 0)
		err_set(e, failure->errnum, "it could not be handed on");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		err_set(e, 0, "its command printed more than %d bytes", SECRET_MAX_BYTES);
	else if (WIFSIGNALED(status))
		err_set(e, 0, "its command was terminated by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		err_set(e, 0, "its command exited with status %d", WEXITSTATUS(status));
	else
		err_set(e, 0, "its command printed nothing");
	err_wrap(e, "secret \"%s\"", name);
}
