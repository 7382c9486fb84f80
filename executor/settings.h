/*
 * settings.h - the executor's settings, one table for keeper and agent.
 */
#ifndef JOBGRID_SETTINGS_H
#define JOBGRID_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

typedef struct Settings
{
	const char *name;
	const char *database; /* conninfo, may be "" */
	const char *pool;
	const char *site;         /* or NULL */
	const char *queue;        /* or NULL: any */
	const char *capabilities; /* comma list, or NULL */
	const char *work_dir;
	const char *job_user;    /* or NULL */
	const char *job_home;    /* or NULL: the job user's */
	const char *agent_user;  /* or NULL */
	const char *node_map;    /* NULL: the default place, where there need not be one */
	const char *runners_dir; /* NULL: the default place, where there need not be any */
	const char *tokens;      /* "name=number" with commas, or NULL */
	double cpus;             /* 0: as measured */
	int64_t memory;          /* bytes; 0: as measured */
	int64_t slots;
	int64_t drain_timeout_ms;
	int64_t output_limit;
	bool debug;
} Settings;

/* The table to fill by flags, environment and file; checked into a Settings that points into it. */
ConfigItem *settings_table(void);
int settings_check(const ConfigItem *items, Settings *settings, Err *e);

/* An environment that holds every value, for the agent; ours stays as it was. Allocated, for good. */
char **settings_environment(const ConfigItem *items);

/* The next of a list such as gpu=2,licence_x=1; 0 at its end, < 0 for one that is none. The name is not terminated. */
int settings_next_token(const char **list, const char **name, size_t *length, int64_t *count, Err *e);

#endif
