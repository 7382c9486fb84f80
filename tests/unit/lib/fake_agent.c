/*
 * fake_agent.c - a test program as the agent of the real keeper.
 */
#include "fake_agent.h"

#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "specblock.h"

#define SOCKET 3

Heard heard;
Seen seen[1024];
size_t seen_count;
Memory memory;

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
		heard.closed = true;
}

void
send_msg(MsgType type, const void *payload, const int *fd)
{
	char packet[4096];

	send_raw(packet, msg_encode(packet, type, payload, NULL), fd);
}

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
take_message(const Msg *msg, const int *fds)
{
	Seen *s;

	switch (msg->type)
	{
		case MSG_WELCOME:
			heard.welcome = msg->u.welcome;
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
			if (msg->u.started.streams == MSG_STREAMS)
				memcpy(s->fds, fds, sizeof(s->fds));
			return;
		case MSG_ENDED:
			take_end(seen_of(&msg->u.ended.key), &msg->u.ended, msg->text);
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
	ssize_t n = recvmsg(SOCKET, &hdr, MSG_CMSG_CLOEXEC);
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
		printf("Bail out! The keeper's message: %s\n", e.message);
		abort();
	}
	else
		take_message(&msg, fds);
}

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
	const char *program = wish->program != NULL ? wish->program : "/bin/sh";

	spec_add(b, SPEC_ARGV, program, strlen(program));
	if (wish->command != NULL)
	{
		spec_add(b, SPEC_ARGV, "-c", 2);
		spec_add(b, SPEC_ARGV, wish->command, strlen(wish->command));
	}
	add_number(b, "JOBGRID_RUN_ID", key->run_id);
	add_number(b, "JOBGRID_FENCE", key->fence);
	buf_puts(&b->fields[SPEC_DIRECTORY], wish->directory != NULL ? wish->directory : "");
	buf_puts(&b->fields[SPEC_RUN_AS], wish->run_as != NULL ? wish->run_as : "");
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
	AttemptKey key = {.run_id = ++memory.next_run, .attempt = 1, .fence = memory.next_run + 1000};

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

/* ---- from agent to agent ---- */

void
memory_write(const char *folder)
{
	cleanup_free char *path = mem_printf("%s/memory", folder);
	cleanup_fclose FILE *f = fopen(path, "we");

	if (f == NULL || fwrite(&memory, sizeof(memory), 1, f) != 1)
		abort();
}

void
memory_read(const char *folder)
{
	cleanup_free char *path = mem_printf("%s/memory", folder);
	cleanup_fclose FILE *f = fopen(path, "re");

	if (f != NULL && fread(&memory, sizeof(memory), 1, f) != 1)
		abort();
}

/* ---- the keeper ---- */

static void
copy_file(const char *from, const char *folder, const char *name)
{
	/* Under another name first: a program that runs cannot be written to. */
	cleanup_free char *command =
		mem_printf("cp '%s' '%s/new' && mv '%s/new' '%s/%s'", from, folder, folder, folder, name);

	if (system(command) != 0)
		abort();
}

static char *
own_path(void)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		abort();
	return mem_strndup(self, (size_t) len);
}

char *
make_folder(const char *helper)
{
	cleanup_free char *self = own_path();
	cleanup_free char *keeper = mem_printf("%.*s/keeper/jobgrid-executor", (int) (strrchr(self, '/') - self), self);
	char *folder = mem_strdup("/tmp/jobgrid-keeper-XXXXXX");

	if (mkdtemp(folder) == NULL)
		abort();
	copy_file(keeper, folder, "jobgrid-executor");
	copy_file(self, folder, "jobgrid-agent");
	if (geteuid() != 0)
		return folder;
	if (helper != NULL)
	{
		cleanup_free char *path = mem_printf("%s/%s", folder, helper);

		copy_file(self, folder, helper);
		if (chmod(path, 04755) < 0)
			abort();
	}
	if (chmod(folder, 0755) < 0 || chown(folder, 65534, 65534) < 0 || setgroups(0, NULL) < 0 || setgid(65534) < 0 ||
		setuid(65534) < 0)
		abort();
	return folder;
}

void
renew_programs(const char *folder)
{
	static const char *const names[] = {"jobgrid-executor", "jobgrid-agent"};

	for (int i = 0; i < 2; i++)
	{
		cleanup_free char *path = mem_printf("%s/%s", folder, names[i]);

		copy_file(path, folder, names[i]);
	}
}

pid_t
start_keeper(const char *folder, char *const *arguments)
{
	cleanup_free char *keeper = mem_printf("%s/jobgrid-executor", folder);
	cleanup_free char *work = mem_printf("--work-dir=%s", folder);
	char *argv[16] = {"jobgrid-executor", work};
	pid_t pid;

	for (int i = 0; arguments[i] != NULL && i < 12; i++)
		argv[2 + i] = arguments[i];
	fflush(stdout);
	pid = fork();
	if (pid == 0)
	{
		alarm(300);
		setenv("SECRET", "x", 1);
		setenv("JOBGRID_TEST_FAULTS", folder, 1);
		execv(keeper, argv);
		_exit(127);
	}
	return pid;
}

void
remove_folder(const char *folder)
{
	cleanup_free char *command = mem_printf("rm -rf '%s'", folder);

	if (system(command) != 0)
		abort();
}
