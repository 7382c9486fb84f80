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
#include "contain.h"
#include "drain.h"
#include "identity.h"
#include "job.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "nodemap_file.h"
#include "options.h"
#include "privilege.h"
#include "rundir.h"
#include "runner.h"
#include "settings.h"

typedef struct Keeper
{
	Loop *loop;
	Settings settings;
	Identity job_identity;
	Identity agent_identity;
	MsgWelcome welcome;
	char *agent_program;
	bool refused; /* the agent cannot work with these settings */
} Keeper;

static void
agent_connected(void *arg)
{
	const Keeper *keeper = arg;
	cleanup_free char *offer = mem_printf("%s\n%s", runner_kinds(), privilege_capabilities());

	agent_process_send(MSG_WELCOME, &keeper->welcome, offer, NULL, 0);
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
				job_refuse(&msg->u.start);
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
		default:
			/* the channel lets only messages to the keeper pass */
			return;
	}
}

static void
agent_gone(AgentEnd end, void *arg)
{
	Keeper *keeper = arg;

	/* Settings are read once: without jobs to keep, starting it again and again serves nobody. */
	keeper->refused = end == AGENT_REFUSED && job_count() == 0;
	if (end == AGENT_WANTED || keeper->refused)
		loop_stop(keeper->loop);
}

static void
jobs_changed(void *arg)
{
	(void) arg;
	drain_advance();
}

static void
signal_received(int signo, void *arg)
{
	(void) arg;
	if (signo == SIGCHLD)
		job_reap();
	else
		drain_begin();
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

/* Next to this program, wherever that was installed; jobgrid-executor-asan has jobgrid-agent-asan. */
static int
find_agent(char **program, Err *e)
{
	static const char mine[] = "jobgrid-executor";
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *name;

	if (len <= 0)
		return err_set(e, errno, "could not find this program's own file");
	self[len] = '\0';
	name = strrchr(self, '/') + 1;
	if (strncmp(name, mine, strlen(mine)) != 0)
		return err_set(e, 0, "this program must be called \"%s\", not \"%s\"", mine, name);
	*program = mem_printf("%.*sjobgrid-agent%s", (int) (name - self), self, name + strlen(mine));
	return 0;
}

static int
choose_identities(Keeper *keeper, Err *e)
{
	const Settings *s = &keeper->settings;
	const char *agent_user = s->agent_user != NULL ? s->agent_user : s->job_user;

	if (geteuid() == 0 && s->job_user == NULL)
		return err_set(e, 0, "as root, setting \"job_user\" is required: jobs never run as root");
	if (s->job_user != NULL ? identity_lookup(&keeper->job_identity, s->job_user, e) < 0
							: identity_self(&keeper->job_identity, e) < 0)
		return err_wrap(e, "job user");
	if (s->job_home != NULL)
		identity_set_home(&keeper->job_identity, s->job_home);
	if (agent_user != NULL ? identity_lookup(&keeper->agent_identity, agent_user, e) < 0
						   : identity_self(&keeper->agent_identity, e) < 0)
		return err_wrap(e, "agent user");
	if (keeper->job_identity.uid == keeper->agent_identity.uid)
		log_info("jobs run as the agent's user \"%s\" and can read its database credentials",
				 keeper->job_identity.name);
	return 0;
}

/* Who jobs may be and what they may use, as root also what the node's administrator says to it. */
static int
prepare_jobs(Keeper *keeper, Err *e)
{
	const Settings *s = &keeper->settings;

	if (choose_identities(keeper, e) < 0)
		return -1;
	identity_init(&keeper->job_identity, &keeper->agent_identity);
	if (geteuid() == 0)
	{
		if (privilege_init(e) < 0)
			log_warnx("%s", e->message);
		if (privilege_hides(s->work_dir))
			return err_set(e, 0, "work directory \"%s\" is in /tmp, where jobs cannot see it", s->work_dir);
		if (s->job_home != NULL && privilege_hides(s->job_home))
			log_warnx("job home \"%s\" is in /tmp, where jobs of class strict cannot see it", s->job_home);
		nodemap_file_init(s->node_map);
	}
	runner_init(s->runners_dir, &keeper->job_identity);
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

static int
prepare(Keeper *keeper, Err *e)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGCHLD, 0};
	const AgentEvents events = {.connected = agent_connected, .message = agent_message, .gone = agent_gone};
	JobContext context = {.slots = (size_t) keeper->settings.slots};

	if (make_instance(&keeper->welcome, e) < 0 || contain_init(e) < 0 || prepare_jobs(keeper, e) < 0 ||
		rundir_open(keeper->settings.work_dir, &keeper->job_identity, e) < 0)
		return -1;
	keeper->loop = loop_new(e);
	if (keeper->loop == NULL || loop_signals(keeper->loop, signals, signal_received, keeper, e) < 0)
		return -1;
	context.loop = keeper->loop;
	context.changed = jobs_changed;
	job_init(&context);
	drain_init(keeper->loop, keeper->settings.drain_timeout_ms * 1000);
	if (find_agent(&keeper->agent_program, e) < 0)
		return -1;
	return agent_process_start(keeper->loop, keeper->agent_program, &keeper->agent_identity, &events, keeper, e);
}

int
main(int argc, char **argv)
{
	static Keeper keeper;
	Err e;

	fill_standard_descriptors();
	log_init("jobgrid-executor", false);
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* nothing to reload */
	if (options_load(argc, argv, settings_table(), &e) < 0 ||
		settings_check(settings_table(), &keeper.settings, &e) < 0)
		fatal_usage("%s", e.message);
	log_init("jobgrid-executor", keeper.settings.debug);
	settings_export(settings_table());
	if (prepare(&keeper, &e) < 0)
		fatalx("%s", e.message);
	log_info("executor \"%s\" keeps %lld slots", keeper.settings.name, (long long) keeper.settings.slots);
	if (loop_run(keeper.loop, &e) < 0)
		fatalx("%s", e.message);
	if (keeper.refused)
		fatal_usage("executor \"%s\" cannot work with these settings: its agent's words are above",
					keeper.settings.name);
	log_info("executor \"%s\" ends", keeper.settings.name);
	loop_free(keeper.loop);
	identity_free(&keeper.job_identity);
	identity_free(&keeper.agent_identity);
	free(keeper.agent_program);
	config_free(settings_table());
	return 0;
}
