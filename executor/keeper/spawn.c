/*
 * spawn.c - fork and exec of a job.
 *
 * Between fork and exec only async-signal-safe calls: everything that allocates
 * (environment, the places of PATH) is prepared before.  The child becomes the
 * job's user before it touches the directory, the profile or the program, so that
 * access is judged by that user's rights.  Groups, network and limits it takes on before,
 * while it still may.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clone.h"
#include "mark.h"
#include "mem.h"
#include "privilege.h"

#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *default_path = USUAL_PATH;
#define OUTPUT_PIPE_BYTES 65536

typedef enum SpawnStep
{
	STEP_SESSION,
	STEP_GROUP,
	STEP_DESCRIPTORS,
	STEP_SECRETS,
	STEP_NETWORK,
	STEP_LIMITS,
	STEP_ISOLATE,
	STEP_USER,
	STEP_DIRECTORY,
	STEP_OUTPUT_FILE,
	STEP_ERROR_FILE,
	STEP_PROFILE,
	STEP_EXEC
} SpawnStep;

/* Do both streams go one way? */
static bool
output_is_shared(const SpecBlock *spec)
{
	return (spec->numbers.flags & SPEC_MERGED) != 0 ||
		   (spec->output_file[0] != '\0' && strcmp(spec->output_file, spec->error_file) == 0);
}

static const char *
find_variable(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
	{
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	}
	return NULL;
}

void
spawn_init(const char *program)
{
	size_t len = (size_t) (strrchr(program, '/') - program);
	cleanup_free char *folder = mem_printf(":%.*s:", (int) len, program);

	if (strstr(":" USUAL_PATH ":", folder) == NULL)
		default_path = mem_printf(USUAL_PATH ":%.*s", (int) len, program);
}

/*
 * What the child is to find ready.  After a fork the first write to each page costs the keeper a copy of it, so all
 * strings are in one block and all lists in another, instead of two dozen places of the heap.
 */
typedef struct Words
{
	const char **env;
	const char **paths; /* where the program may be, in order */
	Buf text;           /* what is not the specification's own */
} Words;

static void
words_free(Words *words)
{
	free(words->env);
	buf_free(&words->text);
}

#define cleanup_words __attribute__((cleanup(words_free)))

static void
put_word(Buf *text, const char *before, const char *between, const char *after)
{
	buf_puts(text, before);
	buf_puts(text, between);
	buf_puts(text, after);
	buf_putc(text, '\0');
}

/* The keeper's variables, those of secrets, and what every program expects where the specification has not set it. */
static size_t
put_variables(Buf *text, const SpecBlock *spec, const JobSetup *setup)
{
	const Identity *identity = &setup->identity;
	const char *const base[][2] = {
		{"PATH", default_path},      {"HOME", identity->home},   {"USER", identity->name},
		{"LOGNAME", identity->name}, {"SHELL", identity->shell}, {"LANG", "C.UTF-8"},
	};
	size_t n = 2;

	put_word(text, mark_variable(), "", "");
	buf_printf(text, "JOBGRID_JOB_FD=%d", JOB_SOCKET_FD);
	buf_putc(text, '\0');
	for (size_t i = 0; i < setup->secrets.count; i++, n++)
		secret_put_assignment(&setup->secrets, i, text);
	for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++)
	{
		if (find_variable(spec->env, base[i][0]) != NULL)
			continue;
		put_word(text, base[i][0], "=", base[i][1]);
		n++;
	}
	return n;
}

/* Each place of PATH, an empty one being the directory of the job. */
static size_t
put_paths(Buf *text, const char *program, const char *path)
{
	size_t n = 0;

	if (strchr(program, '/') != NULL)
	{
		put_word(text, program, "", "");
		return 1;
	}
	for (;; path++, n++)
	{
		size_t len = strcspn(path, ":");

		buf_append(text, path, len);
		put_word(text, len > 0 ? "/" : "", program, "");
		path += len;
		if (*path == '\0')
			return n + 1;
	}
}

/* Points at count strings, each behind the other's NUL. */
static const char *
point_at(const char **list, const char *strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		list[i] = strings;
		strings += strlen(strings) + 1;
	}
	return strings;
}

