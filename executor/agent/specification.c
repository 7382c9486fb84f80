/*
 * specification.c - from the database's JSON to what the keeper runs.
 *
 * Here is what all kinds of jobs have in common and what a shell's job has; a runner's settings are in
 * runner_settings.c, limits and output in job_options.c. Parameters become environment variables, a file, and whole texts
 * inside elements of an argument vector. They never become part of a text that a shell reads. The keeper sees no JSON.
 */
#include "specification.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "job_options.h"
#include "json.h"
#include "mem.h"
#include "runner_settings.h"

#define MAX_JSON_BYTES (8 * 1024 * 1024)
#define MAX_VARIABLE 100000
#define MAX_ARGUMENT 131000 /* Linux takes 128 kB in one argument */
#define MAX_MS (INT64_C(400) * 86400000)

static const JsonCaps caps = {.bytes = MAX_JSON_BYTES, .tokens = 200000, .depth = 64};

/* The member's text; absent or null is "no". < 0 for other types. */
static int
get_text(const JsonDoc *doc, JsonNode object, const char *name, Buf *out, bool *present, Err *e)
{
	JsonNode node = json_member(doc, object, name);

	*present = node != JSON_ABSENT && json_type(doc, node) != JSON_NULL;
	if (!*present)
		return 0;
	if (json_get_string(doc, node, out, e) < 0)
		return err_wrap(e, "\"%s\"", name);
	return 0;
}

static int
get_ms(const JsonDoc *doc, JsonNode object, const char *name, int64_t *ms, Err *e)
{
	JsonNode node = json_member(doc, object, name);

	*ms = 0;
	if (node == JSON_ABSENT || json_type(doc, node) == JSON_NULL)
		return 0;
	if (json_get_int(doc, node, 0, MAX_MS, ms, e) < 0)
		return err_wrap(e, "\"%s\"", name);
	return 0;
}

/* A parameter as text: a string's content, null as nothing, everything else as JSON. */
static int
parameter_text(const JsonDoc *doc, JsonNode value, Buf *out, Err *e)
{
	const char *raw;
	size_t len;

	switch (json_type(doc, value))
	{
		case JSON_STRING:
			return json_get_string(doc, value, out, e);
		case JSON_NULL:
			return 0;
		default:
			json_raw(doc, value, &raw, &len);
			buf_append(out, raw, len);
			return 0;
	}
}

/* What a name means: a parameter of the run, or else what the database says of its business date. */
static JsonNode
named_value(const JsonDoc *doc, JsonNode parameters, const char *name)
{
	static const char *const given[] = {"business_date", "previous_business_date", "is_month_end", "is_quarter_end"};
	JsonNode value = json_member(doc, parameters, name);

	for (size_t i = 0; value == JSON_ABSENT && i < sizeof(given) / sizeof(given[0]); i++)
		if (strcmp(name, given[i]) == 0)
			return json_member(doc, json_root(doc), name);
	return value;
}

int
specification_substitute(Buf *out, const char *text, size_t len, const struct JsonDoc *doc, int parameters, Err *e)
{
	for (size_t i = 0; i < len; i++)
	{
		const char *end;
		cleanup_free char *name = NULL;
		JsonNode value;

		if (len - i >= 3 && memcmp(text + i, "$${", 3) == 0)
		{
			buf_puts(out, "${");
			i += 2;
			continue;
		}
		if (len - i < 2 || memcmp(text + i, "${", 2) != 0)
		{
			buf_putc(out, text[i]);
			continue;
		}
		end = memchr(text + i + 2, '}', len - i - 2);
		if (end == NULL)
			return err_set(e, 0, "an argument has \"${\" without a \"}\"");
		name = mem_strndup(text + i + 2, (size_t) (end - text) - i - 2);
		value = named_value(doc, parameters, name);
		if (value == JSON_ABSENT)
			return err_set(e, 0, "an argument names parameter \"%s\", which the run does not have", name);
		if (parameter_text(doc, value, out, e) < 0)
			return err_wrap(e, "parameter \"%s\"", name);
		i = (size_t) (end - text);
	}
	return 0;
}

