/*
 * The guard of a keeper, with a shell in the keeper's place and no control groups: those are in tests/guest.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/guard.h"
#include "keeper/leaf.h"
#include "mem.h"
#include "tap.h"

static char folder[] = "/tmp/jobgrid-guard-XXXXXX";
static bool is_needed = true;

bool
leaf_enter(const char *name)
{
	return is_needed && strcmp(name, "node") == 0;
}

/* Called once, when there is no keeper any more. */
void
leaf_return(void)
{
	cleanup_free char *command = mem_printf("echo x >>%s/returned", folder);

	if (system(command) != 0)
		_exit(99);
}

static int
run(const char *command)
{
	cleanup_free char *there = mem_printf("cd %s && { %s; }", folder, command);
	int status = system(there);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A process that guards a keeper which does as the script says, in an empty folder. */
static pid_t
guard_script(const char *script)
{
	cleanup_free char *there = mem_printf("cd %s; echo $$ >>started; %s", folder, script);
	char *argv[] = {(char *) "sh", (char *) "-c", there, NULL};
	pid_t pid;

	run("rm -f *");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
	{
		fclose(stderr);
		_exit(guard("node", "/bin/sh", argv));
	}
	return pid;
}

static void
wait_for(const char *command)
{
	for (int i = 0; i < 1000 && run(command) != 0; i++)
		usleep(10000);
}

static bool
leaves_with(pid_t guard_pid, int status)
{
	int got = -1;

	return waitpid(guard_pid, &got, 0) == guard_pid && WIFEXITED(got) && WEXITSTATUS(got) == status;
}

#define SIGNALS "trap 'echo >heard' INT; trap 'exit 5' TERM; echo >ready;"
#define WAITS "while :; do sleep 0.02; done"

static void
check_end(void)
{
	pid_t pid = guard_script("exit 7");

	ok(leaves_with(pid, 7), "a keeper's status is the guard's");
	ok(run("test $(wc -l <started) = 1 && test $(wc -l <returned) = 1") == 0, "who leaves the leaf, once");
}

static void
check_death(void)
{
	pid_t pid = guard_script("test $(wc -l <started) = 3 && exit 3; kill -9 $$");

	ok(leaves_with(pid, 3), "where a keeper is killed the next one is started");
	ok(run("test $(wc -l <started) = 3 && test $(wc -l <returned) = 1") == 0, "again and again");
}

static void
check_signals(void)
{
	pid_t pid = guard_script(SIGNALS WAITS);

	wait_for("test -e ready");
	kill(pid, SIGINT);
	wait_for("test -e heard");
	ok(run("test -e heard") == 0, "signals are passed on");
	kill(pid, SIGTERM);
	ok(leaves_with(pid, 5), "and the one that ends it");
}

static void
check_early_reload(void)
{
	pid_t pid = guard_script("sleep 0.3; " SIGNALS WAITS);

	wait_for("test -e started");
	kill(pid, SIGHUP);
	wait_for("test -e ready");
	ok(run("test $(wc -l <started) = 1") == 0, "a reload does not end a keeper that has only begun");
	kill(pid, SIGTERM);
	ok(leaves_with(pid, 5), "which lives to be ended");
}

static void
check_end_between(void)
{
	pid_t pid = guard_script("kill -9 $$");

	wait_for("test -e started && ! kill -0 $(tail -n 1 started) 2>/dev/null");
	usleep(100000);
	kill(pid, SIGTERM);
	ok(leaves_with(pid, 1), "one that is to end between two keepers does not wait for the next");
}

static void
check_guard_killed(void)
{
	pid_t pid = guard_script("trap 'echo >told; exit' TERM; echo >ready;" WAITS);

	wait_for("test -e ready");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	wait_for("test -e told");
	ok(run("test -e told") == 0, "a keeper whose guard is killed is asked to end");
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	is_needed = false;
	ok(guard("node", "/nothing", NULL) == -1, "without need there is none");
	is_needed = true;
	check_end();
	check_death();
	check_signals();
	check_early_reload();
	check_end_between();
	check_guard_killed();
	run("rm -f *");
	rmdir(folder);
	return done_testing();
}
