/*
 * What jobs leave behind, and what a keeper does: nothing escapes, nothing stays, nobody else is touched.  As root, with
 * jobs of an unprivileged user, in each kind of node that this one can show.
 */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "enforce.h"
#include "keeper_agent.h"
#include "mem.h"
#include "scene.h"
#include "tap.h"

#define STRANGER "jobgrid-other"

static bool
held_by_groups(void)
{
	return (enforce_read(strchr(welcome_text, '\n') + 1) & ENFORCE_BIT(ENFORCE_CONTAIN)) != 0;
}

/* ---- the agent's side ---- */

static void
act_left_behind(void)
{
	/* Each prints the id of what it leaves; that closes its output, so that only its group tells of it. */
	static const struct
	{
		const char *what;
		const char *command;
	} cases[] = {
		{"in its group", "sleep 1000 >/dev/null 2>&1 & echo $!"},
		{"in a session of its own", "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' & sleep 0.3"},
		{"forked twice", "(setsid sh -c 'echo $$; exec >/dev/null 2>&1; sleep 1000' &) ; sleep 0.3"},
		{"without its environment",
		 "env -i /usr/bin/setsid /bin/sh -c 'echo $$; exec >/dev/null 2>&1; exec sleep 1000' & sleep 0.3"},
		{"deaf",
		 "setsid sh -c 'trap \"\" TERM HUP INT; echo $$; exec >/dev/null 2>&1; while :; do sleep 1; done' & sleep 0.3"},
		{"stopped", "setsid sh -c 'echo $$; exec >/dev/null 2>&1; kill -STOP $$' & sleep 0.3"},
	};
	AttemptKey neighbour = start_command("setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' & sleep 1000");
	AttemptKey keys[6];

	until(seen_of(&neighbour)->out[0].len > 0);
	for (size_t i = 0; i < 6; i++)
		keys[i] = start_command(cases[i].command);
	for (size_t i = 0; i < 6; i++)
	{
		ok(ended_as(wait_ended(keys[i]), EVENT_EXITED, 0, 0), "leaves a process %s: its own end counts", cases[i].what);
		/* On the tree of processes, one that has hidden well enough goes with the last job that could own it. */
		if (held_by_groups())
			ok(is_gone(seen_of(&keys[i])), "and that is gone, though others run");
		report(keys[i]);
	}
	ok(!is_gone(seen_of(&neighbour)), "the neighbour keeps what is its own");
	order(neighbour, ORDER_CANCEL, 1, 1, 0, 30000);
	ok(ended_as(wait_ended(neighbour), EVENT_CANCELLED, -1, SIGTERM) && is_gone(seen_of(&neighbour)),
	   "until it goes, too");
	for (size_t i = 0; i < 6; i++)
		ok(is_gone(seen_of(&keys[i])), "nothing is left: %s", cases[i].what);
	report(neighbour);
	forget_all();
}

static void
act_deaf(void)
{
	AttemptKey key = start_command("trap '' TERM INT HUP; echo $$; while :; do sleep 0.1; done");

	until(seen_of(&key)->out[0].len > 0);
	order(key, ORDER_CANCEL, 1, 1, 0, 300);
	ok(ended_as(wait_ended(key), EVENT_CANCELLED, -1, SIGKILL), "who ignores SIGTERM is killed after the grace");
	ok(is_gone(seen_of(&key)), "and gone");
	report(key);
}

/* A fork bomb that does not wait for its children, held by nothing but its group. */
static void
act_fork_bomb(void)
{
	AttemptKey bomb;
	AttemptKey other;
	int64_t began;

	if ((enforce_read(strchr(welcome_text, '\n') + 1) & ENFORCE_BIT(ENFORCE_PROCESSES)) == 0)
		return;
	/* Should all else fail, it ends by itself. */
	bomb = start_wish(&(Wish){
		.command =
			"exec perl -e '$| = 1; print qq($$\\n); my $end = time + 40; while (time < $end) { fork; select undef, undef, undef, 0.02 }'",
		.grace_ms = 1000,
		.numbers = {.processes = 60}});
	until(seen_of(&bomb)->out[0].len > 0);
	until(scene_ask("members") >= 60);
	ok(scene_ask("members") == 60, "a fork bomb has no more processes than its job may");
	other = start_command("exit 3");
	began = clock_now_us();
	ok(ended_as(wait_ended(other), EVENT_EXITED, 3, 0), "other jobs run beside it (%.1f s)",
	   (double) (clock_now_us() - began) / 1e6);
	order(bomb, ORDER_KILL, 0, 0, 0, 0);
	ok(ended_as(wait_ended(bomb), EVENT_SIGNALLED, -1, SIGKILL), "and it dies of one order");
	ok(scene_ask("members") == 0, "with all that it made");
	report(other);
	report(bomb);
	forget_all();
}

