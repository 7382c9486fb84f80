/*
 * What jobs are held to, and what is said of it: memory, processor, processes, files, network; usage while a job runs and
 * at its end.  In each kind of node that this one can show.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "enforce.h"
#include "groups.h"
#include "mem.h"
#include "node_keeper.h"
#include "tap.h"

/* The quota and the weight of the slot's group, as a multiple of what is usual; a quota of 0.2 cores makes it 1. */
static long
read_shares(void)
{
	long quota = groups_number("slot-0", "cpu.cfs_quota_us");
	long shares = groups_number("slot-0", "cpu.shares");

	if (shares < 0)
	{
		quota = groups_number("slot-0", "cpu.max");
		return quota == 20000 || quota == -2 ? groups_number("slot-0", "cpu.weight") / 100 : -1;
	}
	return quota == 20000 || quota == -1 ? shares / 1024 : -1;
}

static long
size_of_large(void)
{
	cleanup_fclose FILE *f = fopen(node_path("home/jobs/large"), "re");

	return f != NULL && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
}

#define MB INT64_C(1048576)

static Seen *
run_job(const char *command, SpecNumbers numbers)
{
	AttemptKey key = start_wish(&(Wish){.command = command, .grace_ms = 1000, .numbers = numbers});
	Seen *s = wait_ended(key);

	report(key);
	return s;
}

static bool
output_has(const Seen *s, int stream, const char *text)
{
	bool good = strstr(buf_text(&s->out[stream]), text) != NULL;

	if (!good)
		printf("# printed \"%s\"\n", buf_text(&s->out[stream]));
	return good;
}

/* A line that never ends is kept in memory. */
#define HOG "exec tail /dev/zero"

static void
act_memory(void)
{
	const SpecNumbers limit = {.memory = 32 * MB};
	Seen *s = run_job(HOG, limit);

	ok(ended_as(s, EVENT_OOM_KILLED, -1, SIGKILL) && strstr(s->text, "33554432") != NULL,
	   "more memory than the job may: %s", s->text);
	ok(s->end.max_rss_kb > 16 * 1024 && s->end.max_rss_kb <= 34 * 1024, "max_rss tells: %" PRId64 " kB",
	   s->end.max_rss_kb);
	s = run_job("tail /dev/zero; exit 0", limit);
	ok(s->ended && s->end.event == EVENT_OOM_KILLED, "one process of it was killed: its own exit does not count");
	s = run_job("kill -9 $$", limit);
	ok(ended_as(s, EVENT_SIGNALLED, -1, SIGKILL) && s->text[0] == '\0', "an ordinary SIGKILL is a signal");
	s = run_job("head -c 20000000 /dev/zero | tail -c 20000000 | wc -c", limit);
	ok(ended_as(s, EVENT_EXITED, 0, 0) && printed(s, 0, "20000000\n"), "the next job of the slot has all of its own");
	s = run_job("head -c 60000000 /dev/zero | tail -c 60000000 | wc -c", (SpecNumbers){0});
	ok(ended_as(s, EVENT_EXITED, 0, 0) && printed(s, 0, "60000000\n"), "and one without a limit is not held to it");
}

/* Where nothing holds the job as a whole, allocation fails. */
static void
act_memory_by_resource(void)
{
	Seen *s = run_job("ulimit -d; exec tail /dev/zero", (SpecNumbers){.memory = 32 * MB});

	ok(ended_as(s, EVENT_EXITED, 1, 0) && printed(s, 0, "32768\n"),
	   "without a controller, memory is what a process may have");
}

static void
act_cpu(void)
{
	static const char burn[] = "while :; do :; done";
	AttemptKey key =
		start_wish(&(Wish){.command = burn, .timeout_ms = 3000, .grace_ms = 1000, .numbers = {.cpu_milli = 200}});
	Seen *s;
	double used;

	wait_started(key);
	ok(read_shares() == 1, "the quota is in the group's files, the weight is the usual one");
	s = wait_ended(key);
	used = (double) s->end.cpu_us / (double) s->end.run_us;
	ok(ended_as(s, EVENT_TIMED_OUT, -1, SIGTERM) && used > 0.05 && used < 0.4, "0.2 cores: %.2f", used);
	report(key);
	key = start_wish(&(Wish){.command = "sleep 1000", .grace_ms = 1000, .numbers = {.cpu_weight = 300}});
	wait_started(key);
	ok(read_shares() == 3, "a weight, and no quota any more");
	order(key, ORDER_CANCEL, 1, 1, 0, 1000);
	wait_ended(key);
	report(key);
}

