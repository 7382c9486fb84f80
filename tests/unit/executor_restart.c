/*
 * What survives the keeper: the real one is killed, with its agent, at every bad moment, and the next one must tell the
 * truth about every attempt, take over what runs, kill what must not, and signal nobody else.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/journal_record.h"
#include "lib/acts.h"
#include "mem.h"
#include "specblock.h"
#include "tap.h"

/* ---- a keeper that dies with jobs in every state ---- */

enum
{
	KEPT,
	TIMED,
	CANCELLED,
	FENCED,
	ENDED,
	REPORTED,
	GONE,
	ORPHANED,
	FAILED
};

static bool
has_directory(AttemptKey key)
{
	cleanup_free char *path = run_directory_path(folder, &key, NULL);

	return access(path, F_OK) == 0;
}

static void
act_begin(void)
{
	cleanup_free char *grandchild = mem_printf("setsid sh -c 'echo $$ >%s/grandchild.pid; exec sleep 1000' & "
											   "while :; do sleep 0.05; done",
											   folder);
	cleanup_free char *orphan = mem_printf("setsid sh -c 'echo $$ >%s/orphan.pid; exec sleep 1000' >/dev/null 2>&1 & "
										   "while :; do sleep 0.05; done",
										   folder);

	memcpy(memory.uuids[0], heard.welcome.journal, 16);
	memcpy(memory.uuids[1], heard.welcome.instance, 16);
	memory.keys[KEPT] = start_waiting("kept", (Wish){.name = "tenant\nkept", .parameters = 10});
	memory.keys[CANCELLED] = start_waiting("cancelled", (Wish){.timeout_ms = 0});
	memory.keys[FENCED] = start_named("fenced", grandchild, (Wish){.flags = START_FENCED});
	until(pid_in("grandchild.pid") > 0);
	memory.keys[ENDED] = start_command("exit 8");
	wait_ended(memory.keys[ENDED]);
	memory.keys[FAILED] = start_wish(&(Wish){.program = "/nothing/here"});
	wait_ended(memory.keys[FAILED]);
	memory.keys[REPORTED] = start_command("exit 9");
	wait_ended(memory.keys[REPORTED]);
	report(memory.keys[REPORTED]);
	memory.keys[GONE] = start_waiting("gone", (Wish){.timeout_ms = 0});
	memory.keys[ORPHANED] = start_named("leader", orphan, (Wish){.timeout_ms = 0});
	until(pid_in("orphan.pid") > 0);
	memory.keys[TIMED] = start_waiting("timed", (Wish){.timeout_ms = 5000});
	memory.numbers[0] = wait_started(memory.keys[TIMED])->start.started_at;
	die_with_keeper();
}

static void
while_there_is_no_keeper(void)
{
	kill_job("gone.pid");
	kill_job("leader.pid");
}

static void
check_ends(void)
{
	Seen *s = seen_of(&memory.keys[ENDED]);

	ok(s->known && !s->started && ended_as(s, EVENT_EXITED, 8, 0) && strcmp(s->name, "tenant\njob") == 0,
	   "an end that was not reported is told again, with its exit code");
	s = seen_of(&memory.keys[FAILED]);
	ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "/nothing/here") != NULL, "and so is a failed start");
	ok(!seen_of(&memory.keys[REPORTED])->known, "what was reported is forgotten");
	ok(ended_as(wait_ended(memory.keys[GONE]), EVENT_LOST, -1, 0), "one that ended meanwhile is lost: %s",
	   seen_of(&memory.keys[GONE])->text);
	ok(!has_directory(memory.keys[GONE]), "its directory is gone");
	ok(ended_as(wait_ended(memory.keys[ORPHANED]), EVENT_LOST, -1, 0) && process_is_gone(pid_in("orphan.pid")),
	   "so is one whose main process ended, and what that left is killed");
	ok(ended_as(wait_ended(memory.keys[FENCED]), EVENT_LOST, -1, 0) && process_is_gone(pid_in("fenced.pid")) &&
		   process_is_gone(pid_in("grandchild.pid")),
	   "one that another node may run is killed at once, with everything of it");
}