/* Where cgroup.kill is missing: here it is a file that swallows what is written to it. */
static void
act_blunt(void)
{
	AttemptKey key;

	if (scene_ask("blunt") < 1)
		return;
	key = start_command(
		"setsid sh -c 'trap \"\" TERM; echo $$; exec >/dev/null 2>&1; while :; do sleep 1; done' & sleep 0.3");
	ok(ended_as(wait_ended(key), EVENT_EXITED, 0, 0) && is_gone(seen_of(&key)),
	   "without cgroup.kill the members are killed one by one");
	scene_ask("sharpen");
	report(key);
	key = start_command("sleep 0.1; exit 4");
	ok(ended_as(wait_ended(key), EVENT_EXITED, 4, 0), "and the group, frozen for that, is of use again");
	report(key);
	forget_all();
}

static void
act_many(int count)
{
	enum
	{
		WIDTH = 40
	};
	AttemptKey keys[WIDTH];
	long fds = scene_ask("fds");
	int wrong = 0;

	for (int done = 0; done < count; done += WIDTH)
	{
		for (int i = 0; i < WIDTH; i++)
			keys[i] = start_command(i % 4 == 0   ? "(sleep 0.01 &) ; exit 1"
									: i % 4 == 1 ? "setsid sleep 100 >/dev/null 2>&1 & exit 2"
												 : "exit 3");
		for (int i = 0; i < WIDTH; i++)
		{
			wrong += !ended_as(wait_ended(keys[i]), EVENT_EXITED, i % 4 == 0 ? 1 : i % 4 == 1 ? 2 : 3, 0);
			report(keys[i]);
		}
		forget_all();
	}
	ok(wrong == 0, "%d short jobs", count);
	/* Orphans that were killed are collected with the next SIGCHLD, which is on its way. */
	until(scene_ask("children") == 1);
	ok(scene_ask("children") == 1, "leave no process and no zombie: the keeper has no child but its agent");
	ok(scene_ask("members") == 0, "no member in a group");
	until(scene_ask("fds") <= fds);
	ok(scene_ask("fds") <= fds, "no descriptor (%ld, %ld before)", scene_ask("fds"), fds);
	ok(scene_ask("groups") <= scene_ask("hierarchies") * WIDTH, "no group but those of the slots they were in");
}

static long
ask_of(const char *what, int64_t run_id)
{
	cleanup_free char *request = mem_printf("%s left-%" PRId64 ".1", what, run_id);

	return scene_ask(request);
}

static void
check_left_groups(int64_t first, int64_t second)
{
	AttemptKey key;

	ok(ask_of("members", first) == 1 && ask_of("members", second) == 1, "each is in a group of its own");
	ask_of("end", first);
	ask_of("end", second);
	until(ask_of("members", first) == 0 && ask_of("members", second) == 0);
	key = start_command("true");
	wait_ended(key);
	report(key);
	ok(ask_of("exists", first) == 0 && ask_of("exists", second) == 0, "which is removed when that was ended");
}