static void
build_words(Words *words, const SpecBlock *spec, const JobSetup *setup)
{
	const char *path = find_variable(spec->env, "PATH");
	size_t own = put_variables(&words->text, spec, setup);
	size_t paths = put_paths(&words->text, setup->argv[0], path != NULL ? path : default_path);
	size_t given = 0;

	while (spec->env[given] != NULL)
		given++;
	words->env = mem_zalloc((given + own + 1 + paths + 1) * sizeof(char *));
	words->paths = words->env + given + own + 1;
	memcpy(words->env, spec->env, given * sizeof(char *));
	point_at(words->paths, point_at(words->env + given, words->text.data, own), paths);
}

static sigset_t ignored;

typedef struct Prepared
{
	const JobSetup *setup;
	const GroupDoor *door;
	bool inside; /* the group */
	const Words *words;
	const char *directory; /* NULL: home, or / where that is not to be entered */
	const SpecBlock *spec;
	int null;
	int out;
	int err;
	int socket;
	int setup_fd; /* tells the keeper what failed, closes at exec */
} Prepared;

static void __attribute__((noreturn)) child_fail(int setup, SpawnStep step)
{
	const SpawnFailure failure = {.step = step, .errnum = errno};
	ssize_t written = write(setup, &failure, sizeof(failure));

	(void) written;
	_exit(127);
}

static void
child_descriptors(Prepared *p)
{
	/* Away from 0..4 first: any of them may be one of ours when the keeper was started without. */
	int null = fcntl(p->null, F_DUPFD, 10);
	int out = fcntl(p->out, F_DUPFD, 10);
	int err = fcntl(p->err, F_DUPFD, 10);
	int socket = fcntl(p->socket, F_DUPFD, 10);
	int setup = fcntl(p->setup_fd, F_DUPFD, 10);

	if (setup >= 0)
		p->setup_fd = setup;
	if (null < 0 || out < 0 || err < 0 || socket < 0 || setup < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 ||
		dup2(err, 2) < 0 || dup3(setup, 3, O_CLOEXEC) < 0 || dup2(socket, JOB_SOCKET_FD) < 0)
		child_fail(p->setup_fd, STEP_DESCRIPTORS);
	p->setup_fd = 3;
	if (secret_inherit(&p->setup->secrets) < 0)
		child_fail(p->setup_fd, STEP_DESCRIPTORS);
}

static void
child_secrets(const Prepared *p)
{
	SpawnFailure failure = {.step = STEP_SECRETS};
	ssize_t written;

	if (secret_fetch(&p->setup->secrets, &failure.secret) == 0)
		return;
	written = write(p->setup_fd, &failure, sizeof(failure));
	(void) written;
	_exit(127);
}

/* Not before the commands of secrets, which may need the network. */
static void
child_limits(const Prepared *p)
{
	if (confine_unplug(&p->setup->confine) < 0)
		child_fail(p->setup_fd, STEP_NETWORK);
	if (confine_limit(&p->setup->confine) < 0)
		child_fail(p->setup_fd, STEP_LIMITS);
}

/* A program that was given a secret could leave it in a core file, whatever its class. */
static void
child_privileges(const Prepared *p)
{
	const Identity *identity = &p->setup->identity;

	if (privilege_isolate(identity) < 0)
		child_fail(p->setup_fd, STEP_ISOLATE);
	if ((p->setup->secrets.count > 0 && privilege_forbid_core() < 0) || privilege_drop(identity) < 0)
		child_fail(p->setup_fd, STEP_USER);
}

/* Nobody is there to let it through: its keeper is dead, and has not put it on record. */
static void
child_wait_at_gate(const Prepared *p)
{
	char go;

	if (read(p->setup_fd, &go, 1) != 1)
		_exit(127);
}

static void
child_signals(void)
{
	sigset_t none;

	/* Handlers do not outlive an exec, only what is ignored does. */
	for (int s = 1; s < NSIG; s++)
		if (sigismember(&ignored, s) == 1)
			signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
child_directory(const Prepared *p)
{
	if (p->directory != NULL)
	{
		if (chdir(p->directory) < 0)
			child_fail(p->setup_fd, STEP_DIRECTORY);
	}
	else if (chdir(p->setup->identity.home) < 0 && chdir("/") < 0)
		child_fail(p->setup_fd, STEP_DIRECTORY);
}

/* Not a moment is waited for a reader, and no terminal taken. */
static void
child_open_file(const Prepared *p, const char *path, int target, SpawnStep step)
{
	int truncate = (p->spec->numbers.flags & SPEC_APPEND) != 0 ? 0 : O_TRUNC;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | truncate, 0666);
	int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 || dup2(fd, target) < 0)
		child_fail(p->setup_fd, step);
	close(fd);
}

