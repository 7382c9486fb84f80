/*
 * settings.c - the executor's settings, one table for keeper and agent.
 */
#include "settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

#define MAX_SLOTS 100000
#define MAX_DRAIN_MS (INT64_C(7) * 86400000)
#define MAX_OUTPUT (INT64_C(1) << 40)

static ConfigItem table[] = {
	{.key = "name", .env = "JOBGRID_EXECUTOR_NAME"},
	{.key = "database", .env = "JOBGRID_DATABASE", .fallback = ""},
	{.key = "pool", .env = "JOBGRID_POOL", .fallback = "default"},
	{.key = "site", .env = "JOBGRID_SITE"},
	{.key = "capabilities", .env = "JOBGRID_CAPABILITIES"},
	{.key = "slots", .env = "JOBGRID_SLOTS", .fallback = "5"},
	{.key = "work_dir", .env = "JOBGRID_WORK_DIR", .fallback = "/var/lib/jobgrid"},
	{.key = "job_user", .env = "JOBGRID_JOB_USER"},
	{.key = "job_home", .env = "JOBGRID_JOB_HOME"},
	{.key = "agent_user", .env = "JOBGRID_AGENT_USER"},
	{.key = "node_map", .env = "JOBGRID_NODE_MAP"},
	{.key = "runners_dir", .env = "JOBGRID_RUNNERS_DIR"},
	{.key = "drain_timeout", .env = "JOBGRID_DRAIN_TIMEOUT", .fallback = "60 s"},
	{.key = "output_limit", .env = "JOBGRID_OUTPUT_LIMIT", .fallback = "16 MB"},
	{.key = "debug", .env = "JOBGRID_DEBUG", .fallback = "off"},
	{.key = NULL},
};

ConfigItem *
settings_table(void)
{
	return table;
}

static int
check_name(const char *name, Err *e)
{
	size_t len = strlen(name);

	if (len < 1 || len > 128)
		return err_set(e, 0, "an executor's name has 1 to 128 bytes");
	for (const char *p = name; *p != '\0'; p++)
	{
		if (*p == '/' || iscntrl((unsigned char) *p))
			return err_set(e, 0, "an executor's name has no slash and no control characters");
	}
	return 0;
}

static int
check_path(const char *key, const char *path, Err *e)
{
	return path == NULL || path[0] == '/' ? 0 : err_set(e, 0, "setting \"%s\" is not an absolute path", key);
}

/* Without a name the executor is called as its host. */
static const char *
host_name(void)
{
	static char host[129];

	if (gethostname(host, sizeof(host) - 1) < 0)
		return "";
	return host;
}

static int
get_bool(const ConfigItem *items, const char *key, bool *value, Err *e)
{
	const char *text = config_get(items, key);

	if (text == NULL || (strcmp(text, "on") != 0 && strcmp(text, "off") != 0))
		return err_set(e, 0, "setting \"%s\" is on or off", key);
	*value = strcmp(text, "on") == 0;
	return 0;
}

int
settings_check(const ConfigItem *items, Settings *settings, Err *e)
{
	memset(settings, 0, sizeof(*settings));
	settings->name = config_get(items, "name");
	if (settings->name == NULL)
		settings->name = host_name();
	settings->database = config_get(items, "database");
	if (settings->database == NULL)
		settings->database = "";
	settings->pool = config_get(items, "pool");
	if (settings->pool == NULL)
		settings->pool = "default";
	settings->site = config_get(items, "site");
	settings->capabilities = config_get(items, "capabilities");
	settings->work_dir = config_get(items, "work_dir");
	if (settings->work_dir == NULL)
		settings->work_dir = "";
	settings->job_user = config_get(items, "job_user");
	settings->job_home = config_get(items, "job_home");
	settings->agent_user = config_get(items, "agent_user");
	settings->node_map = config_get(items, "node_map");
	settings->runners_dir = config_get(items, "runners_dir");
	if (check_path("work_dir", settings->work_dir, e) < 0 || check_path("job_home", settings->job_home, e) < 0 ||
		check_path("node_map", settings->node_map, e) < 0 || check_path("runners_dir", settings->runners_dir, e) < 0)
		return -1;
	if (strlen(settings->work_dir) > 1024)
		return err_set(e, 0, "setting \"work_dir\" is longer than 1024 bytes");
	if (check_name(settings->name, e) < 0 || config_get_int(items, "slots", 1, MAX_SLOTS, &settings->slots, e) < 0 ||
		config_get_duration(items, "drain_timeout", MAX_DRAIN_MS, &settings->drain_timeout_ms, e) < 0 ||
		config_get_bytes(items, "output_limit", MAX_OUTPUT, &settings->output_limit, e) < 0 ||
		get_bool(items, "debug", &settings->debug, e) < 0)
		return -1;
	return 0;
}

static bool
is_setting(const ConfigItem *items, const char *variable)
{
	size_t len = strcspn(variable, "=");

	for (; items->key != NULL; items++)
	{
		if (strlen(items->env) == len && strncmp(items->env, variable, len) == 0)
			return true;
	}
	return false;
}

char **
settings_environment(const ConfigItem *items)
{
	size_t n = 0;
	char **environment;

	for (char **variable = environ; *variable != NULL; variable++)
		n++;
	for (const ConfigItem *item = items; item->key != NULL; item++)
		n++;
	environment = mem_zalloc((n + 1) * sizeof(char *));
	n = 0;
	for (char **variable = environ; *variable != NULL; variable++)
	{
		if (!is_setting(items, *variable))
			environment[n++] = mem_strdup(*variable);
	}
	for (const ConfigItem *item = items; item->key != NULL; item++)
	{
		if (item->value != NULL)
			environment[n++] = mem_printf("%s=%s", item->env, item->value);
	}
	return environment;
}