static void
act_processes(void)
{
	/* A shell that cannot fork says so and ends. */
	static const char fork_ten[] = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 5 & done; echo all";
	Seen *s = run_job(fork_ten, (SpecNumbers){.processes = 5});

	ok(s->ended && s->end.exit_code != 0 && !strstr(buf_text(&s->out[0]), "all"), "more processes than the job may");
	if (node_offers("limit.processes"))
	{
		s = run_job(fork_ten, (SpecNumbers){.processes = 11});
		ok(ended_as(s, EVENT_EXITED, 0, 0) && printed(s, 0, "all\n"), "as many as it may");
		s = run_job("exec true", (SpecNumbers){.processes = 1});
		ok(ended_as(s, EVENT_EXITED, 0, 0), "one");
	}
	s = run_job(fork_ten, (SpecNumbers){0});
	ok(ended_as(s, EVENT_EXITED, 0, 0) && printed(s, 0, "all\n"), "without a limit");
}

static void
act_files(void)
{
	AttemptKey key = start_wish(&(Wish){.command = "ulimit -Sn; ulimit -Hn; exec head -c 5000000 /dev/zero >large",
										.directory = node_path("home/jobs"),
										.numbers = {.open_files = 32, .file_size = 2 * MB}});
	Seen *s = wait_ended(key);
	struct rlimit own;
	rlim_t number;

	ok(ended_as(s, EVENT_SIGNALLED, -1, SIGXFSZ), "a file larger than it may be");
	ok(printed(s, 0, "32\n32\n"), "open files");
	ok(size_of_large() == 2 * MB, "the file has the size it may have");
	report(key);
	prlimit(node_keeper, RLIMIT_NOFILE, NULL, &own);
	s = run_job("ulimit -n", (SpecNumbers){.open_files = 1000000});
	number = (rlim_t) atol(buf_text(&s->out[0]));
	ok(number == 1000000 || number == own.rlim_max,
	   "more open files than there may be are as many as there may be: %lu", (unsigned long) number);
}

static void
act_network(void)
{
	static const char look[] = "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | sort | tr '\\n' ' '; id -u;"
							   "perl -MSocket -e 'socket($s, PF_INET, SOCK_STREAM, 0);"
							   " connect($s, sockaddr_in(9, inet_aton(q(127.0.0.1)))) or print $!'";
	Seen *s = run_job(look, (SpecNumbers){.flags = SPEC_NO_NETWORK});

	if (!node_offers("limit.network"))
	{
		ok(ended_as(s, EVENT_SETUP_FAILED, -1, 0) && strstr(s->text, "network") != NULL,
		   "without network, where that is not to be had: %s", s->text);
		ok(!s->started && buf_text(&s->out[0])[0] == '\0', "it has not run");
		return;
	}
	ok(ended_as(s, EVENT_EXITED, 0, 0) && printed(s, 0, "lo 3002\nNetwork is unreachable"), "without network");
	s = run_job(look, (SpecNumbers){0});
	ok(ended_as(s, EVENT_EXITED, 0, 0) && output_has(s, 0, "Connection refused"), "with it");
}

/* What nobody has waited for counts, and of two large processes both do. */
static void
act_usage(void)
{
	Seen *s = run_job("(setsid timeout 1 sh -c 'while :; do :; done' &) ; sleep 1.5", (SpecNumbers){0});

	/* Without a group nobody knows of it any more. */
	if (node_offers("contain.cgroup"))
		ok(s->end.cpu_us > 150000, "CPU time of what nobody waited for: %.2f s", (double) s->end.cpu_us / 1e6);
	s = run_job("hold() { exec perl -e '$x = q(x) x 25000000; sleep 2'; }; hold & hold & wait", (SpecNumbers){0});
	ok(s->end.max_rss_kb > (node_offers("limit.memory") ? 48000 : 24000) && s->end.max_rss_kb < 150000,
	   "memory of two processes: %" PRId64 " kB", s->end.max_rss_kb);
}

static AttemptKey
begin_measured(void)
{
	return start_wish(
		&(Wish){.command = "perl -e '$x = q(x) x 30000000; 1 while times < 1; sleep 1000' & while :; do sleep 1; done",
				.grace_ms = 1000,
				.numbers = {.cpu_milli = 500}});
}

