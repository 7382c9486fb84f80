/*
 * agent_process.c - starts the agent, watches it, starts it again.
 *
 * A channel that breaks means an agent that cannot be trusted: it is killed, and
 * the way back is the same as after a crash.  There is one agent at a time.
 */
#include "agent_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "contain.h"
#include "log.h"
#include "mem.h"
#include "privilege.h"

#define BACKOFF_MIN_US INT64_C(100000)
#define BACKOFF_MAX_US INT64_C(5000000)
#define HEALTHY_US INT64_C(10000000)

static struct
{
	Loop *loop;
	const char *program;
	char **environment;
	const Identity *identity;
	AgentEvents events;
	void *arg;
	pid_t pid; /* 0: none */
	int pidfd;
	LoopWatch *watch;
	Channel *channel;
	Timer timer; /* back-off, or patience while quitting */
	int64_t backoff_us;
	int64_t started_at;
	bool quitting;
	void (*left)(void *arg); /* it is to leave for another one */
} agent = {.pidfd = -1, .backoff_us = BACKOFF_MIN_US};

static void start_agent(void *arg);

/* Gone, and its last words heard. */
static void
look_if_left(void)
{
	if (agent.left == NULL || agent.pid != 0 || agent.channel != NULL)
		return;
	loop_timer_cancel(agent.loop, &agent.timer);
	agent.left(agent.arg);
}

static void
channel_closed(const char *reason, void *arg)
{
	(void) arg;
	log_debug("agent's channel: %s", reason);
	channel_free(agent.channel);
	agent.channel = NULL;
	/* One that leaves has its time to do so. */
	if (agent.pid != 0 && agent.left == NULL)
		kill(agent.pid, SIGKILL);
	look_if_left();
}

static void
describe_end(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED && info->si_status == 0)
		log_info("agent has left");
	else if (info->si_code == CLD_EXITED)
		log_warnx("agent exited with status %d", info->si_status);
	else
		log_warnx("agent was terminated by signal %d", info->si_status);
}

static void
agent_exited(uint32_t events, void *arg)
{
	siginfo_t info = {.si_pid = 0};

	(void) events;
	(void) arg;
	if (waitid(P_PIDFD, (id_t) agent.pidfd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return;
	describe_end(&info);
	loop_unwatch(agent.watch);
	agent.watch = NULL;
	close(agent.pidfd);
	agent.pidfd = -1;
	contain_include(agent.pid);
	agent.pid = 0;
	/* What it said before it died counts: the channel is read to its end, then closes itself. */
	if (agent.left != NULL)
	{
		look_if_left();
		return;
	}
	if (agent.quitting)
	{
		loop_timer_cancel(agent.loop, &agent.timer);
		agent.events.gone(AGENT_WANTED, agent.arg);
		return;
	}
	if (clock_now_us() - agent.started_at > HEALTHY_US)
		agent.backoff_us = BACKOFF_MIN_US;
	loop_timer_in(agent.loop, &agent.timer, agent.backoff_us, start_agent, NULL);
	agent.backoff_us = agent.backoff_us * 2 < BACKOFF_MAX_US ? agent.backoff_us * 2 : BACKOFF_MAX_US;
	agent.events.gone(info.si_code == CLD_EXITED && info.si_status == EXIT_USAGE ? AGENT_REFUSED : AGENT_DIED,
					  agent.arg);
}

static void __attribute__((noreturn)) run_agent(int sock)
{
	char *argv[] = {(char *) agent.program, NULL};
	sigset_t none;
	int high = fcntl(sock, F_DUPFD, 10);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (high < 0 || dup2(high, 3) < 0 || close_range(4, ~0U, 0) < 0 || privilege_drop(agent.identity) < 0)
		_exit(127);
	execve(agent.program, argv, agent.environment);
	_exit(127);
}

static int
launch(Err *e)
{
	int pair[2];
	sigset_t all;
	sigset_t before;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, errno, "could not create a socket pair");
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	agent.pid = fork();
	if (agent.pid == 0)
		run_agent(pair[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(pair[1]);
	if (agent.pid < 0)
	{
		close(pair[0]);
		agent.pid = 0;
		return err_set(e, errno, "could not fork");
	}
	contain_exempt(agent.pid);
	agent.started_at = clock_now_us();
	agent.pidfd = pidfd_open(agent.pid, 0);
	agent.channel = channel_new(agent.loop, pair[0], MSG_TO_KEEPER, agent.events.message, channel_closed, agent.arg, e);
	if (agent.channel == NULL)
		return -1;
	if (agent.pidfd < 0)
		return err_set(e, errno, "could not open a process descriptor");
	agent.watch = loop_watch(agent.loop, agent.pidfd, EPOLLIN, agent_exited, NULL, e);
	return agent.watch != NULL ? 0 : -1;
}

static void
start_agent(void *arg)
{
	Err e;

	(void) arg;
	/* The last words of the agent before. */
	if (agent.channel != NULL)
	{
		channel_free(agent.channel);
		agent.channel = NULL;
	}
	if (launch(&e) < 0)
	{
		/* Without descriptors or processes the keeper can only wait for better times. */
		log_warnx("could not start the agent: %s", e.message);
		if (agent.pid != 0)
			kill(agent.pid, SIGKILL);
		if (agent.watch == NULL)
			loop_timer_in(agent.loop, &agent.timer, BACKOFF_MAX_US, start_agent, NULL);
		return;
	}
	agent.events.connected(agent.arg);
}

int
agent_process_start(Loop *loop, const char *program, char **environment, const Identity *identity,
					const AgentEvents *events, void *arg, Err *e)
{
	if (access(program, X_OK) < 0)
		return err_set(e, errno, "could not find the agent \"%s\"", program);
	agent.loop = loop;
	agent.program = program;
	agent.environment = environment;
	agent.identity = identity;
	agent.events = *events;
	agent.arg = arg;
	start_agent(NULL);
	return 0;
}

void
agent_process_send(MsgType type, const void *payload, const char *text, const int *fds, size_t fd_count)
{
	if (agent.channel != NULL)
		channel_send(agent.channel, type, payload, text, fds, fd_count);
}

static void
patience_over(void *arg)
{
	(void) arg;
	log_warnx("agent does not leave, killing it");
	if (agent.pid != 0)
		kill(agent.pid, SIGKILL);
}

void
agent_process_quit(int64_t patience_us)
{
	agent.quitting = true;
	if (agent.pid == 0)
	{
		loop_timer_cancel(agent.loop, &agent.timer);
		agent.events.gone(AGENT_WANTED, agent.arg);
		return;
	}
	agent_process_send(MSG_QUIT, &(MsgQuit){.stays = 0}, NULL, NULL, 0);
	loop_timer_in(agent.loop, &agent.timer, patience_us, patience_over, NULL);
}

void
agent_process_retire(int64_t patience_us, void (*left)(void *arg))
{
	agent.left = left;
	loop_timer_cancel(agent.loop, &agent.timer);
	if (agent.pid != 0)
	{
		agent_process_send(MSG_QUIT, &(MsgQuit){.stays = 1}, NULL, NULL, 0);
		loop_timer_in(agent.loop, &agent.timer, patience_us, patience_over, NULL);
	}
	look_if_left();
}

void
agent_process_again(void)
{
	agent.left = NULL;
	start_agent(NULL);
}
