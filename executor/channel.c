/*
 * channel.c - one end of the packet socket between keeper and agent.
 */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"

#define MAX_QUEUED 65536 /* packets; a peer that far behind is dead */
#define READ_BATCH 256   /* packets a callback, so that other watches get their turn */

typedef struct Packet
{
	STAILQ_ENTRY(Packet) link;
	size_t len;
	size_t fd_count;
	int fds[MSG_MAX_FDS];
	char bytes[];
} Packet;

struct Channel
{
	Loop *loop;
	int fd;
	MsgWay way;
	LoopWatch *watch;
	ChannelReceive receive;
	ChannelClosed closed;
	void *arg;
	STAILQ_HEAD(PacketQueue, Packet) queue;
	size_t queued;
	Timer failure; /* tells the owner outside of its own call */
	char reason[sizeof(((Err *) 0)->message)];
	int depth;
	bool freed;
};

static void
close_fds(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

static void
free_packet(Packet *packet)
{
	close_fds(packet->fds, packet->fd_count);
	free(packet);
}

static void
tell_closed(void *arg)
{
	Channel *channel = arg;

	channel->closed(channel->reason, channel->arg);
}

static void
fail(Channel *channel, const char *reason)
{
	if (channel->watch == NULL)
		return;
	loop_unwatch(channel->watch);
	channel->watch = NULL;
	snprintf(channel->reason, sizeof(channel->reason), "%s", reason);
	loop_timer_in(channel->loop, &channel->failure, 0, tell_closed, channel);
}

/* 1 sent, 0 would block, < 0 failed */
static int
send_packet(const Channel *channel, char *bytes, size_t len, const int *fds, size_t fd_count)
{
	union
	{
		char space[CMSG_SPACE(sizeof(int) * MSG_MAX_FDS)];
		struct cmsghdr align;
	} control = {.space = {0}};
	struct iovec iov = {.iov_base = bytes, .iov_len = len};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *cmsg;

	if (fd_count > 0)
	{
		hdr.msg_control = control.space;
		hdr.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		cmsg = CMSG_FIRSTHDR(&hdr);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * fd_count);
	}
	if (sendmsg(channel->fd, &hdr, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 1;
	/* The peer is gone, but what it said before may still be unread: reading finds the end. */
	if (errno == EPIPE || errno == ECONNRESET)
		return 1;
	/* ETOOMANYREFS: too many descriptors are under way; the peer will take them */
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ETOOMANYREFS ? 0 : -1;
}

static void
watch_for(Channel *channel, uint32_t events)
{
	Err e;

	if (channel->watch != NULL && loop_watch_events(channel->watch, events, &e) < 0)
		fail(channel, e.message);
}

static void
send_queued(Channel *channel)
{
	Packet *packet;

	while (channel->watch != NULL && (packet = STAILQ_FIRST(&channel->queue)) != NULL)
	{
		int sent = send_packet(channel, packet->bytes, packet->len, packet->fds, packet->fd_count);

		if (sent == 0)
			return;
		if (sent < 0)
		{
			fail(channel, strerror(errno));
			return;
		}
		STAILQ_REMOVE_HEAD(&channel->queue, link);
		channel->queued--;
		free_packet(packet);
	}
	watch_for(channel, EPOLLIN);
}

static void
enqueue(Channel *channel, const char *bytes, size_t len, const int *fds, size_t fd_count)
{
	Packet *packet = mem_zalloc(sizeof(Packet) + len);

	packet->len = len;
	memcpy(packet->bytes, bytes, len);
	for (size_t i = 0; i < fd_count; i++)
	{
		packet->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		packet->fd_count++;
		if (packet->fds[i] < 0)
		{
			free_packet(packet);
			fail(channel, "out of descriptors");
			return;
		}
	}
	STAILQ_INSERT_TAIL(&channel->queue, packet, link);
	channel->queued++;
	watch_for(channel, EPOLLIN | EPOLLOUT);
}

void
channel_send(Channel *channel, MsgType type, const void *payload, const char *text, const int *fds, size_t fd_count)
{
	char bytes[2048];
	size_t len = msg_encode(bytes, type, payload, text);
	int sent = 0;

	if (channel->watch == NULL)
		return;
	if (channel->queued == 0)
		sent = send_packet(channel, bytes, len, fds, fd_count);
	if (sent < 0)
		fail(channel, strerror(errno));
	else if (sent == 0 && channel->queued >= MAX_QUEUED)
		fail(channel, "the other side does not read");
	else if (sent == 0)
		enqueue(channel, bytes, len, fds, fd_count);
}

size_t
channel_backlog(const Channel *channel)
{
	return channel->queued;
}

/* Takes the descriptors out of a received header; all have close-on-exec set already. */
static size_t
take_fds(struct msghdr *hdr, int *fds, size_t max)
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c != NULL; c = CMSG_NXTHDR(hdr, c))
	{
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++)
		{
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (count < max)
				fds[count++] = fd;
			else
				close(fd);
		}
	}
	return count;
}