static void
check_adopted(void)
{
	Seen *s = seen_of(&memory.keys[KEPT]);

	ok(s->known && s->started && !s->ended && s->start.streams == 0 && strcmp(s->name, "tenant\nkept") == 0,
	   "one that runs is taken over");
	ok(!process_is_gone(pid_in("kept.pid")) && has_directory(memory.keys[KEPT]), "runs on, and keeps its directory");
	order(memory.keys[CANCELLED], ORDER_CANCEL, 1, 1, 0, 30000);
	ok(ended_as(wait_ended(memory.keys[CANCELLED]), EVENT_CANCELLED, -1, 0) && process_is_gone(pid_in("cancelled.pid")),
	   "one can be cancelled");
	s = wait_ended(memory.keys[TIMED]);
	ok(ended_as(s, EVENT_TIMED_OUT, -1, 0) && process_is_gone(pid_in("timed.pid")), "one meets its time-out");
	ok(s->end.ended_at >= memory.numbers[0] + 4000000, "which counts from its start");
	ok(!seen_of(&memory.keys[KEPT])->ended, "meanwhile the other runs on");
	write_file("go", "");
	s = wait_ended(memory.keys[KEPT]);
	ok(ended_as(s, EVENT_LOST, -1, 0) && strstr(s->text, "restarted") != NULL, "its end is seen, and not how: %s",
	   s->text);
	ok(s->end.run_us > 0 && s->end.run_us < PATIENCE_US * 4, "but when");
	ok(!has_directory(memory.keys[KEPT]), "then its directory goes");
	remove_file("go");
}

static void
act_find(void)
{
	AttemptKey fresh;

	ok(memcmp(memory.uuids[0], heard.welcome.journal, 16) == 0, "the journal is the same");
	ok(memcmp(memory.uuids[1], heard.welcome.instance, 16) != 0, "the instance is a new one");
	check_ends();
	check_adopted();
	for (int i = KEPT; i <= FAILED; i++)
		report(memory.keys[i]);
	fresh = start_command("exit 3");
	ok(ended_as(wait_ended(fresh), EVENT_EXITED, 3, 0), "a new job runs");
	memory.keys[0] = fresh;
	die_with_keeper();
}

static void
act_nothing_left(void)
{
	Seen *all;
	size_t count = seen_all(&all);

	ok(count == 1 && ended_as(seen_of(&memory.keys[0]), EVENT_EXITED, 3, 0),
	   "a third keeper knows the one end that was not reported, and nothing else (%zu)", count);
	report(memory.keys[0]);
	leave();
}

/* ---- a keeper that dies between START and exec ---- */

/* What is to be remembered is written before the keeper can die. */
static void
start_and_die(const char *die)
{
	cleanup_free char *command = mem_printf("touch %s/ran", folder);

	remove_file("ran");
	memory.keys[0] = (AttemptKey){.run_id = next_run++, .attempt = 1, .fence = 7};
	note_end();
	write_file("fault.die", die);
	start_as(&memory.keys[0], &(Wish){.command = command});
	until(heard.closed);
	_exit(0);
}

static void
act_die_before_start(void)
{
	start_and_die("1");
}

static void
act_never_started(void)
{
	ok(!seen_of(&memory.keys[0])->known && !exists("ran"),
	   "killed before START is on record: it is not known, and has not run");
	leave();
}

static void
act_die_before_spawned(void)
{
	start_and_die("2");
}

static void
act_given_back(void)
{
	Seen *s = wait_ended(memory.keys[0]);

	ok(ended_as(s, EVENT_RETURNED, -1, 0) && !exists("ran"),
	   "killed after START and before its process is on record: it is given back, because it has not run");
	report(memory.keys[0]);
	leave();
}

static void
act_die_after_spawned(void)
{
	start_and_die("2+");
}

static void
act_may_have_run(void)
{
	ok(ended_as(wait_ended(memory.keys[0]), EVENT_LOST, -1, 0), "killed after that: nobody can know, and so it says");
	report(memory.keys[0]);
	leave();
}

static void
clear_faults(void)
{
	remove_file("fault.die");
}

/* ---- strangers ---- */

static pid_t stranger;

/* A job of another executor, whose database has given the same numbers. */
static void
start_stranger(void)
{
	stranger = fork();
	if (stranger == 0)
	{
		cleanup_free char *run = mem_printf("%" PRId64, memory.keys[0].run_id);
		cleanup_free char *number = mem_printf("%" PRId64, memory.keys[0].fence);

		setenv("JOBGRID_RUN_ID", run, 1);
		setenv("JOBGRID_FENCE", number, 1);
		setenv("JOBGRID_KEEPER", "1.2", 1);
		setsid();
		execl("/bin/sleep", "sleep", "1000", NULL);
		_exit(127);
	}
}

static void
act_fenced_job(void)
{
	memory.keys[0] = start_waiting("fenced", (Wish){.flags = START_FENCED});
	die_with_keeper();
}

