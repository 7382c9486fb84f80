/*
 * What jobs leave behind, and what a keeper does: nothing escapes, nothing stays, nobody else is touched; and another
 * program, or another keeper, finds jobs again in their groups.  In each kind of node that this one can show.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "enforce.h"
#include "groups.h"
#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

#define STRANGER "jobgrid-other"

/* ---- groups ---- */

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

	groups_find(groups_ours(NULL), count_below, &count);
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

	groups_find(groups_ours(NULL), sum_members, &count);
	return count;
}

static void
run_in(const char *path, void *arg)
{
	cleanup_free char *command = mem_printf("cd '%s' && %s", path, (const char *) arg);

	if (system(command) != 0)
		printf("# in %s: %s\n", path, (const char *) arg);
}

static long
left_members(int64_t run_id)
{
	cleanup_free char *name = mem_printf("left-%" PRId64 ".1", run_id);

	return groups_members(name);
}

static char *
left_path(int64_t run_id)
{
	cleanup_free char *name = mem_printf("left-%" PRId64 ".1", run_id);

	return mem_strdup(groups_ours(name));
}

static size_t
left_exists(int64_t run_id)
{
	cleanup_free char *group = left_path(run_id);

	return groups_find(group, NULL, NULL);
}

static void
see_populated(const char *path, void *arg)
{
	cleanup_free char *command =
		mem_printf("cd '%s' && test \"$(cat cgroup.procs)\" || grep -qs 'populated 1' cgroup.events", path);

	*(bool *) arg = *(bool *) arg || system(command) == 0;
}

static bool
left_is_populated(int64_t run_id)
{
	cleanup_free char *group = left_path(run_id);
	bool populated = false;

	groups_find(group, see_populated, &populated);
	return populated;
}

static void
left_end(int64_t run_id)
{
	cleanup_free char *group = left_path(run_id);

	groups_find(group, run_in, (void *) "{ echo 1 >cgroup.kill || kill -9 $(cat cgroup.procs) || true; } 2>/dev/null");
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

/* ---- strangers: groups beside ours ---- */

static pid_t stranger;
static char *neighbours;
static size_t hierarchies;

static void
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
	hierarchies = groups_find(groups_ours(NULL), run_in, command);
	neighbours = groups_neighbours();
}

static bool
strangers_are_there(void)
{
	return kill(stranger, 0) == 0 && groups_find("stranger/slot-0", NULL, NULL) == hierarchies &&
		   groups_find(STRANGER "/slot-0", NULL, NULL) == hierarchies &&
		   groups_find(STRANGER "/left-1.1", NULL, NULL) == hierarchies;
}

static void
remove_strangers(void)
{
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
	groups_find("stranger/slot-0", run_in, (void *) "cd .. && rmdir slot-0 ../stranger");
	groups_find(STRANGER "/slot-0", run_in, (void *) "cd .. && rmdir slot-0 left-1.1 ../" STRANGER);
	free(neighbours);
}

static bool
neighbours_are_the_same(void)
{
	cleanup_free char *now = groups_neighbours();

	if (strcmp(now, neighbours) == 0)
		return true;
	printf("# before:\n%s# now:\n%s", neighbours, now);
	return false;
}

/* ---- acts ---- */

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
		if (node_offers("contain.cgroup"))
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

	if (!node_offers("limit.processes"))
		return;
	/* Should all else fail, it ends by itself. */
	bomb = start_wish(&(Wish){
		.command =
			"exec perl -e '$| = 1; print qq($$\\n); my $end = time + 40; while (time < $end) { fork; select undef, undef, undef, 0.02 }'",
		.grace_ms = 1000,
		.numbers = {.processes = 60}});
	until(seen_of(&bomb)->out[0].len > 0);
	until(count_members() >= 60);
	ok(count_members() == 60, "a fork bomb has no more processes than its job may");
	other = start_command("exit 3");
	began = clock_now_us();
	ok(ended_as(wait_ended(other), EVENT_EXITED, 3, 0), "other jobs run beside it (%.1f s)",
	   (double) (clock_now_us() - began) / 1e6);
	order(bomb, ORDER_KILL, 0, 0, 0, 0);
	ok(ended_as(wait_ended(bomb), EVENT_SIGNALLED, -1, SIGKILL), "and it dies of one order");
	ok(count_members() == 0, "with all that it made");
	report(other);
	report(bomb);
	forget_all();
}

