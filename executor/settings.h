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
	const char *job_user;   /* or NULL */
	const char *agent_user; /* or NULL */
	const char *tokens;     /* "name=number" with commas, or NULL */
	double cpus;            /* 0: as measured */
	int64_t memory;         /* bytes; 0: as measured */
	int64_t slots;
	int64_t drain_timeout_ms;
	int64_t output_limit;
	bool debug;
} Settings;

/* The table to fill by flags, environment and file; checked into a Settings that points into it. */
ConfigItem *settings_table(void);
int settings_check(const ConfigItem *items, Settings *settings, Err *e);

/* The next of a list such as gpu=2,licence_x=1; 0 at its end, < 0 for one that is none. The name is not terminated. */
int settings_next_token(const char **list, const char **name, size_t *length, int64_t *count, Err *e);

/* Puts every value into the environment, for the agent. */
void settings_export(const ConfigItem *items);

#endif
