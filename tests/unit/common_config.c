/*
 * Settings: which source wins, what a file may look like, and that every mistake is named with its line.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "tap.h"

static ConfigItem items[] = {{.key = "name", .env = "TAP_NAME"},
							 {.key = "size", .env = "TAP_SIZE", .fallback = "16 MB"},
							 {.key = "time", .env = NULL, .fallback = "30"},
							 {.key = "count", .env = "TAP_COUNT", .fallback = "5"},
							 {.key = NULL}};

static char path[] = "/tmp/jobgrid-config-XXXXXX";

static int
load(const char *text, Err *e)
{
	FILE *f = fopen(path, "we");

	fputs(text, f);
	fclose(f);
	config_free(items);
	return config_load_file(items, path, e);
}

static bool
name_is(const char *text, const char *expected)
{
	Err e;
	const char *value;

	if (load(text, &e) < 0)
	{
		printf("# %s\n", e.message);
		return false;
	}
	value = config_get(items, "name");
	return expected == NULL ? value == NULL : value != NULL && strcmp(value, expected) == 0;
}

static void
check_sources(void)
{
	Err e;

	setenv("TAP_COUNT", "7", 1);
	ok(load("count = 6\n", &e) == 0 && strcmp(config_get(items, "count"), "6") == 0, "the file wins over the default");
	config_load_environment(items);
	ok(strcmp(config_get(items, "count"), "7") == 0, "the environment over the file");
	config_set(items, "count", "8", CONFIG_FLAG, &e);
	ok(config_load_file(items, path, &e) == 0 && strcmp(config_get(items, "count"), "8") == 0,
	   "a flag over both, in any order");
	config_load_environment(items);
	ok(strcmp(config_get(items, "count"), "8") == 0, "also when the environment is read last");
	config_free(items);
	ok(strcmp(config_get(items, "count"), "5") == 0 && config_get(items, "name") == NULL, "the default, or nothing");
	ok(config_set(items, "cuont", "8", CONFIG_FLAG, &e) < 0 && strstr(e.message, "\"cuont\"") != NULL, "%s", e.message);
	unsetenv("TAP_COUNT");
}

static void
check_file(void)
{
	static const struct
	{
		const char *text;
		const char *message;
	} bad[] = {
		{"name = a\nnmae = b\n", "line 2: unrecognized setting \"nmae\""},
		{"\n\nname\n", "line 3: \"key = value\" expected"},
		{"name = 'a\n", "line 1: quoted value has no end"},
		{"name = 'a' b\n", "line 1: text after the quoted value"},
		{"= a\n", "line 1: unrecognized setting \"\""},
	};
	Err e;

	ok(name_is("# name = x\n\n  name=a b  \n", "a b"), "blanks and comments");
	ok(name_is("name = ' a # ''b'' '", " a # 'b' "), "quotes, and no newline at the end");
	ok(name_is("name = a=b\r\n", "a=b"), "an equals sign in the value, a carriage return");
	ok(name_is("name = \n", NULL), "an empty value is none");
	ok(name_is("name = a\nname = b\n", "b"), "of two the last");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(load(bad[i].text, &e) < 0 && strstr(e.message, bad[i].message) != NULL, "%s", e.message);
	ok(config_load_file(items, "/nothing/here", &e) < 0 && strstr(e.message, "No such file") != NULL, "%s", e.message);
}

static void
check_units(void)
{
	static const struct
	{
		const char *key;
		const char *text;
		int64_t value; /* -1: refused */
	} cases[] = {
		{"time", "30", 30000},
		{"time", "1500 ms", 1500},
		{"time", "5min", 300000},
		{"time", "2 h", 7200000},
		{"time", "1 d", 86400000},
		{"time", "0", 0},
		{"time", "-1 s", -1},
		{"time", "1 week", -1},
		{"time", "x", -1},
		{"time", "1.5 s", -1},
		{"time", "9223372036854775807 d", -1},
		{"time", "99999999999999999999", -1},
		{"time", "1 S", -1},
		{"size", "16 MB", 16777216},
		{"size", "64 kB", 65536},
		{"size", "1", 1},
		{"size", "1 GB", 1073741824},
		{"size", "1 mb", -1},
		{"size", "9999999999999 GB", -1},
	};
	int64_t value;
	Err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		int result;

		config_free(items);
		config_set(items, cases[i].key, cases[i].text, CONFIG_FLAG, &e);
		result = strcmp(cases[i].key, "time") == 0 ? config_get_duration(items, "time", INT64_C(1) << 50, &value, &e)
												   : config_get_bytes(items, "size", INT64_C(1) << 50, &value, &e);
		ok(cases[i].value < 0 ? result < 0 : result == 0 && value == cases[i].value, "%s = %s", cases[i].key,
		   cases[i].text);
	}
	config_free(items);
	ok(config_parse_duration("wait", "90 s", 90000, &value, &e) == 0 && value == 90000,
	   "a time that stands in no table");
	ok(config_parse_duration("wait", "91 s", 90000, &value, &e) < 0 && strstr(e.message, "\"wait\"") != NULL, "%s",
	   e.message);
	ok(config_parse_bytes("size", "2 kB", 4096, &value, &e) == 0 && value == 2048, "a size that stands in no table");
	ok(config_parse_bytes("size", NULL, 4096, &value, &e) < 0, "%s", e.message);
	ok(config_get_int(items, "count", 1, 5, &value, &e) == 0 && value == 5, "a number at its bound");
	ok(config_get_int(items, "count", 6, 9, &value, &e) < 0, "%s", e.message);
	ok(config_get_int(items, "name", 6, 9, &value, &e) < 0, "%s", e.message);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	check_sources();
	check_file();
	check_units();
	config_free(items);
	unlink(path);
	return done_testing();
}
