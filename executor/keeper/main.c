/*
 * main.c - the keeper: wires settings, signals, jobs and the agent together.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent_process.h"
#include "configure.h"
#include "confine.h"
#include "contain.h"
#include "drain.h"
#include "enforce.h"
#include "fence.h"
#include "guard.h"
#include "hierarchy.h"
#include "job.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "nodemap_file.h"
#include "privilege.h"
#include "problem.h"
#include "rundir.h"
#include "runner.h"
#include "shortage.h"
#include "spawn.h"
#include "state.h"
#include "upgrade.h"

typedef struct Keeper
{
	Loop *loop;
	char **argv;
	Configuration with;
	MsgWelcome welcome;
	bool resumed; /* another program was in this process before */
	Buf inherited;
	bool refused; /* the agent cannot work with these settings */
	int status;   /* to exit with */
} Keeper;

static Keeper keeper;

static State
inherited_state(void)
{
	return (State){.bytes = buf_text(&keeper.inherited), .len = keeper.inherited.len};
}

static void
agent_connected(void *arg)
{
	cleanup_buf Buf offer = {0};

	(void) arg;
	buf_printf(&offer, "%s\n%s%s", runner_kinds(), privilege_capabilities(),
			   privilege_capabilities()[0] != '\0' ? "," : "");
	enforce_put(&offer, contain_enforced());
	agent_process_send(MSG_WELCOME, &keeper.welcome, buf_text(&offer), NULL, 0);
	if (problem_text()[0] != '\0')
		agent_process_send(MSG_PROBLEM, NULL, problem_text(), NULL, 0);
	job_recite();
	if (drain_started())
		agent_process_send(MSG_DRAIN, NULL, NULL, NULL, 0);
	agent_process_send(MSG_SYNCED, NULL, NULL, NULL, 0);
}

static void
agent_message(const Msg *msg, int *fds, size_t fd_count, void *arg)
{
	(void) fd_count;
	(void) arg;
	switch (msg->type)
	{
		case MSG_START:
			if (drain_started())
				job_refuse(&msg->u.start, msg->text);
			else
				job_start(&msg->u.start, msg->text, fds[0]);
			return;
		case MSG_ORDER:
			job_order(&msg->u.order);
			return;
		case MSG_OUTPUT:
			job_output(&msg->u.output);
			return;
		case MSG_REPORTED:
			job_reported(&msg->u.reported);
			return;
		case MSG_WORD:
			job_word(&msg->u.word, msg->text, &fds[0]);
			return;
		case MSG_LEASE:
			fence_set(msg->u.lease.until);
			return;
		default:
			/* the channel lets only messages to the keeper pass */
			return;
	}
}

static void
agent_gone(AgentEnd end, void *arg)
{
	(void) arg;
	/* Settings are read once: without jobs to keep, starting it again and again serves nobody. */
	keeper.refused = end == AGENT_REFUSED && job_count() == 0;
	if (end == AGENT_WANTED || keeper.refused)
		loop_stop(keeper.loop);
}

static void
jobs_changed(void *arg)
{
	(void) arg;
	drain_advance();
}

static void
tell_problem(const char *text)
{
	agent_process_send(MSG_PROBLEM, NULL, text, NULL, 0);
}

static void
shut_down(void)
{
	if (!upgrade_abandon(drain_begin))
		drain_begin();
}

/* The disk has lost what it said it had. Ends are told from memory, and somebody else must look at the disk. */
static void
journal_died(void *arg)
{
	(void) arg;
	keeper.status = 1;
	if (!drain_started())
		shut_down();
}

static void
save(Buf *out)
{
	configure_save(&keeper.with, out);
	confine_save(out);
	state_put(out, STATE_INSTANCE, keeper.welcome.instance, sizeof(keeper.welcome.instance));
	state_put_int(out, STATE_FENCE_UNTIL, fence_until());
	hierarchy_save(out);
	rundir_save(out);
	job_save(out);
}

static void
keep_open(bool keep)
{
	hierarchy_keep_open(keep);
	rundir_keep_open(keep);
	job_keep_open(keep);
}

static void
want_upgrade(void)
{
	const UpgradeContext context = {.loop = keeper.loop, .argv = keeper.argv, .save = save, .keep_open = keep_open};

	if (drain_started())
		log_warnx("this program stays: it is to end");
	else
		upgrade_want(&context);
}

static void
turn_ended(void *arg)
{
	job_turn(arg);
	group_turn();
	upgrade_turn();
}

static void
signal_received(int signo, void *arg)
{
	(void) arg;
	if (signo == SIGCHLD)
		job_reap();
	else if (signo == SIGHUP)
		want_upgrade();
	else
		shut_down();
}

static int
make_instance(MsgWelcome *welcome, Err *e)
{
	if (getrandom(welcome->instance, sizeof(welcome->instance), 0) != (ssize_t) sizeof(welcome->instance))
		return err_set(e, errno, "could not get random bytes");
	welcome->instance[6] = (uint8_t) ((welcome->instance[6] & 0x0f) | 0x40); /* uuid version 4 */
	welcome->instance[8] = (uint8_t) ((welcome->instance[8] & 0x3f) | 0x80);
	return 0;
}

