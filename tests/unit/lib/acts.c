/*
 * acts.c - a test of the keeper in acts.
 */
#include "acts.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "tap.h"

const char *folder;

/* ---- files that jobs and tests meet at ---- */

char *
path_of(const char *name)
{
	return mem_printf("%s/%s", folder, name);
}

void
write_file(const char *name, const char *text)
{
	cleanup_free char *path = path_of(name);
	cleanup_fclose FILE *f = fopen(path, "we");

	if (f == NULL || fputs(text, f) < 0)
		abort();
}

bool
exists(const char *name)
{
	cleanup_free char *path = path_of(name);

	return access(path, F_OK) == 0;
}

void
remove_file(const char *name)
{
	cleanup_free char *path = path_of(name);

	unlink(path);
}

size_t
size_of(const char *name)
{
	cleanup_free char *path = path_of(name);
	struct stat st;

	return stat(path, &st) == 0 ? (size_t) st.st_size : 0;
}

/* The process id that a job has written, when all of it is there. */
pid_t
pid_in(const char *name)
{
	cleanup_free char *path = path_of(name);
	cleanup_fclose FILE *f = fopen(path, "re");
	char line[32] = "";

	return f != NULL && fgets(line, sizeof(line), f) != NULL && strchr(line, '\n') != NULL ? (pid_t) atoi(line) : 0;
}

/* A job that writes its number to NAME.pid, then does as told. */
AttemptKey
start_named(const char *name, const char *what, Wish wish)
{
	cleanup_free char *command = mem_printf("echo $$ >%s/%s.pid; %s", folder, name, what);
	cleanup_free char *file = mem_printf("%s.pid", name);
	AttemptKey key;

	remove_file(file);
	wish.command = command;
	if (wish.grace_ms == 0)
		wish.grace_ms = 30000;
	key = start_wish(&wish);
	until(pid_in(file) > 0);
	return key;
}

AttemptKey
start_waiting(const char *name, Wish wish)
{
	wish.directory = folder;
	return start_named(name, WAIT_FOR_GO, wish);
}

static void
wait_until_gone(pid_t pid)
{
	int64_t deadline = clock_now_us() + PATIENCE_US;

	while (!process_is_gone(pid) && clock_now_us() < deadline)
		usleep(10000);
}

void
kill_job(const char *pid_file)
{
	pid_t pid = pid_in(pid_file);

	kill(pid, SIGKILL);
	wait_until_gone(pid);
}

/* ---- how an act ends ---- */

void
note_end(void)
{
	memory.round++;
	remember(folder);
}

void
die_with_keeper(void)
{
	note_end();
	kill(getppid(), SIGKILL);
	_exit(0);
}

void
leave(void)
{
	note_end();
	kill(getppid(), SIGTERM);
	until(heard.quit);
	_exit(0);
}

/* ---- all acts ---- */

static bool
ended_well(int status, Ending ending)
{
	if (ending == KILLED)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	return WIFEXITED(status) && WEXITSTATUS(status) == (ending == LEFT ? 0 : 1);
}

static void
play(const Act *act, int number)
{
	static char *const arguments[] = {"--slots=128", NULL};
	int status = -1;

	memory.act = number;
	memory.round = 0;
	remember(folder);
	waitpid(start_keeper(folder, arguments), &status, 0);
	recall(folder);
	ok(memory.round == 1 && ended_well(status, act->ending), "act \"%s\" ends as it should (%d)", act->name, status);
	if (act->after != NULL)
		act->after();
}

int
play_acts(const char *name, const Act *acts, size_t count)
{
	cleanup_free char *fresh = NULL;

	if (strstr(name, "jobgrid-agent") != NULL)
	{
		folder = getenv("JOBGRID_WORK_DIR");
		recall(folder);
		until(heard.synced);
		acts[memory.act].play();
		return 1;
	}
	fresh = make_folder();
	folder = fresh;
	for (size_t i = 0; i < count; i++)
		play(&acts[i], (int) i);
	remove_folder(folder);
	return done_testing();
}