/* Where cgroup.kill is missing: here it is a file that swallows what is written to it. */
static void
act_blunt(void)
{
	AttemptKey key;
	long blunted = 0;
	long sharpened = 0;

	/* A group that has been killed is made anew when it is taken, and the file with it. */
	node_run(&(Wish){.command = "true", .grace_ms = 1000});
	groups_find(groups_ours("slot-0"), blunt, &blunted);
	if (blunted == 0)
		return;
	key = start_command(
		"setsid sh -c 'trap \"\" TERM; echo $$; exec >/dev/null 2>&1; while :; do sleep 1; done' & sleep 0.3");
	ok(ended_as(wait_ended(key), EVENT_EXITED, 0, 0) && is_gone(seen_of(&key)),
	   "without cgroup.kill the members are killed one by one");
	groups_find(groups_ours("slot-0"), sharpen, &sharpened);
	ok(sharpened == blunted, "the file is as it was (%ld, %ld)", sharpened, blunted);
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
	long fds = node_count_descriptors();
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
	until(node_count_children() == 1);
	ok(node_count_children() == 1, "leave no process and no zombie: the keeper has no child but its agent");
	ok(count_members() == 0, "no member in a group");
	until(node_count_descriptors() <= fds);
	ok(node_count_descriptors() <= fds, "no descriptor (%ld, %ld before)", node_count_descriptors(), fds);
	ok(count_groups() <= (long) groups_find(groups_ours(NULL), NULL, NULL) * WIDTH,
	   "no group but those of the slots they were in");
}

static void
check_left_groups(int64_t first, int64_t second)
{
	AttemptKey key;

	ok(left_members(first) == 1 && left_members(second) == 1, "each is in a group of its own");
	left_end(first);
	left_end(second);
	until(left_members(first) == 0 && left_members(second) == 0);
	key = start_command("true");
	wait_ended(key);
	report(key);
	ok(left_exists(first) == 0 && left_exists(second) == 0, "which is removed when that was ended");
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
	if (node_offers("contain.cgroup"))
		ok(is_gone(seen_of(&key)), "takes what is its own");
	ok(!process_is_gone(left), "and not what was left");
	report(daemon);
	report(holder);
	report(nothing);
	report(cancelled);
	report(key);
	if (node_offers("contain.cgroup"))
		check_left_groups(daemon.run_id, holder.run_id);
	else
	{
		kill(left, SIGKILL);
		kill((pid_t) atoi(buf_text(&seen_of(&holder)->out[0])), SIGKILL);
	}
	until(process_is_gone(left));
	forget_all();
}

/* Without their environment, in sessions of their own: nothing but the group tells whose they are. */
static AttemptKey
start_hidden(void)
{
	AttemptKey key =
		start_command("env -i /usr/bin/setsid /bin/sh -c 'echo $$; exec >/dev/null 2>&1; exec sleep 1000' &"
					  " exec sleep 1000");

	until(seen_of(&key)->out[0].len > 0);
	return key;
}

static void
act_successors(void)
{
	AttemptKey replaced = start_hidden();
	AttemptKey adopted = start_hidden();
	pid_t pids[2] = {(pid_t) atoi(buf_text(&seen_of(&replaced)->out[0])),
					 (pid_t) atoi(buf_text(&seen_of(&adopted)->out[0]))};

	node_replace();
	ok(count_members() == 4, "another program in the keeper's place leaves groups as they are");
	order(replaced, ORDER_CANCEL, 1, 1, 0, 1000);
	ok(ended_as(wait_ended(replaced), EVENT_CANCELLED, -1, SIGTERM) && process_is_gone(pids[0]) &&
		   !process_is_gone(pids[1]),
	   "and ends a job with all of it, and no other");
	report(replaced);
	node_run(&(Wish){.command = "true", .grace_ms = 1000});
	node_kill();
	ok(!process_is_gone(pids[1]), "the keeper dies, and a job runs on");
	node_start(NULL);
	order(adopted, ORDER_CANCEL, 1, 1, 0, 1000);
	ok(ended_as(wait_ended(adopted), EVENT_CANCELLED, -1, 0) && process_is_gone(pids[1]),
	   "the next one finds it in its group, and ends it with all of it");
	report(adopted);
	ok(ended_as(node_run(&(Wish){.command = "exit 6", .grace_ms = 1000}), EVENT_EXITED, 6, 0) && count_members() == 0,
	   "which is then of use again");
}

