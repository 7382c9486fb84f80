/*
 * config.c - settings from flags, environment and a "key = value" file.
 *
 * The file: one setting a line, "#" begins a comment line, a value may stand in
 * single quotes (two quotes for one), as in postgresql.conf.  An unknown key is
 * an error: a typing mistake must not silently mean the default.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"

static ConfigItem *
find_item(ConfigItem *items, const char *key)
{
	for (; items->key != NULL; items++)
	{
		if (strcmp(items->key, key) == 0)
			return items;
	}
	return NULL;
}

static void
item_set(ConfigItem *item, const char *value, ConfigSource source)
{
	if (item->value != NULL && source < item->source)
		return;
	free(item->value);
	item->value = mem_strdup(value);
	item->source = source;
}

int
config_set(ConfigItem *items, const char *key, const char *value, ConfigSource source, Err *e)
{
	ConfigItem *item = find_item(items, key);

	if (item == NULL)
		return err_set(e, 0, "unrecognized setting \"%s\"", key);
	item_set(item, value, source);
	return 0;
}

static char *
trim(char *s)
{
	char *end;

	while (isspace((unsigned char) *s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char) end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* Removes surrounding quotes in place. */
static int
unquote(char *s, Err *e)
{
	char *to = s;
	const char *from = s + 1;

	if (s[0] != '\'')
		return 0;
	for (;; from++)
	{
		if (*from == '\0')
			return err_set(e, 0, "quoted value has no end");
		if (*from == '\'' && *++from != '\'')
			break;
		*to++ = *from;
	}
	if (*from != '\0')
		return err_set(e, 0, "text after the quoted value");
	*to = '\0';
	return 0;
}

static int
load_line(ConfigItem *items, char *line, Err *e)
{
	char *key = trim(line);
	char *equals;
	char *value;

	if (*key == '\0' || *key == '#')
		return 0;
	equals = strchr(key, '=');
	if (equals == NULL)
		return err_set(e, 0, "\"key = value\" expected");
	*equals = '\0';
	value = trim(equals + 1);
	if (unquote(value, e) < 0)
		return -1;
	return config_set(items, trim(key), value, CONFIG_FILE, e);
}

int
config_load_file(ConfigItem *items, const char *path, Err *e)
{
	cleanup_fclose FILE *f = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t cap = 0;
	int number = 0;

	if (f == NULL)
		return err_set(e, errno, "could not open configuration file \"%s\"", path);
	while (getline(&line, &cap, f) >= 0)
	{
		number++;
		if (load_line(items, line, e) < 0)
			return err_wrap(e, "configuration file \"%s\", line %d", path, number);
	}
	if (ferror(f))
		return err_set(e, errno, "could not read configuration file \"%s\"", path);
	return 0;
}

void
config_load_environment(ConfigItem *items)
{
	for (; items->key != NULL; items++)
	{
		const char *value = items->env != NULL ? getenv(items->env) : NULL;

		if (value != NULL)
			item_set(items, value, CONFIG_ENVIRONMENT);
	}
}

const char *
config_get(const ConfigItem *items, const char *key)
{
	const char *value;

	for (; items->key != NULL; items++)
	{
		if (strcmp(items->key, key) != 0)
			continue;
		value = items->value != NULL ? items->value : items->fallback;
		return value != NULL && *value != '\0' ? value : NULL;
	}
	return NULL;
}

/* A whole number and what follows it; unit is NULL where none may follow. */
static int
parse_number(const char *key, const char *text, int64_t *number, const char **unit, Err *e)
{
	char *end;

	if (text == NULL)
		return err_set(e, 0, "setting \"%s\" has no value", key);
	errno = 0;
	*number = strtoll(text, &end, 10);
	if (end == text || errno != 0)
		return err_set(e, 0, "setting \"%s\" is not a number: \"%s\"", key, text);
	while (*end == ' ')
		end++;
	*unit = end;
	return 0;
}

int
config_get_int(const ConfigItem *items, const char *key, int64_t min, int64_t max, int64_t *value, Err *e)
{
	const char *text = config_get(items, key);
	const char *rest;

	if (parse_number(key, text, value, &rest, e) < 0)
		return -1;
	if (*rest != '\0')
		return err_set(e, 0, "setting \"%s\" is not a number: \"%s\"", key, text);
	if (*value < min || *value > max)
		return err_set(e, 0, "setting \"%s\" is %s, not between %lld and %lld", key, text, (long long) min,
					   (long long) max);
	return 0;
}

typedef struct Unit
{
	const char *name;
	int64_t factor;
} Unit;

static int
parse_with_unit(const char *key, const char *text, const Unit *units, int64_t max, int64_t *value, Err *e)
{
	const char *name = "";
	int64_t number = 0;

	if (parse_number(key, text, &number, &name, e) < 0)
		return -1;
	for (; units->name != NULL; units++)
	{
		if (strcmp(units->name, name) != 0)
			continue;
		if (number < 0 || __builtin_mul_overflow(number, units->factor, value) || *value > max)
			return err_set(e, 0, "setting \"%s\" is out of range: \"%s\"", key, text);
		return 0;
	}
	return err_set(e, 0, "setting \"%s\" has an unknown unit: \"%s\"", key, text);
}

int
config_parse_duration(const char *key, const char *text, int64_t max_ms, int64_t *ms, Err *e)
{
	static const Unit units[] = {{"", 1000},     {"ms", 1},       {"s", 1000}, {"min", 60000},
								 {"h", 3600000}, {"d", 86400000}, {NULL, 0}};

	return parse_with_unit(key, text, units, max_ms, ms, e);
}

int
config_parse_bytes(const char *key, const char *text, int64_t max, int64_t *bytes, Err *e)
{
	static const Unit units[] = {{"", 1}, {"B", 1}, {"kB", 1024}, {"MB", 1048576}, {"GB", 1073741824}, {NULL, 0}};

	return parse_with_unit(key, text, units, max, bytes, e);
}

int
config_get_duration(const ConfigItem *items, const char *key, int64_t max_ms, int64_t *ms, Err *e)
{
	return config_parse_duration(key, config_get(items, key), max_ms, ms, e);
}

int
config_get_bytes(const ConfigItem *items, const char *key, int64_t max, int64_t *bytes, Err *e)
{
	return config_parse_bytes(key, config_get(items, key), max, bytes, e);
}

void
config_free(ConfigItem *items)
{
	for (; items->key != NULL; items++)
	{
		free(items->value);
		items->value = NULL;
		items->source = CONFIG_DEFAULT;
	}
}
