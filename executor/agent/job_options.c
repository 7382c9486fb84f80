/*
 * job_options.c - limits and output of a job, from the database's JSON.
 *
 * What is absent is no limit. Whether the node can enforce one is the keeper's business.
 */
#include "job_options.h"

#include <string.h>

#define LARGEST (INT64_C(1) << 60)

static int
get_limit(const JsonDoc *doc, JsonNode limits, const char *name, int64_t *value, Err *e)
{
	JsonNode node = json_member(doc, limits, name);

	if (node == JSON_ABSENT)
		return 0;
	if (json_get_int(doc, node, 0, LARGEST, value, e) < 0)
		return err_wrap(e, "limit \"%s\"", name);
	return 0;
}

static int
read_limits(Specification *spec, const JsonDoc *doc, JsonNode limits, Err *e)
{
	SpecNumbers *n = &spec->builder.numbers;
	const struct
	{
		const char *name;
		int64_t *value;
	} table[] = {{"cpu_milli", &n->cpu_milli}, {"cpu_weight", &n->cpu_weight}, {"io_weight", &n->io_weight},
				 {"memory", &n->memory},       {"processes", &n->processes},   {"open_files", &n->open_files},
				 {"file_size", &n->file_size}, {"output", &spec->output_limit}};

	if (limits == JSON_ABSENT)
		return 0;
	if (json_type(doc, limits) != JSON_OBJECT)
		return err_set(e, 0, "\"limits\" is not an object");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (get_limit(doc, limits, table[i].name, table[i].value, e) < 0)
			return -1;
	return 0;
}

static int
read_flag(const JsonDoc *doc, JsonNode root, const char *name, bool wanted, uint32_t flag, uint32_t *flags, Err *e)
{
	JsonNode node = json_member(doc, root, name);
	bool value;

	if (node == JSON_ABSENT)
		return 0;
	if (json_get_bool(doc, node, &value, e) < 0)
		return err_wrap(e, "\"%s\"", name);
	if (value == wanted)
		*flags |= flag;
	return 0;
}

static int
read_output(const JsonDoc *doc, JsonNode root, uint32_t *flags, Err *e)
{
	JsonNode node = json_member(doc, root, "output");
	cleanup_buf Buf text = {0};

	if (node == JSON_ABSENT)
		return 0;
	if (json_get_string(doc, node, &text, e) < 0)
		return err_wrap(e, "\"output\"");
	if (strcmp(buf_text(&text), "merged") == 0)
		*flags |= SPEC_MERGED;
	else if (strcmp(buf_text(&text), "separate") != 0)
		return err_set(e, 0, "\"output\" is \"%s\"", buf_text(&text));
	return 0;
}

int
job_options_read(Specification *spec, const JsonDoc *doc, JsonNode root, Err *e)
{
	uint32_t *flags = &spec->builder.numbers.flags;

	if (read_limits(spec, doc, json_member(doc, root, "limits"), e) < 0 || read_output(doc, root, flags, e) < 0 ||
		read_flag(doc, root, "append", true, SPEC_APPEND, flags, e) < 0 ||
		read_flag(doc, root, "leave_running", true, SPEC_LEAVE_RUNNING, flags, e) < 0)
		return -1;
	return read_flag(doc, root, "network", false, SPEC_NO_NETWORK, flags, e);
}
