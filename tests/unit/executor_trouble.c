/*
 * The real keeper in trouble: leases that are over, disks that are full or broken, processes that cannot be killed.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/acts.h"
#include "mem.h"
#include "tap.h"

/* ---- leases ---- */

/* The machine has slept for an hour, and the agent's renewal is read before the keeper looks at its clock. */
static void
renew_too_late(void)
{
	AttemptKey fenced = start_waiting("late", (Wish){.flags = START_FENCED});

	lease(clock_now_us() + 60 * INT64_C(1000000));
	report(wait_ended(start_command("true"))->key);
	write_file("fault.boottime", "3600");
	lease(clock_now_us() + 3660 * INT64_C(1000000));
	ok(ended_as(wait_ended(fenced), EVENT_FENCED, -1, SIGKILL), "a renewal that comes too late does not save it");
	report(fenced);
	remove_file("fault.boottime");
}

static void
act_lease(void)
{
	AttemptKey fenced = start_waiting("fenced", (Wish){.flags = START_FENCED});
	AttemptKey other = start_waiting("kept", (Wish){.timeout_ms = 0});
	int64_t now = clock_now_us();
	Seen *s;

	lease(now + 400000);
	lease(now + 1200000);
	while (clock_now_us() < now + 800000)
		turn();
	ok(!seen_of(&fenced)->ended, "a lease that was renewed does not end early");
	s = wait_ended(fenced);
	ok(ended_as(s, EVENT_FENCED, -1, SIGKILL) && s->end.ended_at >= now + 1200000,
	   "when it is over, the job is killed");
	ok(!seen_of(&other)->ended && !process_is_gone(pid_in("kept.pid")), "another, which nobody else may run, runs on");
	report(fenced);
	fenced = start_wish(&(Wish){.command = "true", .flags = START_FENCED});
	ok(ended_as(wait_ended(fenced), EVENT_RETURNED, -1, 0), "one that comes when it is over is given back: %s",
	   seen_of(&fenced)->text);
	report(fenced);
	lease(clock_now_us() + 60000000);
	fenced = start_wish(&(Wish){.command = "exit 2", .flags = START_FENCED});
	ok(ended_as(wait_ended(fenced), EVENT_EXITED, 2, 0), "with a new lease it runs");
	report(fenced);
	write_file("go", "");
	wait_ended(other);
	report(other);
	remove_file("go");
	renew_too_late();
	leave();
}

/* ---- disks ---- */

static void
act_grouping(void)
{
	AttemptKey keys[100];
	size_t before;
	int wrong = 0;

	/* All are there when the keeper looks. */
	kill(getppid(), SIGSTOP);
	for (int i = 0; i < 100; i++)
		keys[i] = start_wish(&(Wish){.command = WAIT_FOR_GO, .directory = folder});
	before = size_of("syncs");
	kill(getppid(), SIGCONT);
	for (int i = 0; i < 100; i++)
		wait_started(keys[i]);
	ok(size_of("syncs") - before == 1, "a batch of 100 starts costs %zu sync", size_of("syncs") - before);
	write_file("go", "");
	for (int i = 0; i < 100; i++)
		wrong += !ended_as(wait_ended(keys[i]), EVENT_EXITED, 0, 0);
	ok(wrong == 0, "and all of them run");
	for (int i = 0; i < 100; i++)
		report(keys[i]);
	remove_file("go");
	leave();
}

static void
act_no_space(void)
{
	char number[16];
	AttemptKey running = start_waiting("kept", (Wish){.timeout_ms = 0});
	AttemptKey refused;
	AttemptKey later;

	snprintf(number, sizeof(number), "%d", ENOSPC);
	write_file("fault.write", number);
	refused = start_command("true");
	ok(ended_as(wait_ended(refused), EVENT_RETURNED, -1, 0), "no space: a start is given back");
	until(heard.problem[0] != '\0');
	ok(strstr(heard.problem, "No space left") != NULL, "and the agent is told why: %s", heard.problem);
	later = start_command("true");
	ok(ended_as(wait_ended(later), EVENT_RETURNED, -1, 0), "so is every further one");
	write_file("go", "");
	ok(ended_as(wait_ended(running), EVENT_EXITED, 0, 0), "what runs goes on, and its end is told");
	remove_file("fault.write");
	until(heard.problem[0] == '\0');
	ok(heard.problem[0] == '\0', "when there is space again, that is told too");
	report(refused);
	report(later);
	later = start_command("exit 4");
	ok(ended_as(wait_ended(later), EVENT_EXITED, 4, 0), "and jobs are started");
	memory.keys[0] = running;
	memory.keys[1] = later;
	remove_file("go");
	die_with_keeper();
}

static void
act_after_no_space(void)
{
	ok(ended_as(seen_of(&memory.keys[0]), EVENT_EXITED, 0, 0) && ended_as(seen_of(&memory.keys[1]), EVENT_EXITED, 4, 0),
	   "the end that came while there was no space is on record by now");
	report(memory.keys[0]);
	report(memory.keys[1]);
	leave();
}

