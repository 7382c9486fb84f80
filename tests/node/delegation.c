/*
 * A keeper that is not root, in a group that was delegated to it: it is contained there, limited by the controllers that
 * came with it, and gives back what it took.  Version 2 of control groups only; where this node binds the controllers to
 * version 1, only containment shows.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "enforce.h"
#include "keeper_agent.h"
#include "mem.h"
#include "scene.h"
#include "tap.h"

#define NOBODY 65534
#define LIMITS (ENFORCE_BIT(ENFORCE_MEMORY) | ENFORCE_BIT(ENFORCE_PROCESSES) | ENFORCE_BIT(ENFORCE_CPU))

/* ---- the agent's side ---- */

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

static int
run_as_agent(const char *folder)
{
	unsigned set;

	scene_load_count(folder, &tap_count, &tap_failed);
	until(synced);
	set = enforce_read(strchr(welcome_text, '\n') + 1);
	ok((set & ENFORCE_BIT(ENFORCE_CONTAIN)) != 0, "%s: the jobs are held together", scene_act());
	ok(((set & LIMITS) == LIMITS) == (scene_ask("limits") == 1), "limits are enforced where they can be (%s)",
	   strchr(welcome_text, '\n') + 1);
	act_contained();
	if ((set & LIMITS) == LIMITS)
		act_limited();
	scene_ask("terminate");
	until(told_to_quit);
	scene_save_count(folder, tap_count, tap_failed);
	return 0;
}

/* ---- root's side ---- */

static char *place; /* the delegated group */
static bool limits;

static long
serve(Scene *scene, const char *request)
{
	if (strcmp(request, "limits") == 0)
		return limits;
	return kill(scene->keeper, SIGTERM);
}

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
	static const char *const arguments[] = {"--name=" SCENE_EXECUTOR, "--slots=8", "--drain-timeout=1s", NULL};
	Scene scene = {.folder = scene_folder()};
	int status;

	if (chown(scene.folder, NOBODY, NOBODY) < 0)
		exit(1);
	keeper_group = group;
	before_keeper = enter_as_nobody;
	scene_save_count(scene.folder, tap_count, tap_failed);
	status = scene_play(&scene, act, arguments, serve);
	scene_load_count(scene.folder, &tap_count, &tap_failed);
	ok(status == 0, "%s: the keeper leaves with status 0 (%d)", act, status);
	ok(shell("test -z \"$(find . -mindepth 1 -type d ! -name keeper)$(cat cgroup.subtree_control)\"") == 0,
	   "and leaves no group, and no controller that it has enabled");
	scene_remove(scene.folder);
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
main(int argc, char **argv)
{
	(void) argc;
	if (strstr(argv[0], "jobgrid-agent") != NULL)
		return run_as_agent(getenv("JOBGRID_WORK_DIR"));
	if (geteuid() != 0)
	{
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	if (!make_place())
	{
		printf("1..0 # SKIP no control groups of version 2 that can be delegated here\n");
		return 0;
	}
	play("alone in its group", ".");
	play_beside_others();
	if (shell("mkdir keeper && chown nobody keeper keeper/cgroup.procs") != 0)
		return 1;
	play("in a leaf that its manager made", "keeper");
	if (shell("rmdir keeper") != 0 || rmdir(place) < 0)
		return 1;
	free(place);
	return done_testing();
}