static int
add_arguments(SpecBuilder *builder, const JsonDoc *doc, JsonNode arguments, JsonNode parameters, Err *e)
{
	for (JsonNode node = json_first(doc, arguments); node != JSON_ABSENT; node = json_next(doc, node))
	{
		cleanup_buf Buf text = {0};
		cleanup_buf Buf argument = {0};

		if (json_get_string(doc, node, &text, e) < 0)
			return err_wrap(e, "\"arguments\"");
		if (specification_substitute(&argument, buf_text(&text), text.len, doc, parameters, e) < 0)
			return -1;
		if (memchr(buf_text(&argument), '\0', argument.len) != NULL)
			return err_set(e, 0, "an argument would hold a NUL");
		if (argument.len > MAX_ARGUMENT)
			return err_set(e, 0, "an argument would have %zu bytes, more than %d", argument.len, MAX_ARGUMENT);
		spec_add(builder, SPEC_ARGV, buf_text(&argument), argument.len);
	}
	return 0;
}

/* A command that is too long for an argument becomes a file that the shell reads. */
static void
add_command(SpecBuilder *builder, const Buf *command, const char *work_dir, const AttemptKey *key)
{
	spec_add(builder, SPEC_ARGV, "/bin/sh", 7);
	if (command->len <= MAX_ARGUMENT)
	{
		spec_add(builder, SPEC_ARGV, "-c", 2);
		spec_add(builder, SPEC_ARGV, buf_text(command), command->len);
	}
	else
	{
		cleanup_free char *path = run_directory_path(work_dir, key, "command");

		spec_add(builder, SPEC_ARGV, path, strlen(path));
		spec_add(builder, SPEC_COMMAND, command->data, command->len);
	}
}

