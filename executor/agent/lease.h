/*
 * lease.h - until when the database keeps this executor's leases, as the keeper is told.
 */
#ifndef JOBGRID_AGENT_LEASE_H
#define JOBGRID_AGENT_LEASE_H

#include <stdint.h>

#include "message.h"

void lease_init(void (*send)(MsgType type, const void *payload, const char *text, int fd));
void lease_terms(int64_t lease_ms, int64_t grace_ms); /* what the welcome says */

/* A call that renews leases was answered; sent: when it went out. */
void lease_renewed(int64_t sent);

#endif