static void
act_leave_running(void)
{
	const SpecNumbers leaves = {.flags = SPEC_LEAVE_RUNNING};
	AttemptKey daemon =
		start_wish(&(Wish){.command = "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1 </dev/null' & sleep 0.3",
						   .numbers = leaves});
	AttemptKey holder = start_wish(&(Wish){.command = "sleep 1000 & echo $!", .numbers = leaves});
	AttemptKey nothing = start_wish(&(Wish){.command = "exit 5", .numbers = leaves});
	AttemptKey cancelled =
		start_wish(&(Wish){.command = "setsid sh -c 'echo $$; exec sleep 1000' & sleep 1000", .numbers = leaves});
	AttemptKey key;
	int64_t began = clock_now_us();
	pid_t left;

	ok(ended_as(wait_ended(daemon), EVENT_EXITED, 0, 0), "leave_running ends with its main process");
	left = (pid_t) atoi(buf_text(&seen_of(&daemon)->out[0]));
	ok(!is_gone(seen_of(&daemon)) && strncmp(seen_of(&daemon)->text, "left 1 process", 14) == 0, "and says: %s",
	   seen_of(&daemon)->text);
	until(seen_of(&holder)->ended);
	ok(ended_as(seen_of(&holder), EVENT_EXITED, 0, 0) && seen_of(&holder)->end.forced == 1 &&
		   clock_now_us() - began < 20000000,
	   "what is left may hold the output: nobody waits for it");
	ok(ended_as(wait_ended(nothing), EVENT_EXITED, 5, 0) && seen_of(&nothing)->text[0] == '\0',
	   "leave_running that leaves nothing");
	until(seen_of(&cancelled)->out[0].len > 0);
	order(cancelled, ORDER_CANCEL, 1, 1, 0, 30000);
	ok(ended_as(wait_ended(cancelled), EVENT_CANCELLED, -1, SIGTERM) && is_gone(seen_of(&cancelled)),
	   "cancelled it leaves nothing");
	key = start_command("setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' & sleep 0.3");
	ok(ended_as(wait_ended(key), EVENT_EXITED, 0, 0), "another job");
	if (held_by_groups())
		ok(is_gone(seen_of(&key)), "takes what is its own");
	ok(!pid_is_gone(left), "and not what was left");
	report(daemon);
	report(holder);
	report(nothing);
	report(cancelled);
	report(key);
	if (held_by_groups())
		check_left_groups(daemon.run_id, holder.run_id);
	else
	{
		kill(left, SIGKILL);
		kill((pid_t) atoi(buf_text(&seen_of(&holder)->out[0])), SIGKILL);
	}
	until(pid_is_gone(left));
	forget_all();
}

/* The keeper is root's, and we are not. */
static void
leave(void)
{
	scene_ask("terminate");
	until(told_to_quit);
}

static void
play_all(void)
{
	scene_ask("strangers");
	act_left_behind();
	act_deaf();
	act_fork_bomb();
	act_blunt();
	act_leave_running();
	act_many(atoi(getenv("SCENE_JOBS")));
	if (held_by_groups())
	{
		ok(scene_ask("second") == 1, "a second keeper of this name is refused");
		ok(scene_ask("neighbours") == 1, "no group beside ours was made, removed or emptied");
	}
	leave();
}

/* Leaves three jobs to a keeper that is about to be killed; two of them do not survive that. */
static void
play_crash(const char *folder)
{
	AttemptKey survivor =
		start_wish(&(Wish){.command = "echo $$ >notes/survivor; exec sleep 1000", .directory = folder});
	AttemptKey others[2] = {start_command("sleep 0.1"), start_command("sleep 0.1")};

	wait_ended(others[0]);
	wait_ended(others[1]);
	wait_started(survivor);
	until(scene_ask("survivor") > 0);
	scene_ask("crash");
	until(closed);
}

static void
play_after(void)
{
	AttemptKey keys[4];

	ok(scene_ask("survivor") > 0 && !pid_is_gone((pid_t) scene_ask("survivor")),
	   "a new keeper leaves alone what an earlier one's job left running");
	ok(scene_ask("groups") == scene_ask("hierarchies") * 2 && scene_ask("members") == 1,
	   "and its group; the empty ones are gone, but for the one it has made");
	for (int i = 0; i < 4; i++)
		keys[i] = start_command("sleep 0.2; exit 6");
	for (int i = 0; i < 4; i++)
	{
		ok(ended_as(wait_ended(keys[i]), EVENT_EXITED, 6, 0), "jobs run beside it");
		report(keys[i]);
	}
	ok(!pid_is_gone((pid_t) scene_ask("survivor")), "which does it no harm");
	leave();
}

static int
run_as_agent(const char *folder)
{
	scene_load_count(folder, &tap_count, &tap_failed);
	if (chdir(folder) < 0)
		return 1;
	until(synced);
	if (strcmp(scene_act(), "crash") == 0)
		play_crash(folder);
	else if (strcmp(scene_act(), "after") == 0)
		play_after();
	else if (strcmp(scene_act(), "again") == 0)
		leave();
	else
		play_all();
	scene_save_count(folder, tap_count, tap_failed);
	return 0;
}

/* ---- root's side ---- */

static long
count_entries(const char *path)
{
	DIR *dir = opendir(path);
	long count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	return count;
}