/* By the rights of the job's user. One file for both is opened once, so that the order is kept. */
static void
child_files(const Prepared *p)
{
	const char *out = p->spec->output_file;
	const char *err = p->spec->error_file;

	if (out[0] != '\0')
		child_open_file(p, out, STDOUT_FILENO, STEP_OUTPUT_FILE);
	if (err[0] != '\0' && (p->spec->numbers.flags & SPEC_MERGED) == 0 && strcmp(out, err) != 0)
		child_open_file(p, err, STDERR_FILENO, STEP_ERROR_FILE);
	else if (output_is_shared(p->spec) && dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		child_fail(p->setup_fd, STEP_ERROR_FILE);
}

/* A shell that does not find its profile would end with a status like the program's own. */
static void
child_profile(const Prepared *p)
{
	const char *profile = p->setup->identity.profile;

	if (profile != NULL && access(profile, R_OK) < 0)
		child_fail(p->setup_fd, STEP_PROFILE);
}

static void __attribute__((noreturn)) child_run(Prepared *p)
{
	int worst = ENOENT;

	if (setsid() < 0)
		child_fail(p->setup_fd, STEP_SESSION);
	if (group_enter(p->door, p->inside) < 0)
		child_fail(p->setup_fd, STEP_GROUP);
	child_descriptors(p);
	child_wait_at_gate(p);
	child_secrets(p);
	child_limits(p);
	child_privileges(p);
	child_directory(p);
	child_files(p);
	child_profile(p);
	child_signals();
	for (const char **path = p->words->paths; *path != NULL; path++)
	{
		/* execve() changes neither strings nor lists; its prototype is older than const. */
		execve(*path, (char *const *) p->setup->argv, (char *const *) p->words->env);
		if (errno != ENOENT && errno != ENOTDIR)
			worst = errno;
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			break;
	}
	errno = worst;
	child_fail(p->setup_fd, STEP_EXEC);
}

/* What this process ignores is settled before its first job: by whoever started it, and in main(). */
static void
note_ignored(void)
{
	static bool noted;

	if (noted)
		return;
	noted = true;
	sigemptyset(&ignored);
	for (int s = 1; s < NSIG; s++)
	{
		struct sigaction now;

		if (sigaction(s, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			sigaddset(&ignored, s);
	}
}

typedef struct Pipe
{
	int r;
	int w;
} Pipe;

static void
close_pipe(const Pipe *p)
{
	cleanup_close_fd(&p->r);
	cleanup_close_fd(&p->w);
}

#define cleanup_pipe __attribute__((cleanup(close_pipe)))

/*
 * Only the read end is non-blocking: the job must not see EAGAIN on its stdout. It is the job's user's, who could not open
 * /dev/stdout otherwise.
 */
static int
make_pipe(Pipe *p, const Identity *owner, Err *e)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, errno, "could not create a pipe");
	p->r = fds[0];
	p->w = fds[1];
	if (fcntl(p->r, F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, errno, "could not make a pipe non-blocking");
	if (owner->change && fchown(p->w, owner->uid, owner->gid) < 0)
		return err_set(e, errno, "could not give a pipe to user \"%s\"", owner->name);
	return 0;
}

/* As a pipe, but for both ways: r is the keeper's end. */
static int
make_sockets(Pipe *p, int type, Err *e)
{
	int fds[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) < 0)
		return err_set(e, errno, "could not create a socket pair");
	p->r = fds[0];
	p->w = fds[1];
	if (fcntl(p->r, F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, errno, "could not make a socket non-blocking");
	return 0;
}

/* None for what goes to a file, one for both where they go one way. */
static int
make_outputs(const SpecBlock *spec, const Identity *owner, Pipe *out, Pipe *err, Err *e)
{
	if (spec->output_file[0] == '\0' && make_pipe(out, owner, e) < 0)
		return -1;
	return output_is_shared(spec) || spec->error_file[0] != '\0' ? 0 : make_pipe(err, owner, e);
}

static int
take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int
spawn(const SpecBlock *spec, const JobSetup *setup, const GroupDoor *door, Spawned *spawned, Err *e)
{
	cleanup_pipe Pipe out = {-1, -1};
	cleanup_pipe Pipe err = {-1, -1};
	cleanup_pipe Pipe report = {-1, -1};
	cleanup_pipe Pipe talk = {-1, -1};
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_words Words words = {.env = NULL};
	Prepared p = {.setup = setup, .door = door, .words = &words, .null = null};
	sigset_t all;
	sigset_t before;
	pid_t pid;

	static const int on = 1;

	if (null < 0)
		return err_set(e, errno, "could not open /dev/null");
	if (make_outputs(spec, &setup->identity, &out, &err, e) < 0 || make_sockets(&report, SOCK_STREAM, e) < 0 ||
		make_sockets(&talk, SOCK_SEQPACKET, e) < 0)
		return -1;
	/* So that an empty message does not look like the end. */
	if (setsockopt(talk.r, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return err_set(e, errno, "could not set up a socket");
	build_words(&words, spec, setup);
	p.directory = spec->directory[0] != '\0' ? spec->directory : NULL;
	p.out = out.w >= 0 ? out.w : null;
	p.err = err.w >= 0 ? err.w : p.out;
	p.spec = spec;
	p.socket = talk.w;
	p.setup_fd = report.w;

	note_ignored();
	/* No handler of ours may run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = clone_into(door->clone ? door->unified : -1, &p.inside, &spawned->pidfd);
	if (pid == 0)
		child_run(&p);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return err_set(e, errno, "could not fork");
	spawned->pid = pid;
	spawned->setup = take(&report.r);
	spawned->output[0] = take(&out.r);
	spawned->output[1] = take(&err.r);
	spawned->socket = take(&talk.r);
	if (spawned->pidfd < 0)
		return err_set(e, errno, "could not open a process descriptor");
	return 0;
}

/* A process that has died at its gate is found as any that has ended. */
void
spawn_release(int setup)
{
	ssize_t n = send(setup, "", 1, MSG_NOSIGNAL);

	(void) n;
}

void
spawn_describe(const SpawnFailure *failure, const SpecBlock *spec, Err *e)
{
	switch ((SpawnStep) failure->step)
	{
		case STEP_SESSION:
			err_set(e, failure->errnum, "could not start a session");
			return;
		case STEP_GROUP:
			err_set(e, failure->errnum, "could not enter the job's control group");
			return;
		case STEP_DESCRIPTORS:
			err_set(e, failure->errnum, "could not set up the standard descriptors");
			return;
		case STEP_SECRETS:
			secret_describe(&failure->secret, spec, e);
			return;
		case STEP_NETWORK:
			err_set(e, failure->errnum, "could not take the job off the network");
			return;
		case STEP_LIMITS:
			err_set(e, failure->errnum, "could not set the job's limits");
			return;
		case STEP_ISOLATE:
			err_set(e, failure->errnum, "could not give the job a /tmp of its own");
			return;
		case STEP_USER:
			err_set(e, failure->errnum, "could not become the job's user");
			return;
		case STEP_DIRECTORY:
			err_set(e, failure->errnum, "could not change to directory \"%s\"", spec->directory);
			return;
		case STEP_OUTPUT_FILE:
			err_set(e, failure->errnum, "could not open output file \"%s\"", spec->output_file);
			return;
		case STEP_ERROR_FILE:
			err_set(e, failure->errnum, "could not open error file \"%s\"", spec->error_file);
			return;
		case STEP_PROFILE:
			err_set(e, failure->errnum, "could not read the profile of the job's user");
			return;
		case STEP_EXEC:
			if (spec->kind[0] != '\0')
				err_set(e, failure->errnum, "could not execute the runner of kind \"%s\"", spec->kind);
			else
				err_set(e, failure->errnum, "could not execute \"%s\"", spec->argv[0]);
			return;
	}
	err_set(e, 0, "could not start the job");
}
