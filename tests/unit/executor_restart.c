/*
 * What survives the keeper: the real one is killed, with its agent, at every bad moment, and the next one must tell the
 * truth about every attempt, take over what runs, kill what must not, and signal nobody else.  Then disks that are full
 * or broken, leases that are over, and processes that cannot be killed.
 *
 * An act is one run of the keeper in the same work directory, played by its agent; what happens while there is no keeper
 * stands in `after`.
 */
#include "lib/fake_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/journal_record.h"
#include "mem.h"
#include "specblock.h"
#include "tap.h"

static const char *folder;

/* ---- files that jobs and tests meet at ---- */

static char *
path_of(const char *name)
{
	return mem_printf("%s/%s", folder, name);
}

static void
write_file(const char *name, const char *text)
{
	cleanup_free char *path = path_of(name);
	cleanup_fclose FILE *f = fopen(path, "we");

	if (f == NULL || fputs(text, f) < 0)
		abort();
}

static bool
exists(const char *name)
{
	cleanup_free char *path = path_of(name);

	return access(path, F_OK) == 0;
}

static void
remove_file(const char *name)
{
	cleanup_free char *path = path_of(name);

	unlink(path);
}

static size_t
size_of(const char *name)
{
	cleanup_free char *path = path_of(name);
	struct stat st;

	return stat(path, &st) == 0 ? (size_t) st.st_size : 0;
}

/* The process id that a job has written, when all of it is there. */
static pid_t
pid_in(const char *name)
{
	cleanup_free char *path = path_of(name);
	cleanup_fclose FILE *f = fopen(path, "re");
	char line[32] = "";

	return f != NULL && fgets(line, sizeof(line), f) != NULL && strchr(line, '\n') != NULL ? (pid_t) atoi(line) : 0;
}

static bool
has_directory(AttemptKey key)
{
	cleanup_free char *path = run_directory_path(folder, &key, NULL);

	return access(path, F_OK) == 0;
}

/* A job that writes its number to NAME.pid, then does as told. */
static AttemptKey
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

/* Prints nothing: after its keeper's death nobody reads. */
#define WAIT_FOR_GO "while [ ! -e go ]; do sleep 0.05; done"

static AttemptKey
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

static void
kill_job(const char *pid_file)
{
	pid_t pid = pid_in(pid_file);

	kill(pid, SIGKILL);
	wait_until_gone(pid);
}

/* ---- how an act ends ---- */

static void
note_end(void)
{
	memory.round++;
	remember(folder);
}

static void
die_with_keeper(void)
{
	note_end();
	kill(getppid(), SIGKILL);
	_exit(0);
}

static void
leave(void)
{
	note_end();
	kill(getppid(), SIGTERM);
	until(heard.quit);
	_exit(0);
}

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
	memory.keys[KEPT] = start_waiting("kept", (Wish){.name = "tenant\nkept"});
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
	ok(seen_count == 1 && ended_as(seen_of(&memory.keys[0]), EVENT_EXITED, 3, 0),
	   "a third keeper knows the one end that was not reported, and nothing else (%zu)", seen_count);
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
	memory.keys[0] = (AttemptKey){.run_id = ++memory.next_run, .attempt = 1, .fence = 7};
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

static void
start_stranger(void)
{
	stranger = fork();
	if (stranger == 0)
	{
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

/* ---- leases ---- */

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
	/* START was on the disk, END was not believed to be. */
	ok(ended_as(wait_ended(memory.keys[0]), EVENT_LOST, -1, 0),
	   "the next keeper knows no better than that it was lost");
	for (size_t i = 0; i < seen_count; i++)
		report(wait_ended(seen[i].key)->key);
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
	memcpy(name, "tenant\n", 7);
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

static void
act_unkillable(void)
{
	cleanup_free char *helper = path_of("jobgrid-unkillable");
	cleanup_free char *command = mem_printf("exec %s main", helper);
	cleanup_free char *left =
		mem_printf("%s left >/dev/null 2>&1 & while [ ! -e %s/left.pid ]; do sleep 0.05; done", helper, folder);
	AttemptKey key = start_command(command);
	AttemptKey leaves = start_command(left);

	until(pid_in("main.pid") > 0);
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
	remove_file("go");
	leave();
}

/* Not the job's user any more, so nobody but root can signal it. */
static int
run_as_unkillable(const char *self, const char *name)
{
	cleanup_free char *file = mem_printf("%s.pid", name);
	cleanup_free char *where = mem_strndup(self, (size_t) (strrchr(self, '/') - self));
	cleanup_free char *number = NULL;

	folder = where;
	if (setgid(0) < 0 || setuid(0) < 0)
		return 1;
	signal(SIGTERM, SIG_IGN);
	number = mem_printf("%d\n", (int) getpid());
	write_file(file, number);
	while (!exists("go"))
		usleep(20000);
	_exit(6); /* the leak checker may not look at such a process */
}

/* ---- all acts ---- */

typedef enum Ending
{
	KILLED,
	LEFT,
	LEFT_IN_TROUBLE
} Ending;

static const struct
{
	const char *name;
	void (*play)(void);
	Ending ending;
	void (*after)(void); /* while there is no keeper */
} acts[] = {
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
	{"lease", act_lease, LEFT, NULL},
	{"grouping", act_grouping, LEFT, NULL},
	{"no space", act_no_space, KILLED, NULL},
	{"after no space", act_after_no_space, LEFT, NULL},
	{"broken disk", act_broken_disk, LEFT_IN_TROUBLE, NULL},
	{"after broken disk", act_after_broken_disk, LEFT, NULL},
	{"full", act_full, LEFT, NULL},
	{"unkillable", act_unkillable, LEFT, NULL},
};

#define ACTS (sizeof(acts) / sizeof(acts[0]))

static bool
ended_well(int status, Ending ending)
{
	if (ending == KILLED)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	return WIFEXITED(status) && WEXITSTATUS(status) == (ending == LEFT ? 0 : 1);
}

static void
play(size_t i)
{
	static char *const arguments[] = {"--slots=128", NULL};
	int status = -1;

	memory.act = (int) i;
	memory.round = 0;
	remember(folder);
	waitpid(start_keeper(folder, arguments), &status, 0);
	recall(folder);
	ok(memory.round == 1 && ended_well(status, acts[i].ending), "act \"%s\" ends as it should (%d)", acts[i].name,
	   status);
	if (acts[i].after != NULL)
		acts[i].after();
}

static int
run_as_agent(void)
{
	folder = getenv("JOBGRID_WORK_DIR");
	recall(folder);
	until(heard.synced);
	acts[memory.act].play();
	return 1;
}

int
main(int argc, char **argv)
{
	cleanup_free char *fresh = NULL;
	bool root = geteuid() == 0;

	if (argc == 2 && strstr(argv[0], "jobgrid-unkillable") != NULL)
		return run_as_unkillable(argv[0], argv[1]);
	if (strstr(argv[0], "jobgrid-agent") != NULL)
		return run_as_agent();
	fresh = make_folder("jobgrid-unkillable");
	folder = fresh;
	for (size_t i = 0; i < ACTS - !root; i++)
		play(i);
	if (!root)
		ok(true, "# skip only root can make a process that cannot be killed");
	remove_folder(folder);
	return done_testing();
}