static long
count_children(pid_t pid)
{
	cleanup_free char *path = mem_printf("/proc/%d/task/%d/children", (int) pid, (int) pid);
	cleanup_fclose FILE *f = fopen(path, "re");
	long count = 0;
	int child;

	while (f != NULL && fscanf(f, "%d", &child) == 1)
		count++;
	return count;
}

static void
count_below(const char *path, void *arg)
{
	struct stat st;

	if (stat(path, &st) == 0)
		*(long *) arg += (long) st.st_nlink - 2;
}

/* Groups below ours, in all hierarchies. */
static long
count_groups(void)
{
	long count = 0;

	scene_groups(SCENE_GROUP, count_below, &count);
	return count;
}

static void
sum_members(const char *path, void *arg)
{
	cleanup_free char *command = mem_printf("cat '%s'/*/cgroup.procs 2>/dev/null | wc -l", path);
	FILE *f = popen(command, "re");
	long members = 0;

	if (f != NULL && fscanf(f, "%ld", &members) == 1 && members > *(long *) arg)
		*(long *) arg = members;
	if (f != NULL)
		pclose(f);
}

/* Members of groups below ours, in the hierarchy that has most. */
static long
count_members(void)
{
	long count = 0;

	scene_groups(SCENE_GROUP, sum_members, &count);
	return count;
}

static void
run_in(const char *path, void *arg)
{
	cleanup_free char *command = mem_printf("cd '%s' && %s", path, (const char *) arg);

	if (system(command) != 0)
		printf("# in %s: %s\n", path, (const char *) arg);
}

/* ---- strangers: groups beside ours ---- */

static pid_t stranger;
static char *neighbours;
static size_t hierarchies;

static long
make_strangers(void)
{
	cleanup_free char *command = NULL;

	stranger = fork();
	if (stranger == 0)
	{
		execlp("sleep", "sleep", "1000", NULL);
		_exit(127);
	}
	command = mem_printf("mkdir -p ../stranger/slot-0 ../" STRANGER "/slot-0 ../" STRANGER "/left-1.1 &&"
						 " echo %d >../stranger/slot-0/cgroup.procs",
						 (int) stranger);
	hierarchies = scene_groups(SCENE_GROUP, run_in, command);
	neighbours = scene_neighbours();
	return 0;
}

static bool
strangers_are_there(void)
{
	return kill(stranger, 0) == 0 && scene_groups("stranger/slot-0", NULL, NULL) == hierarchies &&
		   scene_groups(STRANGER "/slot-0", NULL, NULL) == hierarchies &&
		   scene_groups(STRANGER "/left-1.1", NULL, NULL) == hierarchies;
}

static void
remove_strangers(void)
{
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
	scene_groups("stranger/slot-0", run_in, (void *) "cd .. && rmdir slot-0 ../stranger");
	scene_groups(STRANGER "/slot-0", run_in, (void *) "cd .. && rmdir slot-0 left-1.1 ../" STRANGER);
	free(neighbours);
}

static bool
neighbours_are_the_same(void)
{
	cleanup_free char *now = scene_neighbours();

	if (strcmp(now, neighbours) == 0)
		return true;
	printf("# before:\n%s# now:\n%s", neighbours, now);
	return false;
}

/* ---- what the agent asks ---- */

static long
run_second(const Scene *scene)
{
	cleanup_free char *command =
		mem_printf("'%s/jobgrid-executor' --name=" SCENE_EXECUTOR " --job-user=nobody --work-dir='%s/second' 2>&1"
				   " | grep -q 'another executor uses control group'",
				   scene->folder, scene->folder);

	return system(command) == 0;
}

static void
blunt(const char *path, void *arg)
{
	cleanup_free char *file = mem_printf("%s/cgroup.kill", path);

	*(long *) arg += mount("/dev/null", file, NULL, MS_BIND, NULL) == 0;
}

static void
sharpen(const char *path, void *arg)
{
	cleanup_free char *file = mem_printf("%s/cgroup.kill", path);

	*(long *) arg += umount(file) == 0;
}

static long
read_survivor(const Scene *scene)
{
	cleanup_free char *path = mem_printf("%s/notes/survivor", scene->folder);
	cleanup_fclose FILE *f = fopen(path, "re");
	long pid = 0;

	return f != NULL && fscanf(f, "%ld", &pid) == 1 ? pid : 0;
}

