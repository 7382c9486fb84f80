/*
 * jobsocket.c - what a job says to its node, and hears from it.
 */
#include "jobsocket.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "json.h"
#include "utf8.h"

#define OPERATORS_VERB "message "

int
jobsocket_find(int *fd, Err *e)
{
	const char *text = getenv("JOBGRID_JOB_FD");
	char *end;
	long number;
	int type = 0;
	socklen_t len = sizeof(type);

	*fd = JOBSOCKET_NOBODY;
	if (text == NULL || *text == '\0')
		return 0;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || number < 0 || number > INT_MAX)
		return err_set(e, 0, "JOBGRID_JOB_FD is not a descriptor: \"%s\"", text);
	if (getsockopt((int) number, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return err_set(e, errno,
					   "JOBGRID_JOB_FD names descriptor %ld, which is not the node's (was it closed on the way?)",
					   number);
	if (type != SOCK_SEQPACKET)
		return err_set(e, 0, "JOBGRID_JOB_FD names descriptor %ld, which is another socket", number);
	*fd = (int) number;
	return 0;
}

static int
wait_for(int fd, short events, int timeout_ms)
{
	struct pollfd ready = {.fd = fd, .events = events};
	int n;

	do
		n = poll(&ready, 1, timeout_ms);
	while (n < 0 && errno == EINTR && timeout_ms < 0);
	return n;
}

bool
jobsocket_fits(const char *verb, size_t len)
{
	return len <= JOBSOCKET_MAX_PACKET - strlen(verb) - 1;
}

int
jobsocket_send(int fd, const char *verb, const char *bytes, size_t len, Err *e)
{
	cleanup_buf Buf packet = {0};

	if (!jobsocket_fits(verb, len))
		return err_set(e, 0, "%s of %zu bytes does not fit into a message of %d", verb, len, JOBSOCKET_MAX_PACKET);
	if (fd == JOBSOCKET_NOBODY)
		return 0;
	buf_printf(&packet, "%s ", verb);
	buf_append(&packet, bytes, len);
	while (send(fd, packet.data, packet.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
	{
		if (errno != EAGAIN && errno != EINTR)
			return err_set(e, errno, "could not reach the node");
		if (wait_for(fd, POLLOUT, -1) < 0)
			return err_set(e, errno, "could not wait for the node");
	}
	return 0;
}

int
jobsocket_say(int fd, const char *verb, const char *words, Err *e)
{
	cleanup_buf Buf line = {0};

	utf8_put_line(&line, words, strlen(words));
	return jobsocket_send(fd, verb, buf_text(&line), line.len, e);
}

void
jobsocket_mention(int fd, const char *verb, const char *words)
{
	cleanup_buf Buf packet = {0};

	if (fd == JOBSOCKET_NOBODY)
		return;
	buf_printf(&packet, "%s ", verb);
	utf8_put_line(&packet, words, strlen(words));
	if (packet.len <= JOBSOCKET_MAX_PACKET)
		send(fd, packet.data, packet.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* What is left until the deadline, for poll(); rounded up, so that it does not spin at the end. */
static int
left_ms(int64_t deadline_us)
{
	int64_t left = deadline_us == INT64_MAX ? -1000 : deadline_us - clock_now_us();

	if (deadline_us == INT64_MAX)
		return -1;
	left = left > 0 ? (left + 999) / 1000 : 0;
	return left > INT_MAX ? INT_MAX : (int) left;
}

int
jobsocket_receive(int fd, int64_t timeout_ms, Buf *text, Err *e)
{
	int64_t deadline = timeout_ms < 0 ? INT64_MAX : clock_now_us() + timeout_ms * 1000;
	size_t verb = strlen(OPERATORS_VERB);

	for (;;)
	{
		char packet[JOBSOCKET_MAX_PACKET + 1];
		int left = left_ms(deadline);
		ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return err_set(e, n < 0 ? errno : 0, "the node has gone");
		if (n > (ssize_t) verb && memcmp(packet, OPERATORS_VERB, verb) == 0)
		{
			buf_append(text, packet + verb, (size_t) n - verb);
			return 1;
		}
		if (n > 0)
			continue;
		if (left == 0)
			return 0;
		if (wait_for(fd, POLLIN, left) < 0 && errno != EINTR)
			return err_set(e, errno, "could not wait for the node");
	}
}

/* The grammar lets pass what jsonb does not: a NUL, and half a surrogate pair, in any string. */
static int
check_strings(const JsonDoc *doc, Err *e)
{
	for (JsonNode node = json_root(doc); json_type(doc, node) != JSON_NONE; node++)
	{
		cleanup_buf Buf text = {0};

		if (json_type(doc, node) != JSON_STRING)
			continue;
		if (json_get_string(doc, node, &text, e) < 0)
			return -1;
		if (memchr(buf_text(&text), '\0', text.len) != NULL)
			return err_set(e, 0, "JSON has \\u0000, which the database does not take");
	}
	return 0;
}

int
jobsocket_check_result(const char *text, size_t len, Err *e)
{
	static const JsonCaps caps = {.bytes = JOBSOCKET_MAX_PACKET, .tokens = JOBSOCKET_MAX_PACKET, .depth = 64};
	cleanup_json JsonDoc *doc = NULL;

	if (!utf8_valid(text, len))
		return err_set(e, 0, "JSON is not UTF-8");
	doc = json_parse(text, len, &caps, e);
	return doc == NULL ? -1 : check_strings(doc, e);
}