/* A descriptor 0, 1 or 2 that is not open would be given to something else and then written to. */
static void
fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Who jobs may be and what they may use, as root also what the node's administrator says to it. */
static int
prepare_node(Err *e)
{
	const Settings *s = &keeper.with.settings;

	identity_init(&keeper.with.job_identity, &keeper.with.agent_identity);
	if (geteuid() == 0)
	{
		if (privilege_init(e) < 0)
			log_warnx("%s", e->message);
		/* Where jobs run already, that is no reason to leave them. */
		if (privilege_hides(s->work_dir) && !keeper.resumed)
			return err_set(e, 0, "work directory \"%s\" is in /tmp, where jobs cannot see it", s->work_dir);
		if (s->job_home != NULL && privilege_hides(s->job_home))
			log_warnx("job home \"%s\" is in /tmp, where jobs of class strict cannot see it", s->job_home);
		nodemap_file_init(s->node_map);
		identity_review();
	}
	runner_init(s->runners_dir, &keeper.with.job_identity);
	spawn_init(keeper.with.agent_program);
	return 0;
}

static int
begin_jobs(Err *e)
{
	int directory = rundir_open(keeper.with.settings.work_dir, &keeper.with.job_identity, e);

	if (directory < 0 || make_instance(&keeper.welcome, e) < 0 || job_recover(directory, e) < 0)
		return -1;
	rundir_clean(job_has_directory);
	return 0;
}

/* Where the program before has stopped. */
static int
resume_jobs(Err *e)
{
	State state = inherited_state();

	if (!state_bytes(state, STATE_INSTANCE, keeper.welcome.instance, sizeof(keeper.welcome.instance)))
		return err_set(e, 0, "there is no instance in the state");
	if (rundir_resume(state, &keeper.with.job_identity, e) < 0 || job_resume(state, e) < 0)
		return -1;
	fence_set(state_int(state, STATE_FENCE_UNTIL, 0));
	job_reap();
	log_info("a new program goes on with %zu attempts", job_count());
	return 0;
}

static int
prepare_jobs(Err *e)
{
	const JobContext context = {.loop = keeper.loop,
								.slots = (size_t) keeper.with.settings.slots,
								.changed = jobs_changed,
								.journal_died = journal_died};

	shortage_init(keeper.loop);
	job_init(&context);
	fence_init(keeper.loop, job_fence_all);
	drain_init(keeper.loop, keeper.with.settings.drain_timeout_ms * 1000);
	if (keeper.resumed ? resume_jobs(e) < 0 : begin_jobs(e) < 0)
		return -1;
	if (geteuid() == 0)
		nodemap_file_watch(keeper.loop);
	memcpy(keeper.welcome.journal, job_journal_uuid(), sizeof(keeper.welcome.journal));
	loop_turn_end(keeper.loop, turn_ended, NULL);
	return 0;
}

static int
prepare(Err *e)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0};
	const AgentEvents events = {.connected = agent_connected, .message = agent_message, .gone = agent_gone};
	const State before = inherited_state();

	problem_init(tell_problem);
	confine_keeper();
	if (keeper.resumed)
		confine_resume(before);
	if (contain_init(keeper.with.settings.name, keeper.resumed ? &before : NULL, e) < 0 || prepare_node(e) < 0)
		return -1;
	keeper.loop = loop_new(e);
	if (keeper.loop == NULL || loop_signals(keeper.loop, signals, signal_received, NULL, e) < 0 || prepare_jobs(e) < 0)
		return -1;
	return agent_process_start(keeper.loop, keeper.with.agent_program, settings_environment(settings_table()),
							   &keeper.with.agent_identity, &events, NULL, e);
}

/* Could this program go on from that state? Nothing is touched. */
static int
try_state(Err *e)
{
	if (!keeper.resumed)
		return err_set(e, 0, "there is no state");
	return access(keeper.with.agent_program, X_OK) < 0 ? err_set(e, errno, "could not find the agent")
													   : job_state_check(inherited_state(), e);
}

static void
start(int argc, char **argv)
{
	int inherited;
	Err e;

	upgrade_init();
	inherited = upgrade_inherit(&keeper.inherited, &e);
	keeper.resumed = inherited > 0;
	keeper.argv = argv;
	if (!keeper.resumed)
		signal(SIGHUP, SIG_IGN); /* until the loop takes it */
	if (inherited == 0 && configure(&keeper.with, argc, argv, &e) < 0)
		fatal_usage("%s", e.message);
	if (inherited < 0 || (keeper.resumed ? configure_again(&keeper.with, argc, argv, inherited_state(), &e)
										 : configure_node(&keeper.with, &e)) < 0)
		fatalx("%s", e.message);
	log_init("jobgrid-executor", keeper.with.settings.debug);
	if (upgrade_is_trial())
	{
		if (try_state(&e) < 0)
			fatalx("%s", e.message);
		exit(0);
	}
	if (!keeper.resumed)
	{
		int status = guard(keeper.with.settings.name, upgrade_program(), argv);

		if (status >= 0)
			exit(status);
	}
	if (prepare(&e) < 0)
	{
		contain_close();
		fatalx("%s", e.message);
	}
	buf_free(&keeper.inherited);
	if (keeper.with.job_identity.uid == keeper.with.agent_identity.uid)
		log_info("jobs run as the agent's user \"%s\" and can read its database credentials",
				 keeper.with.job_identity.name);
	log_info("executor \"%s\" keeps %lld slots", keeper.with.settings.name, (long long) keeper.with.settings.slots);
}

int
main(int argc, char **argv)
{
	Err e;

	fill_standard_descriptors();
	log_init("jobgrid-executor", false);
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write that fails is dealt with where it fails */
	start(argc, argv);
	if (loop_run(keeper.loop, &e) < 0)
		fatalx("%s", e.message);
	if (keeper.refused)
		fatal_usage("executor \"%s\" cannot work with these settings: its agent's words are above",
					keeper.with.settings.name);
	contain_close();
	log_info("executor \"%s\" ends", keeper.with.settings.name);
	loop_free(keeper.loop);
	configure_free(&keeper.with);
	return keeper.status;
}
