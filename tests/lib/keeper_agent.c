/*
 * keeper_agent.c - the agent's side of the keeper's socket, for tests.
 *
 * It keeps everything the keeper has said and reads what jobs print, so that none waits for us.
 */
#include "keeper_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"

#define MAX_SEEN 1024

Heard heard;
int64_t next_run = 1;

static Seen seen[MAX_SEEN];
static size_t seen_count;
static int channel = 3;

void
forget_all(void)
{
	while (seen_count > 0)
	{
		seen_count--;
		buf_free(&seen[seen_count].out[0]);
		buf_free(&seen[seen_count].out[1]);
		free(seen[seen_count].result);
		free(seen[seen_count].lost);
		cleanup_close_fd(&seen[seen_count].socket);
	}
}

void
use_channel(int fd)
{
	channel = fd;
	heard = (Heard){.closed = false};
	forget_all();
}

/* ---- talking to the keeper ---- */

Seen *
seen_of(const AttemptKey *key)
{
	for (size_t i = 0; i < seen_count; i++)
	{
		if (attempt_key_equal(&seen[i].key, key))
			return &seen[i];
	}
	seen[seen_count] = (Seen){.key = *key, .fds = {-1, -1}, .socket = -1};
	return &seen[seen_count++];
}

size_t
seen_all(Seen **all)
{
	*all = seen;
	return seen_count;
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
	if (sendmsg(channel, &hdr, MSG_NOSIGNAL) < 0)
		heard.closed = true;
}

void
send_msg(MsgType type, const void *payload, const int *fd)
{
	char packet[4096];

	send_raw(packet, msg_encode(packet, type, payload, NULL), fd);
}

/* That something cannot be killed is said as an end is, and is none. */
static void
take_end(Seen *s, const MsgEnded *end, const char *text)
{
	if (end->event == EVENT_UNKILLABLE)
		s->stuck = true;
	else
		s->ended = true;
	s->end = *end;
	snprintf(s->text, sizeof(s->text), "%s", text);
}

static void
take_word(Seen *s, const Msg *msg, int fd)
{
	char text[4096];
	ssize_t n;

	if (msg->u.word.what == WORD_LOST)
	{
		s->lost = mem_strdup(msg->text);
		return;
	}
	n = pread(fd, text, sizeof(text), 0);
	s->result = mem_strndup(text, n > 0 ? (size_t) n : 0);
	close(fd);
}

static void
take_message(const Msg *msg, const int *fds)
{
	Seen *s;

	switch (msg->type)
	{
		case MSG_WELCOME:
			heard.welcome = msg->u.welcome;
			snprintf(heard.offer, sizeof(heard.offer), "%s", msg->text);
			return;
		case MSG_KNOWN:
			s = seen_of(&msg->u.known.key);
			s->known = true;
			snprintf(s->name, sizeof(s->name), "%s", msg->text);
			return;
		case MSG_STARTED:
			s = seen_of(&msg->u.started.key);
			s->started = true;
			s->start = msg->u.started;
			for (int i = 0; i < 2; i++)
				s->fds[i] = (msg->u.started.streams & (1 << i)) != 0 ? *fds++ : -1;
			if ((msg->u.started.streams & MSG_STREAM_SOCKET) != 0)
				s->socket = *fds;
			return;
		case MSG_WORD:
			take_word(seen_of(&msg->u.word.key), msg, *fds);
			return;
		case MSG_ENDED:
			take_end(seen_of(&msg->u.ended.key), &msg->u.ended, msg->text);
			return;
		case MSG_USAGE:
			s = seen_of(&msg->u.usage.key);
			s->usage = msg->u.usage;
			s->usages++;
			return;
		case MSG_SYNCED:
			heard.synced = true;
			return;
		case MSG_PROBLEM:
			snprintf(heard.problem, sizeof(heard.problem), "%s", msg->text);
			return;
		case MSG_DRAIN:
			heard.drain = true;
			return;
		case MSG_QUIT:
			heard.quit = true;
			heard.stays = msg->u.quit.stays != 0;
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
	ssize_t n = recvmsg(channel, &hdr, MSG_CMSG_CLOEXEC);
	int fds[4] = {-1, -1, -1, -1};
	size_t count = 0;
	Msg msg;
	Err e;

	if (n <= 0)
	{
		heard.closed = true;
		return;
	}
	if (CMSG_FIRSTHDR(&hdr) != NULL)
	{
		count = (CMSG_FIRSTHDR(&hdr)->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&hdr)), count * sizeof(int));
	}
	if (msg_decode(bytes, (size_t) n, count, MSG_TO_AGENT, &msg, &e) < 0)
	{
		printf("Bail out! the keeper's message: %s\n", e.message);
		exit(1);
	}
	take_message(&msg, fds);
}