static void
end_measured(AttemptKey key)
{
	Seen *s = seen_of(&key);

	until(s->usages > 0 && s->usage.cpu_us > 500000 && s->usage.rss_kb > 30000);
	ok(s->usage.cpu_us > 500000 && s->usage.cpu_us < 60000000 && s->usage.rss_kb > 30000 && s->usage.rss_kb < 200000,
	   "the agent is told of usage: %.1f s, %" PRId64 " kB", (double) s->usage.cpu_us / 1e6, s->usage.rss_kb);
	order(key, ORDER_CANCEL, 1, 1, 0, 1000);
	wait_ended(key);
	report(key);
}

/* Whoever keeps a thousand jobs needs thousands of descriptors; a job needs what it is used to. */
static void
act_descriptors(const char *when)
{
	struct rlimit own;
	struct rlimit keeper;
	Seen *s = run_job("ulimit -Sn; ulimit -n 600; ulimit -Sn", (SpecNumbers){0});

	getrlimit(RLIMIT_NOFILE, &own);
	prlimit(node_keeper, RLIMIT_NOFILE, NULL, &keeper);
	ok(keeper.rlim_cur == keeper.rlim_max && own.rlim_cur == 500, "%s: the keeper may open as many files as it may",
	   when);
	ok(printed(s, 0, "500\n600\n"), "and a job gets what there was before, and may raise it");
}

/* Root in a container often may not. */
static bool
may_lower_score(void)
{
	return system("sh -c 'echo -900 >/proc/self/oom_score_adj' 2>/dev/null") == 0;
}

static void
act_spared(void)
{
	cleanup_free char *path = mem_printf("/proc/%d/oom_score_adj", (int) node_keeper);
	cleanup_fclose FILE *own = fopen("/proc/self/oom_score_adj", "re");
	cleanup_fclose FILE *keeper = fopen(path, "re");
	Seen *s = run_job("cat /proc/self/oom_score_adj", (SpecNumbers){0});
	int before = 0;
	int now = 0;

	ok(own != NULL && keeper != NULL && fscanf(own, "%d", &before) == 1 && fscanf(keeper, "%d", &now) == 1 &&
		   now == (may_lower_score() ? -900 : before),
	   "the keeper is among the last that the kernel ends for want of memory: %d", now);
	ok(atoi(buf_text(&s->out[0])) == before, "and its jobs are not: %s", buf_text(&s->out[0]));
}

/* ---- scenes ---- */

/* Root that may not have a network namespace, as in most containers. */
static void
drop_admin(void)
{
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) < 0)
		_exit(1);
}

static void
check_offer(long words)
{
	unsigned set = 0;
	cleanup_buf Buf text = {0};

	for (int what = 0; what < ENFORCE_END; what++)
	{
		buf_reset(&text);
		enforce_put(&text, ENFORCE_BIT(what));
		set |= node_offers(buf_text(&text)) ? ENFORCE_BIT(what) : 0;
	}
	ok(words < 0 || words == (long) (set & ~ENFORCE_BIT(ENFORCE_IO)),
	   "what is enforced is said, and is what such a node can enforce: %s", strchr(heard.offer, '\n') + 1);
}

static void
play(const char *scene, unsigned without)
{
	AttemptKey measured;

	node_start(NULL);
	check_offer(groups_words(~without));
	if (node_offers("limit.memory"))
		act_memory();
	else
		act_memory_by_resource();
	if (node_offers("limit.cpu"))
		act_cpu();
	measured = begin_measured();
	act_processes();
	act_files();
	act_network();
	act_usage();
	act_spared();
	act_descriptors("a keeper");
	end_measured(measured);
	node_replace();
	act_descriptors("another program in its place");
	act_spared();
	ok(node_stop() == 0 && groups_find(groups_ours(NULL), NULL, NULL) == 0,
	   "%s: the keeper leaves with status 0, and no group", scene);
}

static void
play_unplugged(void)
{
	long words = groups_words(~0u);

	printf("# without the right to a network namespace\n");
	node_before = drop_admin;
	node_start(NULL);
	check_offer(words >= 0 ? words & ~(long) ENFORCE_BIT(ENFORCE_NETWORK) : -1);
	act_network();
	ok(node_stop() == 0, "the keeper leaves with status 0");
}

int
main(void)
{
	struct rlimit files;

	node_enter();
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = 500;
	setrlimit(RLIMIT_NOFILE, &files);
	groups_play(play);
	play_unplugged();
	node_leave();
	return done_testing();
}
