/*
 * keeper_agent.c - a test program as the agent of the real keeper.
 */
#include "keeper_agent.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"

#define SOCKET 3

static Seen seen[1024];
static size_t seen_count;
bool synced;
bool told_to_drain;
bool told_to_quit;
bool closed;
int64_t next_run = 1;
char welcome_text[MSG_MAX_TEXT + 1];

/* ---- talking to the keeper ---- */

Seen *
seen_of(const AttemptKey *key)
{
	for (size_t i = 0; i < seen_count; i++)
	{
		if (attempt_key_equal(&seen[i].key, key))
			return &seen[i];
	}
	seen[seen_count] = (Seen){.key = *key, .fds = {-1, -1}};
	return &seen[seen_count++];
}

void
send_raw(const void *bytes, size_t len, const int *fd)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
	struct iovec iov = {.iov_base = (void *) bytes, .iov_len = len};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd != NULL)
	{
		hdr.msg_control = control;
		hdr.msg_controllen = sizeof(control);
		CMSG_FIRSTHDR(&hdr)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&hdr)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&hdr)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&hdr)), fd, sizeof(int));
	}
	if (sendmsg(SOCKET, &hdr, MSG_NOSIGNAL) < 0)
		closed = true;
}

void
send_msg(MsgType type, const void *payload, const int *fd)
{
	char packet[4096];

	send_raw(packet, msg_encode(packet, type, payload, NULL), fd);
}

static void
take_message(const Msg *msg, const int *fds)
{
	Seen *s;

	switch (msg->type)
	{
		case MSG_STARTED:
			s = seen_of(&msg->u.started.key);
			s->started = true;
			s->start = msg->u.started;
			memcpy(s->fds, fds, sizeof(s->fds));
			return;
		case MSG_ENDED:
			s = seen_of(&msg->u.ended.key);
			s->ended = true;
			s->end = msg->u.ended;
			snprintf(s->text, sizeof(s->text), "%s", msg->text);
			return;
		case MSG_USAGE:
			s = seen_of(&msg->u.usage.key);
			s->usage = msg->u.usage;
			s->usages++;
			return;
		case MSG_WELCOME:
			snprintf(welcome_text, sizeof(welcome_text), "%s", msg->text);
			return;
		case MSG_SYNCED:
			synced = true;
			return;
		case MSG_DRAIN:
			told_to_drain = true;
			return;
		case MSG_QUIT:
			told_to_quit = true;
			return;
		default:
			return;
	}
}

static void
receive_one(void)
{
	static char bytes[MSG_MAX_PACKET];
	char control[CMSG_SPACE(4 * sizeof(int))] __attribute__((aligned(8)));
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(SOCKET, &hdr, MSG_CMSG_CLOEXEC);
	int fds[4] = {-1, -1, -1, -1};
	size_t count = 0;
	Msg msg;
	Err e;

	if (n <= 0)
	{
		closed = true;
		return;
	}
	if (CMSG_FIRSTHDR(&hdr) != NULL)
	{
		count = (CMSG_FIRSTHDR(&hdr)->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&hdr)), count * sizeof(int));
	}
	if (msg_decode(bytes, (size_t) n, count, MSG_TO_AGENT, &msg, &e) < 0)
		fatalx("the keeper's message: %s", e.message);
	else
		take_message(&msg, fds);
}

/* Waits for the keeper, and reads what jobs print so that none waits for us. */
void
turn(void)
{
	static struct pollfd polled[1 + 2 * 1024];
	static Buf *bufs[1 + 2 * 1024];
	nfds_t n = 1;

	polled[0] = (struct pollfd){.fd = SOCKET, .events = POLLIN};
	for (size_t i = 0; i < seen_count; i++)
	{
		for (int s = 0; s < 2; s++)
		{
			if (seen[i].fds[s] < 0)
				continue;
			bufs[n] = &seen[i].out[s];
			polled[n++] = (struct pollfd){.fd = seen[i].fds[s], .events = POLLIN};
		}
	}
	if (poll(polled, n, 100) <= 0)
		return;
	for (nfds_t i = 1; i < n; i++)
	{
		char piece[65536];
		ssize_t got = polled[i].revents != 0 ? read(polled[i].fd, piece, sizeof(piece)) : -1;

		if (got > 0)
			buf_append(bufs[i], piece, (size_t) got);
		for (size_t k = 0; got == 0 && k < 2 * seen_count; k++)
		{
			if (seen[k / 2].fds[k % 2] == polled[i].fd)
				seen[k / 2].fds[k % 2] = -1;
		}
		if (got == 0)
			close(polled[i].fd);
	}
	if (polled[0].revents != 0)
		receive_one();
}

/* ---- jobs ---- */

