/*
 * channel.h - one end of the packet socket between keeper and agent.
 *
 * Sends never block: what the socket does not take waits in a bounded queue.
 * A broken packet, a closed peer or a full queue ends the channel; the owner is
 * told once, by the closed callback, and frees it.
 */
#ifndef JOBGRID_CHANNEL_H
#define JOBGRID_CHANNEL_H

#include "loop.h"
#include "message.h"

typedef struct Channel Channel;

/* fds belong to the receiver of the callback once it sets them to -1; others are closed. */
typedef void (*ChannelReceive)(const Msg *msg, int *fds, size_t fd_count, void *arg);
typedef void (*ChannelClosed)(const char *reason, void *arg);

/* Takes fd. way: what comes in here. NULL on failure. */
Channel *channel_new(Loop *loop, int fd, MsgWay way, ChannelReceive receive, ChannelClosed closed, void *arg, Err *e);
void channel_free(Channel *channel);

/* Descriptors are duplicated where they must wait. */
void channel_send(Channel *channel, MsgType type, const void *payload, const char *text, const int *fds,
				  size_t fd_count);

/* Packets that the socket has not taken yet. */
size_t channel_backlog(const Channel *channel);

#endif