static void
act_broken_disk(void)
{
	char number[16];
	AttemptKey refused;

	memory.keys[0] = start_waiting("kept", (Wish){.timeout_ms = 0});
	snprintf(number, sizeof(number), "%d", EIO);
	write_file("fault.sync", number);
	refused = start_command("true");
	ok(ended_as(wait_ended(refused), EVENT_RETURNED, -1, 0), "EIO: a start is given back");
	until(heard.drain);
	ok(heard.drain && heard.problem[0] != '\0', "and the executor leaves: %s", heard.problem);
	remove_file("fault.sync");
	write_file("go", "");
	ok(ended_as(wait_ended(memory.keys[0]), EVENT_EXITED, 0, 0), "what runs may end, and is told");
	report(refused);
	report(memory.keys[0]);
	remove_file("go");
	note_end();
	until(heard.quit);
	_exit(0);
}

static void
act_after_broken_disk(void)
{
	Seen *all;

	/* START was on the disk, END was not believed to be. */
	ok(ended_as(wait_ended(memory.keys[0]), EVENT_LOST, -1, 0),
	   "the next keeper knows no better than that it was lost");
	for (size_t i = 0; i < seen_all(&all); i++)
		report(wait_ended(all[i].key)->key);
	leave();
}

/* More ends than the journal has room for. */
static void
act_full(void)
{
	static char name[900];
	static AttemptKey keys[900];
	int returned = 0;
	int n = 0;

	memset(name, 'x', sizeof(name) - 1);
	name[6] = '\n';
	while (n < 900 && heard.problem[0] == '\0')
	{
		keys[n] = start_wish(&(Wish){.command = "exit 1", .name = name});
		if (n >= 30)
			wait_ended(keys[n - 30]);
		n++;
	}
	ok(n > 200 && strstr(heard.problem, "full") != NULL, "after %d unreported ends: %s", n, heard.problem);
	for (int i = 0; i < n; i++)
		returned += wait_ended(keys[i])->end.event == EVENT_RETURNED;
	ok(returned > 0 && returned < 60, "what does not fit is given back (%d)", returned);
	for (int i = 0; i < n; i++)
		report(keys[i]);
	until(heard.problem[0] == '\0');
	keys[0] = start_wish(&(Wish){.command = "exit 1", .name = name});
	ok(ended_as(wait_ended(keys[0]), EVENT_EXITED, 1, 0), "when the ends are reported there is room again");
	report(keys[0]);
	leave();
}

/* ---- what cannot be killed ---- */

/* Until "go" is there; a disk that does not answer would hold it as well, and could not be had here. */
#define STUBBORN "trap \"\" TERM; echo $$ >%s/%s.pid; while [ ! -e %s/go ]; do sleep 0.05; done"

static void
act_unkillable(void)
{
	cleanup_free char *command = mem_printf(STUBBORN "; exit 6", folder, "main", folder);
	cleanup_free char *left = mem_printf("sh -c '" STUBBORN "' >/dev/null 2>&1 &", folder, "left", folder);
	AttemptKey key = start_command(command);
	AttemptKey leaves;

	write_file("fault.kill", "");
	until(pid_in("main.pid") > 0);
	leaves = start_command(left);
	until(pid_in("left.pid") > 0);
	order(key, ORDER_CANCEL, 1, 1, 0, 0);
	until(seen_of(&key)->stuck && seen_of(&leaves)->stuck);
	ok(seen_of(&key)->stuck && !seen_of(&key)->ended && strstr(seen_of(&key)->text, "cannot be killed") != NULL,
	   "what cannot be killed is told: %s", seen_of(&key)->text);
	ok(seen_of(&leaves)->stuck && !seen_of(&leaves)->ended, "so is what a job leaves behind: %s",
	   seen_of(&leaves)->text);
	ok(!process_is_gone(pid_in("main.pid")) && !process_is_gone(pid_in("left.pid")), "they are there");
	write_file("go", "");
	ok(ended_as(wait_ended(key), EVENT_CANCELLED, 6, 0), "the end is told when it comes");
	ok(ended_as(wait_ended(leaves), EVENT_EXITED, 0, 0), "of the other its own, which came before");
	report(key);
	report(leaves);
	remove_file("fault.kill");
	remove_file("go");
	leave();
}

/* ---- all acts ---- */

static const Act acts[] = {
	{"lease", act_lease, LEFT, NULL},
	{"grouping", act_grouping, LEFT, NULL},
	{"no space", act_no_space, KILLED, NULL},
	{"after no space", act_after_no_space, LEFT, NULL},
	{"broken disk", act_broken_disk, LEFT_IN_TROUBLE, NULL},
	{"after broken disk", act_after_broken_disk, LEFT, NULL},
	{"full", act_full, LEFT, NULL},
	{"unkillable", act_unkillable, LEFT, NULL},
};

int
main(int argc, char **argv)
{
	(void) argc;
	return play_acts(argv[0], acts, sizeof(acts) / sizeof(acts[0]));
}