/* Waits for the keeper, and reads what jobs print so that none waits for us. */
void
turn(void)
{
	static struct pollfd polled[1 + 2 * 1024];
	static Buf *bufs[1 + 2 * 1024];
	nfds_t n = 1;

	polled[0] = (struct pollfd){.fd = channel, .events = POLLIN};
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

static void
add_argv(SpecBuilder *b, const Wish *wish)
{
	const char *program = wish->program != NULL ? wish->program : "/bin/sh";

	if (wish->kind != NULL)
		return;
	spec_add(b, SPEC_ARGV, program, strlen(program));
	if (wish->command != NULL)
	{
		spec_add(b, SPEC_ARGV, "-c", 2);
		spec_add(b, SPEC_ARGV, wish->command, strlen(wish->command));
	}
	for (const char *const *argument = wish->arguments; argument != NULL && *argument != NULL; argument++)
		spec_add(b, SPEC_ARGV, *argument, strlen(*argument));
}

static void
add_text(SpecBuilder *b, SpecField field, const char *text)
{
	buf_puts(&b->fields[field], text != NULL ? text : "");
}

static void
add_number(SpecBuilder *b, const char *name, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, number);
	spec_add_variable(b, name, text, strlen(text));
}

static void
build(SpecBuilder *b, const AttemptKey *key, const Wish *wish)
{
	add_argv(b, wish);
	add_number(b, "JOBGRID_RUN_ID", key->run_id);
	add_number(b, "JOBGRID_FENCE", key->fence);
	for (const char *const *pair = wish->variables; pair != NULL && *pair != NULL; pair++)
		spec_add(b, SPEC_ENV, *pair, strlen(*pair));
	for (const char *const *pair = wish->secrets; pair != NULL && *pair != NULL; pair++)
		spec_add(b, SPEC_SECRETS, *pair, strlen(*pair));
	add_text(b, SPEC_DIRECTORY, wish->directory);
	add_text(b, SPEC_RUN_AS, wish->run_as);
	add_text(b, SPEC_TENANT, wish->tenant);
	add_text(b, SPEC_ROLE, wish->role);
	add_text(b, SPEC_KIND, wish->kind);
	add_text(b, SPEC_SETTINGS, wish->settings);
	add_text(b, SPEC_OUTPUT_FILE, wish->output_file);
	add_text(b, SPEC_ERROR_FILE, wish->error_file);
	for (size_t i = 0; i < wish->parameters; i++)
		buf_putc(&b->fields[SPEC_PARAMETERS], 'p');
}

AttemptKey
start_as(const AttemptKey *key, const Wish *wish)
{
	const MsgStart start = {
		.key = *key, .timeout_ms = wish->timeout_ms, .grace_ms = wish->grace_ms, .flags = wish->flags};
	SpecBuilder b = {0};
	Buf block = {0};
	char packet[4096];
	int fd;
	Err e;

	b.numbers = wish->numbers;
	build(&b, key, wish);
	spec_encode(&b, &block);
	fd = spec_to_memfd(&block, &e);
	send_raw(packet, msg_encode(packet, MSG_START, &start, wish->name != NULL ? wish->name : "tenant\njob"), &fd);
	close(fd);
	buf_free(&block);
	spec_builder_free(&b);
	return *key;
}

AttemptKey
start_wish(const Wish *wish)
{
	const AttemptKey key = {.run_id = next_run, .attempt = 1, .fence = next_run + 1000};

	next_run++;
	return start_as(&key, wish);
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
lease(int64_t end)
{
	const MsgLease m = {.until = end};

	send_msg(MSG_LEASE, &m, NULL);
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
process_is_gone(pid_t pid)
{
	char path[64];
	char line[256] = "";
	FILE *f;

	if (pid <= 1)
	{
		printf("# process %d is none\n", (int) pid);
		return false;
	}
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
	return process_is_gone((pid_t) atoi(buf_text(&s->out[0])));
}
