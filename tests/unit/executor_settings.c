/*
 * The executor's settings: defaults, checks, and what reaches the agent by the environment.
 */
#include "settings.h"

#include <string.h>

#include "tap.h"

static const char *
find(char **environment, const char *name)
{
	for (size_t len = strlen(name); *environment != NULL; environment++)
	{
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return *environment + len + 1;
	}
	return NULL;
}

static bool
refused(const char *key, const char *value)
{
	ConfigItem *items = settings_table();
	Settings s;
	Err e;
	bool result;

	if (config_set(items, "name", "n", CONFIG_FLAG, &e) < 0 || config_set(items, key, value, CONFIG_FLAG, &e) < 0)
		return false;
	result = settings_check(items, &s, &e) < 0;
	config_free(items);
	return result;
}

/* The tokens of a list, written "name number" again. */
static void
list_tokens(const char *list, char *text, size_t size)
{
	const char *name;
	size_t length;
	int64_t count;
	Err e;

	text[0] = '\0';
	while (settings_next_token(&list, &name, &length, &count, &e) > 0)
	{
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%.*s %d;", (int) length, name, (int) count);
	}
}

static void
check_offer(ConfigItem *items)
{
	Settings s;
	Err e = {.message = ""};
	char text[100];

	ok(settings_check(items, &s, &e) == 0 && s.cpus == 0 && s.memory == 0 && s.tokens == NULL && s.queue == NULL,
	   "what it offers is not known here without being set");
	config_set(items, "cpus", "7.5", CONFIG_FLAG, &e);
	config_set(items, "memory", "48 GB", CONFIG_FLAG, &e);
	config_set(items, "tokens", " gpu=2, licence_x.1-b=1000000 ,", CONFIG_FLAG, &e);
	config_set(items, "queue", "night", CONFIG_FLAG, &e);
	ok(settings_check(items, &s, &e) == 0 && s.cpus == 7.5 && s.memory == INT64_C(48) << 30 &&
		   strcmp(s.queue, "night") == 0,
	   "what it offers is set %s", e.message);
	list_tokens(s.tokens, text, sizeof(text));
	ok(strcmp(text, "gpu 2;licence_x.1-b 1000000;") == 0, "tokens: %s", text);
	config_free(items);
}

int
main(void)
{
	static const char *const bad[][2] = {{"slots", "0"},
										 {"slots", "100001"},
										 {"slots", "five"},
										 {"slots", "5 x"},
										 {"slots", "9999999999999999999"},
										 {"drain_timeout", "-1"},
										 {"drain_timeout", "5 weeks"},
										 {"output_limit", "1 TB"},
										 {"output_limit", "9223372036854775807 GB"},
										 {"work_dir", "relative"},
										 {"work_dir", ""},
										 {"node_map", "node.map"},
										 {"runners_dir", "runners"},
										 {"name", "a/b"},
										 {"name", "a\nb"},
										 {"debug", "maybe"},
										 {"cpus", "0"},
										 {"cpus", "many"},
										 {"cpus", "2 cores"},
										 {"cpus", "nan"},
										 {"cpus", "100001"},
										 {"memory", "0"},
										 {"memory", "4 persons"},
										 {"tokens", "gpu"},
										 {"tokens", "gpu=0"},
										 {"tokens", "gpu=1000001"},
										 {"tokens", "gpu=-1"},
										 {"tokens", "gpu=1.5"},
										 {"tokens", "gpu=1 licence"},
										 {"tokens", "gpu =1"},
										 {"tokens", "gp\"u=1"},
										 {"tokens", "=1"},
										 {"tokens", "a=1,b=2,a=3"}};
	ConfigItem *items = settings_table();
	char **environment;
	Settings s;
	Err e = {.message = ""};

	ok(settings_check(items, &s, &e) == 0 && s.slots == 5 && s.output_limit == 16 << 20 &&
		   s.drain_timeout_ms == 60000 && strcmp(s.pool, "default") == 0 && s.site == NULL && s.name[0] != '\0',
	   "defaults %s", e.message);
	ok(s.node_map == NULL && s.runners_dir == NULL, "map and runners are where they usually are");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(refused(bad[i][0], bad[i][1]), "%s = \"%s\" is refused", bad[i][0],
		   strchr(bad[i][1], '\n') != NULL ? "a, newline, b" : bad[i][1]);
	ok(config_set(items, "slots", "9", CONFIG_FLAG, &e) == 0, "a flag");
	setenv("JOBGRID_SLOTS", "7", 1);
	setenv("HOME", "/tmp", 1);
	environment = settings_environment(items);
	ok(strcmp(find(environment, "JOBGRID_SLOTS"), "9") == 0 && find(environment, "JOBGRID_SITE") == NULL &&
		   strcmp(find(environment, "HOME"), "/tmp") == 0,
	   "reaches the agent's environment, with everything else that is there");
	ok(strcmp(getenv("JOBGRID_SLOTS"), "7") == 0, "and not ours, which the next program reads again");
	config_free(items);
	setenv("JOBGRID_SLOTS", find(environment, "JOBGRID_SLOTS"), 1);
	config_load_environment(items);
	ok(settings_check(items, &s, &e) == 0 && s.slots == 9, "and is read there");
	config_free(items);
	for (char **variable = environment; *variable != NULL; variable++)
		free(*variable);
	free(environment);
	unsetenv("JOBGRID_SLOTS");
	check_offer(items);
	return done_testing();
}
