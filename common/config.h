/*
 * config.h - settings from flags, environment and a "key = value" file.
 *
 * A program declares its settings as a table; a value from a stronger source is
 * never replaced by a weaker one: flag > environment > file > default.
 */
#ifndef JOBGRID_CONFIG_H
#define JOBGRID_CONFIG_H

#include <stdint.h>

#include "err.h"

typedef enum ConfigSource
{
	CONFIG_DEFAULT,
	CONFIG_FILE,
	CONFIG_ENVIRONMENT,
	CONFIG_FLAG
} ConfigSource;

typedef struct ConfigItem
{
	const char *key;      /* as in the file; NULL ends the table */
	const char *env;      /* environment variable, or NULL */
	const char *fallback; /* default, or NULL */
	char *value;          /* owned */
	ConfigSource source;
} ConfigItem;

int config_set(ConfigItem *items, const char *key, const char *value, ConfigSource source, Err *e);
int config_load_file(ConfigItem *items, const char *path, Err *e);
void config_load_environment(ConfigItem *items);

/* The value or the default; NULL when there is neither, or it is empty. */
const char *config_get(const ConfigItem *items, const char *key);
int config_get_int(const ConfigItem *items, const char *key, int64_t min, int64_t max, int64_t *value, Err *e);

/* "500 ms", "30 s" or "30", "5 min", "2 h"; result in milliseconds */
int config_get_duration(const ConfigItem *items, const char *key, int64_t max_ms, int64_t *ms, Err *e);

/* "65536", "64 kB", "16 MB", "1 GB" */
int config_get_bytes(const ConfigItem *items, const char *key, int64_t max, int64_t *bytes, Err *e);

/* The same for a text that stands in no table; errors call it setting "key". */
int config_parse_duration(const char *key, const char *text, int64_t max_ms, int64_t *ms, Err *e);
int config_parse_bytes(const char *key, const char *text, int64_t max, int64_t *bytes, Err *e);

void config_free(ConfigItem *items);

#endif
