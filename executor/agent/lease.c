/*
 * lease.c - until when the database keeps this executor's leases, as the keeper is told.
 *
 * The database counts from a moment after the sending of a call, so counting from the sending is on the safe side
 * whatever the network did. A margin is left for killing what must not outlive its lease.
 */
#include "lease.h"

#define MAX_MARGIN_US INT64_C(5000000)

static void (*send_to_keeper)(MsgType type, const void *payload, const char *text, int fd);
static int64_t term_us;
static int64_t latest; /* sent, of those that were answered */

void
lease_init(void (*send)(MsgType type, const void *payload, const char *text, int fd))
{
	send_to_keeper = send;
}

void
lease_terms(int64_t lease_ms, int64_t grace_ms)
{
	int64_t whole = (lease_ms + grace_ms) * 1000;
	int64_t margin = whole / 10 < MAX_MARGIN_US ? whole / 10 : MAX_MARGIN_US;

	term_us = whole - margin;
}

void
lease_renewed(int64_t sent)
{
	const MsgLease lease = {.until = sent + term_us};

	/* Answers of two kinds of calls may overtake each other. */
	if (sent < latest)
		return;
	latest = sent;
	send_to_keeper(MSG_LEASE, &lease, NULL, -1);
}