/* 1 a packet was handled, 0 none there or the channel has ended */
static int
receive_one(Channel *channel)
{
	static char bytes[MSG_MAX_PACKET];
	union
	{
		char space[CMSG_SPACE(sizeof(int) * (MSG_MAX_FDS + 2))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space)};
	int fds[MSG_MAX_FDS + 2];
	size_t fd_count;
	ssize_t len;
	Msg msg;
	Err e;

	len = recvmsg(channel->fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	/* Said once when the peer closed with our packets unread; its last packets still follow. */
	if (len < 0 && errno == ECONNRESET)
		return 1;
	if (len <= 0)
	{
		fail(channel, len == 0 ? "closed" : strerror(errno));
		return 0;
	}
	fd_count = take_fds(&hdr, fds, MSG_MAX_FDS + 2);
	if ((hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		fail(channel, "oversized packet");
	else if (msg_decode(bytes, (size_t) len, fd_count, channel->way, &msg, &e) < 0)
		fail(channel, e.message);
	else
		channel->receive(&msg, fds, fd_count, channel->arg);
	close_fds(fds, fd_count);
	return channel->watch != NULL;
}

static void
channel_ready(uint32_t events, void *arg)
{
	Channel *channel = arg;

	channel->depth++;
	if ((events & EPOLLOUT) != 0)
		send_queued(channel);
	for (int i = 0; i < READ_BATCH && channel->watch != NULL && receive_one(channel) > 0; i++)
		;
	channel->depth--;
	if (channel->freed && channel->depth == 0)
		free(channel);
}

Channel *
channel_new(Loop *loop, int fd, MsgWay way, ChannelReceive receive, ChannelClosed closed, void *arg, Err *e)
{
	Channel *channel = mem_zalloc(sizeof(*channel));

	channel->loop = loop;
	channel->fd = fd;
	channel->way = way;
	channel->receive = receive;
	channel->closed = closed;
	channel->arg = arg;
	STAILQ_INIT(&channel->queue);
	channel->watch = loop_watch(loop, fd, EPOLLIN, channel_ready, channel, e);
	if (channel->watch == NULL)
	{
		close(fd);
		free(channel);
		return NULL;
	}
	return channel;
}

void
channel_free(Channel *channel)
{
	Packet *packet;

	if (channel == NULL)
		return;
	loop_unwatch(channel->watch);
	channel->watch = NULL;
	loop_timer_cancel(channel->loop, &channel->failure);
	while ((packet = STAILQ_FIRST(&channel->queue)) != NULL)
	{
		STAILQ_REMOVE_HEAD(&channel->queue, link);
		free_packet(packet);
	}
	close(channel->fd);
	channel->freed = true;
	if (channel->depth == 0)
		free(channel);
}
