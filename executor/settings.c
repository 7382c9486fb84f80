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
#define MAX_CPUS 100000
#define MAX_MEMORY (INT64_C(1) << 60)
#define MAX_TOKENS 1000000
#define MAX_TOKEN_NAME 63

static ConfigItem table[] = {
	{.key = "name", .env = "JOBGRID_EXECUTOR_NAME"},
	{.key = "database", .env = "JOBGRID_DATABASE", .fallback = ""},
	{.key = "pool", .env = "JOBGRID_POOL", .fallback = "default"},
	{.key = "site", .env = "JOBGRID_SITE"},
	{.key = "capabilities", .env = "JOBGRID_CAPABILITIES"},
	{.key = "queue", .env = "JOBGRID_QUEUE"},
	{.key = "cpus", .env = "JOBGRID_CPUS"},
	{.key = "memory", .env = "JOBGRID_MEMORY"},
	{.key = "tokens", .env = "JOBGRID_TOKENS"},
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

static int
get_cpus(const ConfigItem *items, double *cpus, Err *e)
{
	const char *text = config_get(items, "cpus");
	char *end;

	if (text == NULL)
		return 0;
	*cpus = strtod(text, &end);
	if (end == text || *end != '\0')
		return err_set(e, 0, "setting \"cpus\" is not a number of cores: \"%s\"", text);
	if (!(*cpus >= 0.001 && *cpus <= MAX_CPUS))
		return err_set(e, 0, "setting \"cpus\" is %s, not between 0.001 and %d", text, MAX_CPUS);
	return 0;
}

static int
get_memory(const ConfigItem *items, int64_t *memory, Err *e)
{
	if (config_get(items, "memory") == NULL)
		return 0;
	if (config_get_bytes(items, "memory", MAX_MEMORY, memory, e) < 0)
		return -1;
	return *memory > 0 ? 0 : err_set(e, 0, "setting \"memory\" is 0; offer at least 1 byte");
}

int
settings_next_token(const char **list, const char **name, size_t *length, int64_t *count, Err *e)
{
	const char *p = *list + strspn(*list, " ,");
	char *end;

	*list = p;
	if (*p == '\0')
		return 0;
	*name = p;
	while (isalnum((unsigned char) *p) || (*p != '\0' && strchr("_.-", *p) != NULL))
		p++;
	*length = (size_t) (p - *name);
	if (*length < 1 || *length > MAX_TOKEN_NAME || *p != '=')
		return err_set(e, 0, "setting \"tokens\" is a list such as gpu=2,licence_x=1; it cannot go on with \"%.40s\"",
					   *name);
	*count = strtoll(p + 1, &end, 10);
	if (!isdigit((unsigned char) p[1]) || *count < 1 || *count > MAX_TOKENS ||
		(*end != '\0' && *end != ',' && *end != ' '))
		return err_set(e, 0, "setting \"tokens\": \"%.*s\" has no whole number between 1 and %d", (int) *length, *name,
					   MAX_TOKENS);
	*list = end;
	return 1;
}

/* Each name once: which of two numbers would count? */
static int
check_tokens(const char *tokens, Err *e)
{
	const char *name;
	const char *other;
	size_t length;
	size_t other_length;
	int64_t count;
	int found;

	for (const char *list = tokens; list != NULL;)
	{
		found = settings_next_token(&list, &name, &length, &count, e);
		if (found <= 0)
			return found;
		for (const char *rest = list; settings_next_token(&rest, &other, &other_length, &count, e) > 0;)
		{
			if (length == other_length && memcmp(name, other, length) == 0)
				return err_set(e, 0, "setting \"tokens\" names \"%.*s\" twice", (int) length, name);
		}
	}
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
	settings->queue = config_get(items, "queue");
	settings->tokens = config_get(items, "tokens");
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
		get_bool(items, "debug", &settings->debug, e) < 0 || get_cpus(items, &settings->cpus, e) < 0 ||
		get_memory(items, &settings->memory, e) < 0 || check_tokens(settings->tokens, e) < 0)
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
