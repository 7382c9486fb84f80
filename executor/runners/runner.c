/*
 * runner.c - what every runner starts with: its specification and settings.
 */
#include "runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "file.h"
#include "jobsocket.h"
#include "log.h"

#define MAX_SPECIFICATION (8 * 1024 * 1024)

static int
check_names(const Runner *runner, const char *const *names, Err *e)
{
	for (JsonNode key = json_first(runner->doc, runner->settings); key != JSON_ABSENT;
		 key = json_next(runner->doc, key))
	{
		cleanup_buf Buf name = {0};
		const char *const *known = names;

		if (json_get_string(runner->doc, key, &name, e) < 0)
			return err_wrap(e, "name of a setting");
		while (*known != NULL && strcmp(*known, buf_text(&name)) != 0)
			known++;
		if (*known == NULL)
			return err_set(e, 0, "unrecognized setting \"%s\"", buf_text(&name));
	}
	return 0;
}

static int
read_specification(Runner *runner, Err *e)
{
	static const JsonCaps caps = {.bytes = MAX_SPECIFICATION, .tokens = 200000, .depth = 64};
	const char *path = getenv("JOBGRID_SPECIFICATION_FILE");

	if (path == NULL)
		return err_set(e, 0, "JOBGRID_SPECIFICATION_FILE is not set: Jobgrid's executor is to start this program");
	if (file_read(path, MAX_SPECIFICATION, &runner->text, e) < 0)
		return err_wrap(e, "specification");
	runner->doc = json_parse(buf_text(&runner->text), runner->text.len, &caps, e);
	if (runner->doc == NULL)
		return err_wrap(e, "specification \"%s\"", path);
	runner->settings = json_member(runner->doc, json_root(runner->doc), "settings");
	if (json_type(runner->doc, runner->settings) != JSON_OBJECT)
		return err_set(e, 0, "specification \"%s\" has no object \"settings\"", path);
	return 0;
}

int
runner_open(Runner *runner, const char *const *names, Err *e)
{
	*runner = (Runner){.node = JOBSOCKET_NOBODY};
	if (read_specification(runner, e) < 0)
		return -1;
	if (jobsocket_find(&runner->node, e) < 0)
		log_warnx("%s; the job goes on unheard", e->message);
	return check_names(runner, names, e);
}

void
runner_close(Runner *runner)
{
	json_free(runner->doc);
	buf_free(&runner->text);
}

JsonNode
runner_setting(const Runner *runner, const char *name)
{
	JsonNode node = json_member(runner->doc, runner->settings, name);

	return json_type(runner->doc, node) == JSON_NULL ? JSON_ABSENT : node;
}

int
runner_text(const Runner *runner, const char *name, const char *fallback, Buf *text, Err *e)
{
	JsonNode node = runner_setting(runner, name);
	const char *raw;
	size_t len;

	if (node == JSON_ABSENT && fallback == NULL)
		return err_set(e, 0, "setting \"%s\" is missing", name);
	if (node == JSON_ABSENT)
	{
		buf_puts(text, fallback);
		return 0;
	}
	if (json_type(runner->doc, node) == JSON_NUMBER)
	{
		json_raw(runner->doc, node, &raw, &len);
		buf_append(text, raw, len);
		return 0;
	}
	if (json_get_string(runner->doc, node, text, e) < 0)
		return err_wrap(e, "setting \"%s\"", name);
	if (memchr(buf_text(text), '\0', text->len) != NULL)
		return err_set(e, 0, "setting \"%s\" holds a NUL", name);
	return 0;
}

int
runner_bool(const Runner *runner, const char *name, bool fallback, bool *value, Err *e)
{
	JsonNode node = runner_setting(runner, name);

	*value = fallback;
	if (node != JSON_ABSENT && json_get_bool(runner->doc, node, value, e) < 0)
		return err_wrap(e, "setting \"%s\"", name);
	return 0;
}

int
runner_int(const Runner *runner, const char *name, int64_t fallback, int64_t min, int64_t max, int64_t *value, Err *e)
{
	JsonNode node = runner_setting(runner, name);

	*value = fallback;
	if (node != JSON_ABSENT && json_get_int(runner->doc, node, min, max, value, e) < 0)
		return err_wrap(e, "setting \"%s\"", name);
	return 0;
}

int
runner_duration(const Runner *runner, const char *name, const char *fallback, int64_t min_ms, int64_t max_ms,
				int64_t *ms, Err *e)
{
	cleanup_buf Buf text = {0};

	if (runner_text(runner, name, fallback, &text, e) < 0 ||
		config_parse_duration(name, buf_text(&text), max_ms, ms, e) < 0)
		return -1;
	if (*ms < min_ms)
		return err_set(e, 0, "setting \"%s\" is shorter than %lld ms", name, (long long) min_ms);
	return 0;
}

int
runner_bytes(const Runner *runner, const char *name, const char *fallback, int64_t max, int64_t *bytes, Err *e)
{
	cleanup_buf Buf text = {0};

	if (runner_text(runner, name, fallback, &text, e) < 0)
		return -1;
	return config_parse_bytes(name, buf_text(&text), max, bytes, e);
}