typedef struct Rewriting
{
	Buf out;
	uint32_t seed;
	pid_t pid;
} Rewriting;

static void
rewrite_record(const JournalRecord *record, void *arg)
{
	Rewriting *r = arg;
	JournalRecord changed = *record;

	if (changed.type == JOURNAL_SPAWNED)
		changed.u.spawned.pid = r->pid;
	journal_encode(&changed, r->seed, &r->out);
}

/* Writes every journal anew, with another process in the place of the recorded. */
static int
replace_recorded_pid(pid_t pid)
{
	int done = 0;

	for (int i = 0; i < 2; i++)
	{
		cleanup_free char *path = mem_printf("%s/journal.%d", folder, i);
		cleanup_close int fd = open(path, O_RDWR);
		size_t size = size_of(i == 0 ? "journal.0" : "journal.1");
		cleanup_free char *image = mem_alloc(size);
		Rewriting r = {.pid = pid};
		JournalHeader header;
		JournalScan found;

		if (pread(fd, image, size, 0) != (ssize_t) size)
			abort();
		if (journal_decode_header(image, size, &header) != JOURNAL_HEADER_GOOD)
			continue;
		r.seed = journal_seed(&header);
		journal_scan(image, size, r.seed, rewrite_record, &r, &found);
		if (pwrite(fd, buf_text(&r.out), r.out.len, JOURNAL_RECORDS) != (ssize_t) r.out.len)
			abort();
		buf_free(&r.out);
		done++;
	}
	return done;
}

/* Its number now belongs to somebody else, as far as the journal knows. */
static void
give_number_away(void)
{
	kill_job("fenced.pid");
	/* A start time counts ticks of 10 ms; no number comes back that soon but here. */
	usleep(30000);
	start_stranger();
	ok(replace_recorded_pid(stranger) == 1, "a recorded number now belongs to another process");
}

static void
act_spare_stranger(void)
{
	ok(ended_as(wait_ended(memory.keys[0]), EVENT_LOST, -1, 0), "the attempt is lost");
	report(memory.keys[0]);
	leave();
}

static void
check_stranger(void)
{
	ok(kill(stranger, 0) == 0 && waitpid(stranger, NULL, WNOHANG) == 0, "and the stranger lives");
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
}

static void
act_another_boot(void)
{
	memory.keys[0] = start_waiting("kept", (Wish){.flags = START_FENCED});
	memory.keys[1] = start_command("exit 5");
	wait_ended(memory.keys[1]);
	die_with_keeper();
}

static void
change_boot(void)
{
	write_file("boot", "another boot id.");
}

static void
act_after_boot(void)
{
	Seen *s = wait_ended(memory.keys[0]);

	ok(ended_as(s, EVENT_LOST, -1, 0) && strstr(s->text, "machine") != NULL && s->end.run_us == 0,
	   "after a reboot what ran is lost: %s", s->text);
	ok(!process_is_gone(pid_in("kept.pid")), "no process is signalled: the number means nothing in this boot");
	ok(ended_as(seen_of(&memory.keys[1]), EVENT_EXITED, 5, 0) &&
		   seen_of(&memory.keys[1])->end.ended_at <= clock_now_us(),
	   "what had ended is told");
	report(memory.keys[0]);
	report(memory.keys[1]);
	kill_job("kept.pid");
	leave();
}

/* ---- all acts ---- */

static const Act acts[] = {
	{"begin", act_begin, KILLED, while_there_is_no_keeper},
	{"find", act_find, KILLED, NULL},
	{"nothing left", act_nothing_left, LEFT, NULL},
	{"die before START", act_die_before_start, KILLED, clear_faults},
	{"never started", act_never_started, LEFT, NULL},
	{"die before SPAWNED", act_die_before_spawned, KILLED, clear_faults},
	{"given back", act_given_back, LEFT, NULL},
	{"die after SPAWNED", act_die_after_spawned, KILLED, clear_faults},
	{"may have run", act_may_have_run, LEFT, NULL},
	{"fenced job", act_fenced_job, KILLED, give_number_away},
	{"spare stranger", act_spare_stranger, LEFT, check_stranger},
	{"another boot", act_another_boot, KILLED, change_boot},
	{"after boot", act_after_boot, LEFT, NULL},
};

int
main(int argc, char **argv)
{
	(void) argc;
	return play_acts(argv[0], acts, sizeof(acts) / sizeof(acts[0]));
}