/* A slot whose job ended while nobody was there is still that job's, and nobody else's, when the next keeper comes. */
static void
act_taken_slots(void)
{
	AttemptKey before;
	AttemptKey stays;
	pid_t pid;

	/* The first job of a keeper is in the slot that the next keeper would make first. */
	node_kill();
	node_start(NULL);
	before = start_wish(&(Wish){.command = "echo $$; exec sleep 1000", .grace_ms = 1000});
	until(strchr(buf_text(&seen_of(&before)->out[0]), '\n') != NULL);
	pid = (pid_t) atoi(buf_text(&seen_of(&before)->out[0]));
	node_kill();
	kill(pid, SIGKILL);
	while (!process_is_gone(pid))
		usleep(10000);
	node_start(NULL);
	ok(ended_as(wait_ended(before), EVENT_LOST, -1, 0), "a job ends while there is no keeper");
	report(before);
	stays = start_hidden();
	pid = (pid_t) atoi(buf_text(&seen_of(&stays)->out[0]));
	for (int i = 0; i < 3; i++)
		node_run(&(Wish){.command = "true", .grace_ms = 1000});
	ok(!process_is_gone(pid) && !seen_of(&stays)->ended, "its slot is one slot: the jobs that come and go have others");
	order(stays, ORDER_CANCEL, 1, 1, 0, 1000);
	ok(ended_as(wait_ended(stays), EVENT_CANCELLED, -1, SIGTERM) && process_is_gone(pid), "until a job is to end");
	report(stays);
}

static void
remove_group(const char *path, void *arg)
{
	(void) arg;
	if (rmdir(path) < 0)
		printf("# could not remove %s\n", path);
}

/* Somebody has removed a slot: that is no fault of the job that would have it, nor of the next. */
static void
act_broken_slot(void)
{
	const Seen *s;

	node_run(&(Wish){.command = "true", .grace_ms = 1000});
	groups_find(groups_ours("slot-0"), remove_group, NULL);
	s = node_run(&(Wish){.command = "true", .grace_ms = 1000});
	ok(ended_as(s, EVENT_RETURNED, -1, 0) && strstr(s->text, "slot-0") != NULL, "a job without a group goes back");
	ok(strstr(heard.problem, "no job is started: could not open control group") != NULL, "%s", heard.problem);
	until(heard.problem[0] == '\0');
	ok(ended_as(node_run(&(Wish){.command = "exit 6", .grace_ms = 1000}), EVENT_EXITED, 6, 0),
	   "the next one has another");
}

/* What a leave_running job has left outlives keepers. */
static void
act_left_by_the_dead(void)
{
	AttemptKey key =
		start_wish(&(Wish){.command = "setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' & sleep 0.3",
						   .numbers = {.flags = SPEC_LEAVE_RUNNING}});
	pid_t left;

	wait_ended(key);
	left = (pid_t) atoi(buf_text(&seen_of(&key)->out[0]));
	report(key);
	node_run(&(Wish){.command = "true", .grace_ms = 1000});
	node_kill();
	node_start(NULL);
	node_run(&(Wish){.command = "true", .grace_ms = 1000});
	ok(!process_is_gone(left) && left_members(key.run_id) == 1, "what was left outlives the keeper, in its group");
	left_end(key.run_id);
	/* A process is gone a little earlier than it is out of its group. */
	while (!process_is_gone(left) || left_is_populated(key.run_id))
		usleep(10000);
}

/* ---- scenes ---- */

static bool
second_is_refused(void)
{
	cleanup_free char *command =
		mem_printf("'%s/jobgrid-executor' --name=%s --job-user=nobody --work-dir='%s/second' 2>&1"
				   " | grep -q 'another executor uses control group'",
				   node_folder, node_name(), node_folder);

	return system(command) == 0;
}

static int
job_count(const char *scene)
{
	const char *size = getenv("JOBGRID_TEST_SIZE");

	if (size != NULL && strcmp(size, "long") == 0)
		return 25000;
	return strcmp(scene, "the node as it is") == 0 ? 200 : 40;
}

static void
print_path(const char *path, void *arg)
{
	(void) arg;
	printf("# there is %s\n", path);
}

static void
play(const char *scene, unsigned without)
{
	long words = groups_words(~without);

	node_start(NULL);
	ok(node_offers("contain.cgroup") == ((words & (long) ENFORCE_BIT(ENFORCE_CONTAIN)) != 0),
	   "%s: what is offered says whether groups hold jobs", scene);
	make_strangers();
	act_left_behind();
	act_deaf();
	act_fork_bomb();
	if (without == 0)
		act_blunt();
	act_leave_running();
	act_many(job_count(scene));
	if (node_offers("contain.cgroup"))
	{
		ok(second_is_refused(), "a second keeper of this name is refused");
		act_successors();
		act_taken_slots();
		act_broken_slot();
		act_left_by_the_dead();
		ok(neighbours_are_the_same() && strangers_are_there(), "no group beside ours was made, removed or emptied");
	}
	ok(node_stop() == 0, "the keeper leaves with status 0");
	ok(groups_find(groups_ours(NULL), print_path, NULL) == 0, "and no group");
	remove_strangers();
}

int
main(void)
{
	node_enter();
	groups_play(play);
	node_leave();
	return done_testing();
}
