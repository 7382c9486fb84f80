/*
 * pghosts.h - the hosts of a connection string, one parameter set each.
 *
 * libpq tries the hosts of a list one after the other, so a dead first host
 * costs its whole time-out.  Split here, they can be tried at once.
 */
#ifndef JOBGRID_PGHOSTS_H
#define JOBGRID_PGHOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

typedef struct PgHost
{
	const char **keywords; /* as PQconnectStartParams wants them */
	const char **values;
	char *name; /* for messages: host:port */
} PgHost;

typedef struct PgHosts
{
	PgHost *hosts;
	size_t count;
	int64_t connect_timeout_us;
	char **owned;
	size_t owned_count;
} PgHosts;

/* Merges the string over service file and environment, as libpq does. */
int pghosts_parse(PgHosts *hosts, const char *conninfo, const char *application_name, Err *e);
void pghosts_free(PgHosts *hosts);

#endif
