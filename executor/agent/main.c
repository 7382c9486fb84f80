/*
 * main.c - the agent: wires the keeper's channel, the attempts and the two connections together.
 *
 * It is started by the keeper, with the channel as descriptor 3 and the settings in its environment. It can die at any
 * moment: the keeper knows everything that must not be lost.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "attempts.h"
#include "channel.h"
#include "config.h"
#include "control.h"
#include "lease.h"
#include "log.h"
#include "logship.h"
#include "offer.h"
#include "retire.h"
#include "settings.h"

#define CHANNEL_FD 3

static Loop *loop;
static Channel *channel;
static Settings settings;

static void
send_to_keeper(MsgType type, const void *payload, const char *text, int fd)
{
	channel_send(channel, type, payload, text, &fd, fd >= 0 ? 1 : 0);
}

static size_t
backlog(void)
{
	return channel_backlog(channel);
}

static void
ship(void *arg)
{
	(void) arg;
	logship_kick();
}

static void
changed(void *arg)
{
	(void) arg;
	control_kick();
}

static void
welcome(const MsgWelcome *message, const char *offer)
{
	const AttemptsContext context = {.loop = loop,
									 .settings = &settings,
									 .send = send_to_keeper,
									 .backlog = backlog,
									 .ship = ship,
									 .changed = changed};
	const ControlContext connection = {.loop = loop,
									   .settings = &settings,
									   .instance = message->instance,
									   .journal = message->journal,
									   .backlog = backlog};
	Err e;

	offer_init(offer);
	attempts_init(&context);
	lease_init(send_to_keeper);
	if (control_init(&connection, &e) < 0 || logship_init(loop, &settings, attempts_stale, &e) < 0)
		fatal_usage("%s", e.message);
}

static void
from_keeper(const Msg *msg, int *fds, size_t fd_count, void *arg)
{
	(void) fd_count;
	(void) arg;
	switch (msg->type)
	{
		case MSG_WELCOME:
			welcome(&msg->u.welcome, msg->text);
			return;
		case MSG_SYNCED:
			control_start();
			return;
		case MSG_KNOWN:
			attempts_known(&msg->u.known.key, msg->text);
			return;
		case MSG_STARTED:
			attempts_started(&msg->u.started, fds);
			return;
		case MSG_ENDED:
			attempts_ended(&msg->u.ended, msg->text);
			return;
		case MSG_USAGE:
			attempts_usage(&msg->u.usage);
			return;
		case MSG_WORD:
			attempts_word(&msg->u.word, msg->text, &fds[0]);
			return;
		case MSG_DRAIN:
			control_drain();
			return;
		case MSG_PROBLEM:
			control_problem(msg->text);
			return;
		case MSG_QUIT:
			if (msg->u.quit.stays != 0)
				retire_begin(loop, backlog);
			else
				control_quit();
			return;
		default:
			/* the channel lets only messages to the agent pass */
			return;
	}
}

static void
keeper_gone(const char *reason, void *arg)
{
	(void) arg;
	log_warnx("the keeper is gone: %s", reason);
	exit(1);
}

int
main(void)
{
	Err e;

	log_init("jobgrid-agent", false);
	prctl(PR_SET_NAME, "jobgrid-agent"); /* in process lists, whatever the build is called */
	signal(SIGPIPE, SIG_IGN);
	/* Signals are for the keeper, which tells us. A terminal sends them to everybody. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	config_load_environment(settings_table());
	if (settings_check(settings_table(), &settings, &e) < 0)
		fatal_usage("%s", e.message);
	log_init("jobgrid-agent", settings.debug);
	loop = loop_new(&e);
	if (loop == NULL)
		fatalx("%s", e.message);
	channel = channel_new(loop, CHANNEL_FD, MSG_TO_AGENT, from_keeper, keeper_gone, NULL, &e);
	if (channel == NULL)
		fatalx("%s", e.message);
	if (loop_run(loop, &e) < 0)
		fatalx("%s", e.message);
	return 0;
}
