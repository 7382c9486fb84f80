/*
 * http_allow.h - which addresses the node lets http jobs reach.
 */
#ifndef JOBGRID_RUNNERS_HTTP_ALLOW_H
#define JOBGRID_RUNNERS_HTTP_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "err.h"

typedef struct HttpAllowRule
{
	bool allow;
	int family;          /* AF_INET or AF_INET6 */
	unsigned bits;       /* of the address that count */
	uint8_t address[16]; /* network order; IPv4 in the first four */
} HttpAllowRule;

/* A zeroed one has no rules and denies nothing. */
typedef struct HttpAllow
{
	HttpAllowRule *rules;
	size_t count;
} HttpAllow;

/* Rules from a text, one a line; errors name the line. */
int http_allow_parse(HttpAllow *allow, const char *text, size_t len, Err *e);

/* The node's file, if there is one, and then the rules that hold everywhere. A file that others could write is refused. */
int http_allow_load(HttpAllow *allow, const char *path, Err *e);
void http_allow_free(HttpAllow *allow);

bool http_allow_permits(const HttpAllow *allow, const struct sockaddr *address);

#endif