AttemptKey
start_wish(const Wish *wish)
{
	SpecBuilder b = {0};
	Buf block = {0};
	MsgStart start = {.timeout_ms = wish->timeout_ms, .grace_ms = wish->grace_ms};
	char number[32];
	int fd;
	Err e;

	start.key = (AttemptKey){.run_id = next_run, .attempt = 1, .fence = next_run + 1000};
	next_run++;
	spec_add(&b, SPEC_ARGV, wish->program != NULL ? wish->program : "/bin/sh",
			 strlen(wish->program != NULL ? wish->program : "/bin/sh"));
	if (wish->argument != NULL)
		spec_add(&b, SPEC_ARGV, wish->argument, strlen(wish->argument));
	if (wish->command != NULL)
	{
		spec_add(&b, SPEC_ARGV, "-c", 2);
		spec_add(&b, SPEC_ARGV, wish->command, strlen(wish->command));
	}
	snprintf(number, sizeof(number), "%" PRId64, start.key.run_id);
	spec_add_variable(&b, "JOBGRID_RUN_ID", number, strlen(number));
	snprintf(number, sizeof(number), "%" PRId64, start.key.fence);
	spec_add_variable(&b, "JOBGRID_FENCE", number, strlen(number));
	buf_puts(&b.fields[SPEC_DIRECTORY], wish->directory != NULL ? wish->directory : "");
	buf_puts(&b.fields[SPEC_RUN_AS], wish->run_as != NULL ? wish->run_as : "");
	for (size_t i = 0; i < wish->parameters; i++)
		buf_putc(&b.fields[SPEC_PARAMETERS], 'p');
	b.numbers = wish->numbers;
	spec_encode(&b, &block);
	fd = spec_to_memfd(&block, &e);
	send_msg(MSG_START, &start, &fd);
	close(fd);
	buf_free(&block);
	spec_builder_free(&b);
	return start.key;
}

AttemptKey
start_command(const char *command)
{
	return start_wish(&(Wish){.command = command, .grace_ms = 30000});
}

Seen *
wait_started(AttemptKey key)
{
	until(seen_of(&key)->started);
	return seen_of(&key);
}

Seen *
wait_ended(AttemptKey key)
{
	until(seen_of(&key)->ended && seen_of(&key)->fds[0] < 0 && seen_of(&key)->fds[1] < 0);
	return seen_of(&key);
}

void
report(AttemptKey key)
{
	MsgReported m = {.key = key};

	send_msg(MSG_REPORTED, &m, NULL);
}

void
forget_all(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < seen_count; i++)
	{
		if (!seen[i].ended || seen[i].fds[0] >= 0 || seen[i].fds[1] >= 0)
		{
			seen[kept++] = seen[i];
			continue;
		}
		buf_free(&seen[i].out[0]);
		buf_free(&seen[i].out[1]);
	}
	seen_count = kept;
}

void
order(AttemptKey key, int32_t what, int64_t request, int32_t ordinal, int32_t signo, int64_t grace_ms)
{
	MsgOrder m = {
		.key = key, .order = what, .request = request, .ordinal = ordinal, .signal = signo, .grace_ms = grace_ms};

	send_msg(MSG_ORDER, &m, NULL);
}

bool
ended_as(const Seen *s, MsgEvent event, int exit_code, int signo)
{
	bool good = s->ended && s->end.event == (int32_t) event && s->end.exit_code == exit_code && s->end.signal == signo;

	if (!good)
		printf("# ended %d, event %d, code %d, signal %d, \"%s\"\n", s->ended, s->end.event, s->end.exit_code,
			   s->end.signal, s->text);
	return good;
}

bool
printed(const Seen *s, int stream, const char *text)
{
	bool good = strcmp(buf_text(&s->out[stream]), text) == 0;

	if (!good)
		printf("# printed \"%s\"\n", buf_text(&s->out[stream]));
	return good;
}

bool
pid_is_gone(pid_t pid)
{
	char path[64];
	char line[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
	f = fopen(path, "re");
	if (f == NULL)
		return true;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	return line[0] == '\0' || strstr(line, ") Z ") != NULL;
}

bool
is_gone(const Seen *s)
{
	pid_t pid = (pid_t) atoi(buf_text(&s->out[0]));

	if (pid > 1)
		return pid_is_gone(pid);
	printf("# no process id in \"%s\"\n", buf_text(&s->out[0]));
	return false;
}

/* ---- the other side: a folder with the programs, and the keeper in it ---- */

static void
copy_file(const char *from, const char *to)
{
	cleanup_free char *command = mem_printf("cp '%s' '%s'", from, to);

	if (system(command) != 0)
		exit(1);
}

void
copy_programs(const char *folder, const char *keeper)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	cleanup_free char *to_keeper = mem_printf("%s/jobgrid-executor", folder);
	cleanup_free char *to_agent = mem_printf("%s/jobgrid-agent", folder);
	cleanup_free char *beside = NULL;

	if (len <= 0)
		exit(1);
	self[len] = '\0';
	copy_file(self, to_agent);
	*strrchr(self, '/') = '\0';
	beside = mem_printf("%s/keeper/jobgrid-executor", self);
	copy_file(keeper != NULL ? keeper : beside, to_keeper);
}

void (*before_keeper)(void);

pid_t
start_keeper(const char *folder, const char *const *arguments, int input)
{
	cleanup_free char *keeper = mem_printf("%s/jobgrid-executor", folder);
	cleanup_free char *work = mem_printf("--work-dir=%s", folder);
	const char *argv[16] = {"jobgrid-executor", work};
	pid_t pid;

	for (size_t i = 0; i < 13 && arguments[i] != NULL; i++)
		argv[i + 2] = arguments[i];
	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	alarm(300);
	setenv("SECRET", "x", 1);
	if (input >= 0)
		dup2(input, 0);
	if (before_keeper != NULL)
		before_keeper();
	execv(keeper, (char *const *) argv);
	_exit(127);
}

int
run_keeper(const char *folder, const char *const *arguments)
{
	int status = -1;

	waitpid(start_keeper(folder, arguments, -1), &status, 0);
	return status;
}
