/*
 * runner_settings.c - the specification file of a runner.
 *
 * Its settings as the job has them, with the parameters put into their strings, and beside them what a runner may want to
 * know of its run. A string that names a secret stays as it is; the runner finds the secret's file by a variable.
 */
#include "runner_settings.h"

#include <ctype.h>
#include <string.h>

#include "mem.h"
#include "specification.h"

#define MAX_DEPTH 32

typedef struct Writer
{
	SpecBuilder *builder;
	const JsonDoc *doc;
	JsonNode parameters;
	Buf *out;
} Writer;

static int write_value(const Writer *w, JsonNode node, int depth, Err *e);

/* JOBGRID_SECRET_<NAME>, whatever the name is made of. */
static void
announce_secret(SpecBuilder *builder, const char *name)
{
	cleanup_free char *variable = mem_printf("JOBGRID_SECRET_%s", name);

	for (char *p = variable; *p != '\0'; p++)
		*p = isascii((unsigned char) *p) && isalnum((unsigned char) *p) ? (char) toupper((unsigned char) *p) : '_';
	specification_add_secret(builder, variable, name);
}

static bool
names_secret(const Buf *text)
{
	return text->len > SECRET_PREFIX_LEN && memcmp(buf_text(text), SECRET_PREFIX, SECRET_PREFIX_LEN) == 0 &&
		   memchr(buf_text(text), '\0', text->len) == NULL;
}

static int
write_string(const Writer *w, JsonNode node, Err *e)
{
	cleanup_buf Buf text = {0};
	cleanup_buf Buf value = {0};

	if (json_get_string(w->doc, node, &text, e) < 0)
		return -1;
	if (names_secret(&text))
	{
		announce_secret(w->builder, buf_text(&text) + SECRET_PREFIX_LEN);
		json_quote(w->out, buf_text(&text), text.len);
		return 0;
	}
	if (specification_substitute(&value, buf_text(&text), text.len, w->doc, w->parameters, e) < 0)
		return -1;
	/* Whoever submits a run must not choose which of its secrets goes where. */
	if (names_secret(&value))
		return err_set(e, 0, "a parameter cannot name a secret");
	json_quote(w->out, buf_text(&value), value.len);
	return 0;
}

static int
write_container(const Writer *w, JsonNode container, int depth, Err *e)
{
	bool object = json_type(w->doc, container) == JSON_OBJECT;

	if (depth == MAX_DEPTH)
		return err_set(e, 0, "the settings are nested deeper than %d levels", MAX_DEPTH);
	buf_putc(w->out, object ? '{' : '[');
	for (JsonNode node = json_first(w->doc, container); node != JSON_ABSENT; node = json_next(w->doc, node))
	{
		const char *raw;
		size_t len;

		if (node != json_first(w->doc, container))
			buf_putc(w->out, ',');
		if (object)
		{
			json_raw(w->doc, node, &raw, &len);
			buf_printf(w->out, "\"%.*s\":", (int) len, raw);
		}
		if (write_value(w, object ? json_value(w->doc, node) : node, depth + 1, e) < 0)
			return -1;
	}
	buf_putc(w->out, object ? '}' : ']');
	return 0;
}

static int
write_value(const Writer *w, JsonNode node, int depth, Err *e)
{
	const char *raw;
	size_t len;

	switch (json_type(w->doc, node))
	{
		case JSON_STRING:
			return write_string(w, node, e);
		case JSON_OBJECT:
		case JSON_ARRAY:
			return write_container(w, node, depth, e);
		default:
			json_raw(w->doc, node, &raw, &len);
			buf_append(w->out, raw, len);
			return 0;
	}
}

/* Members of the specification that go over as they are. */
static void
copy_members(Buf *out, const JsonDoc *doc, JsonNode root)
{
	static const char *const names[] = {"job",          "tenant",         "business_date", "previous_business_date",
										"is_month_end", "is_quarter_end", "try",           "timeout_ms",
										"parameters"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		JsonNode node = json_member(doc, root, names[i]);
		const char *raw;
		size_t len;

		if (node == JSON_ABSENT)
			continue;
		json_raw(doc, node, &raw, &len);
		if (json_type(doc, node) == JSON_STRING)
			buf_printf(out, ",\"%s\":\"%.*s\"", names[i], (int) len, raw);
		else
			buf_printf(out, ",\"%s\":%.*s", names[i], (int) len, raw);
	}
}

int
runner_settings_add(SpecBuilder *builder, const char *kind, const JsonDoc *doc, JsonNode root, const char *work_dir,
					const AttemptKey *key, Err *e)
{
	cleanup_free char *path = run_directory_path(work_dir, key, "specification.json");
	Buf *out = &builder->fields[SPEC_SETTINGS];
	const Writer writer = {builder, doc, json_member(doc, root, "parameters"), out};
	JsonNode settings = json_member(doc, root, "settings");

	buf_puts(out, "{\"kind\":");
	json_quote(out, kind, strlen(kind));
	buf_puts(out, ",\"settings\":");
	if (settings == JSON_ABSENT)
		buf_puts(out, "{}");
	else if (write_value(&writer, settings, 0, e) < 0)
		return err_wrap(e, "settings");
	copy_members(out, doc, root);
	buf_putc(out, '}');
	buf_puts(&builder->fields[SPEC_KIND], kind);
	spec_add_variable(builder, "JOBGRID_SPECIFICATION_FILE", path, strlen(path));
	return 0;
}
