/*
 * A keeper that is not root, in a group that was delegated to it: it is contained there, limited by the controllers that
 * came with it, and gives back what it took.  Version 2 of control groups only; where this node binds the controllers to
 * version 1, only containment shows.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

#define NOBODY 65534

static void
act_contained(void)
{
	AttemptKey neighbour = start_command("sleep 1000");
	AttemptKey key =
		start_command("env -i /usr/bin/setsid /bin/sh -c 'echo $$; exec >/dev/null 2>&1; exec sleep 1000' & sleep 0.3");

	wait_started(neighbour);
	ok(ended_as(wait_ended(key), EVENT_EXITED, 0, 0) && is_gone(seen_of(&key)), "nothing escapes, though others run");
	order(neighbour, ORDER_CANCEL, 1, 1, 0, 1000);
	wait_ended(neighbour);
	report(key);
	report(neighbour);
}

static void
act_limited(void)
{
	AttemptKey key = start_wish(&(Wish){.command = "tail /dev/zero; echo $?", .numbers = {.memory = 33554432}});

	ok(ended_as(wait_ended(key), EVENT_OOM_KILLED, -1, SIGKILL) && seen_of(&key)->out[0].len == 0,
	   "out of memory ends the job as a whole");
	report(key);
	key = start_wish(
		&(Wish){.command = "for i in 1 2 3 4 5 6; do sleep 5 & done; echo all", .numbers = {.processes = 4}});
	ok(wait_ended(key)->end.exit_code != 0 && seen_of(&key)->out[0].len == 0, "processes are limited");
	report(key);
}

static char *place; /* the delegated group */
static bool limits;

static int
shell(const char *command)
{
	cleanup_free char *in_place = mem_printf("cd '%s' && %s", place, command);

	return system(in_place);
}

/* Where version 2 is mounted; the process that runs this is at its root, or all below is told of another place. */
static bool
make_place(void)
{
	FILE *f = popen("awk '$3 == \"cgroup2\" { print $2; exit }' /proc/self/mounts", "re");
	char point[512] = "";

	if (f != NULL && fscanf(f, "%511s", point) != 1)
		point[0] = '\0';
	if (f != NULL)
		pclose(f);
	if (point[0] == '\0')
		return false;
	place = mem_printf("%s/jobgrid-delegated", point);
	if (mkdir(place, 0755) < 0)
		return false;
	if (shell("for c in cpu memory pids; do echo +$c >../cgroup.subtree_control; done 2>/dev/null; chown nobody . "
			  "cgroup.procs cgroup.subtree_control cgroup.threads") != 0)
		return false;
	limits = shell("grep -q 'cpu.*memory.*pids' cgroup.controllers") == 0;
	return true;
}

static const char *keeper_group; /* below the place */

static void
enter_as_nobody(void)
{
	cleanup_free char *procs = mem_printf("%s/%s/cgroup.procs", place, keeper_group);
	int fd = open(procs, O_WRONLY);

	if (fd < 0 || write(fd, "0", 1) != 1 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(1);
	close(fd);
}

static void
play(const char *act, const char *group)
{
	printf("# %s\n", act);
	keeper_group = group;
	node_before = enter_as_nobody;
	node_start(NULL);
	ok(node_offers("contain.cgroup"), "%s: the jobs are held together", act);
	ok((node_offers("limit.cpu") && node_offers("limit.memory") && node_offers("limit.processes")) == limits,
	   "limits are enforced where they can be (%s)", strchr(heard.offer, '\n') + 1);
	act_contained();
	if (limits)
		act_limited();
	ok(node_stop() == 0, "the keeper leaves with status 0");
	ok(shell("test -z \"$(find . -mindepth 1 -type d ! -name keeper)$(cat cgroup.subtree_control)\"") == 0,
	   "and leaves no group, and no controller that it has enabled");
}

/* Somebody else in the place, whom the keeper must not move. */
static void
play_beside_others(void)
{
	bool as_before = limits;
	cleanup_free char *enter = NULL;
	pid_t stranger = fork();

	if (stranger == 0)
	{
		execlp("sleep", "sleep", "1000", NULL);
		_exit(127);
	}
	enter = mem_printf("echo %d >cgroup.procs", (int) stranger);
	if (shell(enter) != 0)
		exit(1);
	limits = false;
	play("beside others", ".");
	limits = as_before;
	ok(shell("test $(wc -l <cgroup.procs) = 1") == 0, "who stays where they were");
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
}

int
main(void)
{
	node_enter();
	if (!make_place())
	{
		printf("1..0 # SKIP no control groups of version 2 that can be delegated here\n");
		node_leave();
		return 0;
	}
	if (mkdir(node_path("work"), 0700) < 0 || chown(node_path("work"), NOBODY, NOBODY) < 0)
		return 1;
	play("alone in its group", ".");
	play_beside_others();
	if (shell("mkdir keeper && chown nobody keeper keeper/cgroup.procs") != 0)
		return 1;
	play("in a leaf that its manager made", "keeper");
	if (shell("rmdir keeper") != 0 || rmdir(place) < 0)
		return 1;
	free(place);
	node_leave();
	return done_testing();
}