static long
ask_group(const char *verb, const char *name)
{
	cleanup_free char *group = mem_printf("%s/%s", SCENE_GROUP, name);

	if (strcmp(verb, "members") == 0)
		return scene_members(name);
	if (strcmp(verb, "end") == 0)
		return (long) scene_groups(
			group, run_in, (void *) "{ echo 1 >cgroup.kill || kill -9 $(cat cgroup.procs) || true; } 2>/dev/null");
	return (long) scene_groups(group, NULL, NULL);
}

static long
serve(Scene *scene, const char *request)
{
	cleanup_free char *fds = mem_printf("/proc/%d/fd", (int) scene->keeper);
	char verb[16];
	char name[64];
	long count = 0;

	if (sscanf(request, "%15s %63s", verb, name) == 2)
		return ask_group(verb, name);
	if (strcmp(request, "fds") == 0)
		return count_entries(fds);
	if (strcmp(request, "children") == 0)
		return count_children(scene->keeper);
	if (strcmp(request, "groups") == 0)
		return count_groups();
	if (strcmp(request, "members") == 0)
		return count_members();
	if (strcmp(request, "hierarchies") == 0)
		return (long) scene_groups(SCENE_GROUP, NULL, NULL);
	if (strcmp(request, "strangers") == 0)
		return make_strangers();
	if (strcmp(request, "neighbours") == 0)
		return neighbours_are_the_same() && strangers_are_there();
	if (strcmp(request, "second") == 0)
		return run_second(scene);
	if (strcmp(request, "survivor") == 0)
		return read_survivor(scene);
	if (strcmp(request, "blunt") == 0)
		scene_groups(SCENE_GROUP "/slot-0", blunt, &count);
	else if (strcmp(request, "sharpen") == 0)
		scene_groups(SCENE_GROUP "/slot-0", sharpen, &count);
	else if (strcmp(request, "terminate") == 0)
		return kill(scene->keeper, SIGTERM);
	else if (strcmp(request, "crash") == 0)
		return kill(scene->keeper, SIGKILL);
	return count;
}

/* ---- scenes ---- */

static const char *const arguments[] = {"--name=" SCENE_EXECUTOR, "--slots=64", "--drain-timeout=1s",
										"--job-user=nobody", NULL};

static int
play(Scene *scene, const char *act)
{
	int status;

	scene_save_count(scene->folder, tap_count, tap_failed);
	status = scene_play(scene, act, arguments, serve);
	scene_load_count(scene->folder, &tap_count, &tap_failed);
	return status;
}

/* A keeper that is killed, and those that come after it. */
static void
play_successions(Scene *scene)
{
	pid_t survivor;

	play(scene, "crash");
	survivor = (pid_t) read_survivor(scene);
	ok(play(scene, "after") == 0, "the keeper that came after a killed one leaves with status 0");
	ok(!pid_is_gone(survivor) && scene_groups(SCENE_GROUP "/slot-0", NULL, NULL) == hierarchies,
	   "and what was there stays");
	if (survivor > 1)
		kill(survivor, SIGKILL);
	while (!pid_is_gone(survivor))
		usleep(10000);
	ok(play(scene, "again") == 0 && scene_groups(SCENE_GROUP, NULL, NULL) == 0,
	   "until it is empty: then the next keeper leaves nothing");
	ok(strangers_are_there(), "nobody else's group was touched");
}

static void
play_scene(const char *name)
{
	const char *size = getenv("JOBGRID_TEST_SIZE");
	Scene scene = {.folder = scene_folder()};
	int status;

	printf("# %s\n", name);
	if (size != NULL && strcmp(size, "long") == 0)
		setenv("SCENE_JOBS", "25000", 1);
	else
		setenv("SCENE_JOBS", strcmp(name, SCENE_AS_IT_IS) == 0 ? "1000" : "200", 1);
	status = play(&scene, "all");
	ok(status == 0, "%s: the keeper leaves with status 0 (%d)", name, status);
	ok(scene_groups(SCENE_GROUP, NULL, NULL) == 0, "and leaves no group");
	if (hierarchies > 0)
		play_successions(&scene);
	remove_strangers();
	scene_remove(scene.folder);
}

int
main(int argc, char **argv)
{
	(void) argc;
	if (strstr(argv[0], "jobgrid-agent") != NULL)
		return run_as_agent(getenv("JOBGRID_WORK_DIR"));
	return scene_run_all(play_scene, &tap_count, &tap_failed) ? done_testing() : 0;
}