static bool
is_variable_name(const char *name, size_t len)
{
	if (len == 0 || len > 200 || isdigit((unsigned char) name[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] != '_' && !(isascii((unsigned char) name[i]) && isalnum((unsigned char) name[i])))
			return false;
	return true;
}

/* Parameters that the job's author has declared to be secrets; any other that names one is text. */
static bool
is_secret(const JsonDoc *doc, const Buf *name)
{
	JsonNode secrets = json_member(doc, json_root(doc), "secret_parameters");

	if (secrets == JSON_ABSENT || json_type(doc, secrets) != JSON_ARRAY)
		return false;
	for (JsonNode node = json_first(doc, secrets); node != JSON_ABSENT; node = json_next(doc, node))
	{
		cleanup_buf Buf text = {0};
		Err ignored;

		if (json_get_string(doc, node, &text, &ignored) == 0 && strcmp(buf_text(&text), buf_text(name)) == 0)
			return true;
	}
	return false;
}

static int
add_parameter(SpecBuilder *builder, const JsonDoc *doc, JsonNode key, Err *e)
{
	JsonNode value = json_value(doc, key);
	JsonType type = json_type(doc, value);
	cleanup_buf Buf name = {0};
	cleanup_buf Buf text = {0};
	cleanup_buf Buf variable = {0};

	if (type == JSON_OBJECT || type == JSON_ARRAY)
		return 0;
	if (json_get_string(doc, key, &name, e) < 0 || parameter_text(doc, value, &text, e) < 0)
		return err_wrap(e, "a parameter");
	if (!is_variable_name(buf_text(&name), name.len) || text.len > MAX_VARIABLE ||
		memchr(buf_text(&text), '\0', text.len) != NULL)
		return 0; /* it is in the file */
	buf_puts(&variable, "JOBGRID_PARAM_");
	for (size_t i = 0; i < name.len; i++)
		buf_putc(&variable, (char) toupper((unsigned char) name.data[i]));
	if (text.len > SECRET_PREFIX_LEN && memcmp(buf_text(&text), SECRET_PREFIX, SECRET_PREFIX_LEN) == 0 &&
		is_secret(doc, &name))
		specification_add_secret(builder, buf_text(&variable), buf_text(&text) + SECRET_PREFIX_LEN);
	else
		spec_add_variable(builder, buf_text(&variable), buf_text(&text), text.len);
	return 0;
}

/* A run without parameters shares one file with all others, because a file of its own costs as much as a process. */
static int
add_parameters(SpecBuilder *builder, const JsonDoc *doc, JsonNode parameters, const char *work_dir,
			   const AttemptKey *key, Err *e)
{
	JsonNode first = parameters != JSON_ABSENT ? json_first(doc, parameters) : JSON_ABSENT;
	cleanup_free char *file = first != JSON_ABSENT ? run_directory_path(work_dir, key, "parameters.json")
												   : mem_printf("%s/" NO_PARAMETERS_FILE, work_dir);

	spec_add_variable(builder, "JOBGRID_PARAMETERS_FILE", file, strlen(file));
	if (first != JSON_ABSENT)
	{
		const char *raw;
		size_t len;

		json_raw(doc, parameters, &raw, &len);
		spec_add(builder, SPEC_PARAMETERS, raw, len);
	}
	for (JsonNode name = first; name != JSON_ABSENT; name = json_next(doc, name))
		if (add_parameter(builder, doc, name, e) < 0)
			return -1;
	return 0;
}

static void
add_number(SpecBuilder *builder, const char *name, int64_t value)
{
	cleanup_free char *text = mem_printf("%" PRId64, value);

	spec_add_variable(builder, name, text, strlen(text));
}

static int
add_identity(SpecBuilder *builder, const JsonDoc *doc, JsonNode root, const AttemptKey *key, Err *e)
{
	static const char *const texts[][2] = {{"JOBGRID_JOB", "job"},
										   {"JOBGRID_TENANT", "tenant"},
										   {"JOBGRID_BUSINESS_DATE", "business_date"},
										   {"JOBGRID_PREVIOUS_BUSINESS_DATE", "previous_business_date"}};
	static const char *const flags[][2] = {{"JOBGRID_IS_MONTH_END", "is_month_end"},
										   {"JOBGRID_IS_QUARTER_END", "is_quarter_end"}};
	JsonNode try = json_member(doc, root, "try");
	int64_t number = 1;

	add_number(builder, "JOBGRID_RUN_ID", key->run_id);
	add_number(builder, "JOBGRID_ATTEMPT", key->attempt);
	add_number(builder, "JOBGRID_FENCE", key->fence);
	if (try != JSON_ABSENT && json_get_int(doc, try, 0, INT32_MAX, &number, e) < 0)
		return err_wrap(e, "\"try\"");
	add_number(builder, "JOBGRID_TRY", number);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		cleanup_buf Buf text = {0};
		bool present;

		if (get_text(doc, root, texts[i][1], &text, &present, e) < 0)
			return -1;
		spec_add_variable(builder, texts[i][0], buf_text(&text), strlen(buf_text(&text)));
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
	{
		JsonNode node = json_member(doc, root, flags[i][1]);
		bool flag;

		if (node == JSON_ABSENT)
			continue;
		if (json_get_bool(doc, node, &flag, e) < 0)
			return err_wrap(e, "\"%s\"", flags[i][1]);
		spec_add_variable(builder, flags[i][0], flag ? "true" : "false", flag ? 4 : 5);
	}
	return 0;
}

/*
 * A runner does what the node's administrator installed it for. What makes it load other code, trust other servers or
 * find other files is not the job's to set: what the dynamic linker does not believe in a privileged program, and what
 * OpenSSL and libcurl read.
 */
static bool
steers_program(const char *name)
{
	static const char *const prefixes[] = {"LD_", "OPENSSL_", "SSL_CERT_", "CURL_"};
	static const char *const names[] = {
		"GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES",      "LOCALDOMAIN",   "LOCPATH", "MALLOC_TRACE",
		"NIS_PATH",   "NLSPATH",     "RES_OPTIONS",    "RESOLV_HOST_CONF", "SSLKEYLOGFILE", "TZDIR"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
add_environment(SpecBuilder *builder, const char *kind, const JsonDoc *doc, JsonNode environment, Err *e)
{
	bool runner = strcmp(kind, "shell") != 0;

	for (JsonNode key = json_first(doc, environment); key != JSON_ABSENT; key = json_next(doc, key))
	{
		cleanup_buf Buf name = {0};
		cleanup_buf Buf value = {0};

		if (json_get_string(doc, key, &name, e) < 0 || json_get_string(doc, json_value(doc, key), &value, e) < 0)
			return err_wrap(e, "\"environment\"");
		if (!is_variable_name(buf_text(&name), name.len) || strncmp(buf_text(&name), "JOBGRID_", 8) == 0 ||
			memchr(buf_text(&value), '\0', value.len) != NULL || value.len > MAX_ARGUMENT)
			return err_set(e, 0, "environment cannot set \"%s\"", buf_text(&name));
		if (runner && steers_program(buf_text(&name)))
			return err_set(e, 0, "environment of a job of kind \"%s\" cannot set \"%s\"", kind, buf_text(&name));
		if (value.len > SECRET_PREFIX_LEN && memcmp(buf_text(&value), SECRET_PREFIX, SECRET_PREFIX_LEN) == 0)
			specification_add_secret(builder, buf_text(&name), buf_text(&value) + SECRET_PREFIX_LEN);
		else
			spec_add_variable(builder, buf_text(&name), buf_text(&value), value.len);
	}
	return 0;
}

void
specification_add_secret(SpecBuilder *builder, const char *variable, const char *secret)
{
	cleanup_free char *pair = mem_printf("%s=%s", variable, secret);

	spec_add(builder, SPEC_SECRETS, pair, strlen(pair));
}

/* What a shell runs: a command's text, or a program with arguments. */
static int
add_program(SpecBuilder *builder, const JsonDoc *doc, JsonNode root, const char *work_dir, const AttemptKey *key,
			Err *e)
{
	JsonNode arguments = json_member(doc, root, "arguments");
	cleanup_buf Buf command = {0};
	bool has_command;

	if (get_text(doc, root, "command", &command, &has_command, e) < 0)
		return -1;
	if (memchr(buf_text(&command), '\0', command.len) != NULL)
		return err_set(e, 0, "the command holds a NUL");
	if (has_command)
	{
		add_command(builder, &command, work_dir, key);
		return 0;
	}
	if (json_type(doc, arguments) != JSON_ARRAY)
		return err_set(e, 0, "the job has neither a command nor arguments");
	return add_arguments(builder, doc, arguments, json_member(doc, root, "parameters"), e);
}

static int
add_texts(SpecBuilder *builder, const JsonDoc *doc, JsonNode root, Err *e)
{
	static const struct
	{
		const char *member;
		SpecField field;
	} texts[] = {{"directory", SPEC_DIRECTORY}, {"run_as", SPEC_RUN_AS}, {"tenant", SPEC_TENANT}, {"role", SPEC_ROLE}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		Buf *text = &builder->fields[texts[i].field];
		bool present;

		if (get_text(doc, root, texts[i].member, text, &present, e) < 0)
			return -1;
		if (memchr(buf_text(text), '\0', text->len) != NULL)
			return err_set(e, 0, "\"%s\" holds a NUL", texts[i].member);
	}
	return 0;
}

/* The job says where its files are; a parameter, which whoever submits may choose, does not lead elsewhere. */
static int
check_file(const char *template, const Buf *path, const char *member, Err *e)
{
	const char *text = buf_text(path);
	size_t slashes[2] = {0, 0};

	for (const char *p = template; *p != '\0'; p++)
		slashes[0] += *p == '/';
	for (const char *p = text; *p != '\0'; p++)
		slashes[1] += *p == '/';
	if (memchr(text, '\0', path->len) != NULL)
		return err_set(e, 0, "\"%s\" holds a NUL", member);
	if (slashes[0] != slashes[1] || strstr(text, "/../") != NULL ||
		(path->len >= 3 && strcmp(text + path->len - 3, "/..") == 0))
		return err_set(e, 0, "\"%s\" would be \"%s\": a parameter cannot lead to another folder", member, text);
	return 0;
}

static int
add_files(SpecBuilder *builder, const JsonDoc *doc, JsonNode root, JsonNode parameters, Err *e)
{
	static const struct
	{
		const char *member;
		SpecField field;
	} files[] = {{"output_file", SPEC_OUTPUT_FILE}, {"error_file", SPEC_ERROR_FILE}};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
	{
		Buf *path = &builder->fields[files[i].field];
		cleanup_buf Buf text = {0};
		bool present;

		if (get_text(doc, root, files[i].member, &text, &present, e) < 0)
			return -1;
		if (!present)
			continue;
		if (specification_substitute(path, buf_text(&text), text.len, doc, parameters, e) < 0)
			return err_wrap(e, "\"%s\"", files[i].member);
		if (check_file(buf_text(&text), path, files[i].member, e) < 0)
			return -1;
	}
	return 0;
}

static int
add_name(Specification *spec, const JsonDoc *doc, JsonNode root, Err *e)
{
	cleanup_buf Buf job = {0};
	bool present;

	if (get_text(doc, root, "job", &job, &present, e) < 0)
		return -1;
	spec->name = mem_printf("%s\n%s", buf_text(&spec->builder.fields[SPEC_TENANT]), buf_text(&job));
	return 0;
}

static int
add_fence(Specification *spec, const JsonDoc *doc, JsonNode root, Err *e)
{
	cleanup_buf Buf on_lost = {0};
	bool present;

	if (get_text(doc, root, "on_lost", &on_lost, &present, e) < 0)
		return -1;
	spec->fenced = strcmp(buf_text(&on_lost), "retry") == 0;
	return 0;
}

/* What an earlier attempt has left, as a file. */
static int
add_checkpoint(SpecBuilder *builder, const JsonDoc *doc, JsonNode root, const char *work_dir, const AttemptKey *key,
			   Err *e)
{
	cleanup_free char *path = run_directory_path(work_dir, key, "checkpoint");
	cleanup_buf Buf text = {0};
	bool present;

	if (get_text(doc, root, "checkpoint", &text, &present, e) < 0)
		return -1;
	if (!present)
		return 0;
	if (base64_decode(buf_text(&text), text.len, &builder->fields[SPEC_CHECKPOINT]) < 0)
		return err_set(e, 0, "\"checkpoint\" is not base64");
	spec_add_variable(builder, "JOBGRID_CHECKPOINT_FILE", path, strlen(path));
	return 0;
}

static int
read_members(Specification *spec, const char *kind, const JsonDoc *doc, const char *work_dir, const AttemptKey *key,
			 Err *e)
{
	SpecBuilder *builder = &spec->builder;
	JsonNode root = json_root(doc);
	JsonNode parameters = json_member(doc, root, "parameters");
	JsonNode environment = json_member(doc, root, "environment");
	int program;

	if (json_type(doc, root) != JSON_OBJECT ||
		(parameters != JSON_ABSENT && json_type(doc, parameters) != JSON_OBJECT) ||
		(environment != JSON_ABSENT && json_type(doc, environment) != JSON_OBJECT))
		return err_set(e, 0, "the specification is not what this executor knows");
	if (add_texts(builder, doc, root, e) < 0 || add_name(spec, doc, root, e) < 0 || add_fence(spec, doc, root, e) < 0 ||
		get_ms(doc, root, "timeout_ms", &spec->timeout_ms, e) < 0 ||
		get_ms(doc, root, "grace_ms", &spec->grace_ms, e) < 0 || job_options_read(spec, doc, root, e) < 0)
		return -1;
	if (strcmp(kind, "shell") == 0)
		program = add_program(builder, doc, root, work_dir, key, e);
	else
		program = runner_settings_add(builder, kind, doc, root, work_dir, key, e);
	if (program < 0 || add_identity(builder, doc, root, key, e) < 0 ||
		add_checkpoint(builder, doc, root, work_dir, key, e) < 0 || add_files(builder, doc, root, parameters, e) < 0 ||
		add_parameters(builder, doc, parameters, work_dir, key, e) < 0)
		return -1;
	return environment == JSON_ABSENT ? 0 : add_environment(builder, kind, doc, environment, e);
}

int
specification_read(Specification *spec, const char *kind, const char *json, const char *work_dir, const AttemptKey *key,
				   Err *e)
{
	cleanup_json JsonDoc *doc = NULL;

	memset(spec, 0, sizeof(*spec));
	doc = json_parse(json, strlen(json), &caps, e);
	return doc == NULL ? -1 : read_members(spec, kind, doc, work_dir, key, e);
}

void
specification_free(Specification *spec)
{
	spec_builder_free(&spec->builder);
	free(spec->name);
	spec->name = NULL;
}

char *
specification_notes(const Specification *spec)
{
	const Buf *out = &spec->builder.fields[SPEC_OUTPUT_FILE];
	const Buf *err = &spec->builder.fields[SPEC_ERROR_FILE];
	bool merged = (spec->builder.numbers.flags & SPEC_MERGED) != 0;
	Buf notes = {0};

	if (out->len > 0)
		buf_printf(&notes, "%s goes to file \"%s\"\n", merged ? "output" : "stdout", buf_text(out));
	if (err->len > 0 && !merged)
		buf_printf(&notes, "stderr goes to file \"%s\"\n", buf_text(err));
	return notes.data;
}
