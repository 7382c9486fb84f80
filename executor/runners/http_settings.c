/*
 * http_settings.c - what an http job is to send, checked before anything is sent.
 *
 * An error may name a setting or a header, never a value that could be a secret.
 */
#include "http_settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../extension/src/codes.h"
#include "mem.h"
#include "secret.h"
#include "utf8.h"

#define MAX_HEADERS 100
#define MAX_HEADER_NAME 256
#define MAX_HEADER_VALUE 65536
#define MAX_TIME_MS (INT64_C(86400) * 1000)
#define MAX_BODY (INT64_C(64) << 20)

const char *const http_setting_names[] = {"url",    "method",  "headers",         "body",
										  "expect", "timeout", "connect_timeout", "max_body",
										  "result", "follow",  "ca_file",         NULL};

typedef struct Method
{
	const char *name;
	bool safe;
	bool takes_body;
} Method;

static const Method methods[] = {{"GET", true, false},    {"HEAD", true, false}, {"OPTIONS", true, true},
								 {"POST", false, true},   {"PUT", false, true},  {"PATCH", false, true},
								 {"DELETE", false, true}, {NULL, false, false}};

/* What says where a request ends and how its connection is used is not a job's to say. */
static const char *const own_headers[] = {"Connection",
										  "Content-Length",
										  "Expect",
										  "Host",
										  "Idempotency-Key",
										  "Keep-Alive",
										  "TE",
										  "Trailer",
										  "Transfer-Encoding",
										  "Upgrade",
										  "Proxy-Authorization",
										  NULL};

static int
read_method(HttpSettings *settings, const Runner *runner, Err *e)
{
	cleanup_buf Buf name = {0};
	const Method *method = methods;

	if (runner_text(runner, "method", "GET", &name, e) < 0)
		return -1;
	while (method->name != NULL && strcmp(method->name, buf_text(&name)) != 0)
		method++;
	if (method->name == NULL)
		return err_set(e, 0, "setting \"method\" is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE: \"%s\"",
					   buf_text(&name));
	settings->method = method->name;
	settings->safe = method->safe;
	if (settings->has_body && !method->takes_body)
		return err_set(e, 0, "%s takes no body", method->name);
	return 0;
}

static bool
is_header_name(const Buf *name)
{
	if (name->len == 0 || name->len > MAX_HEADER_NAME)
		return false;
	return strspn(buf_text(name), "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
		   name->len;
}

/* A control character would end the header and begin another. */
static bool
is_header_value(const Buf *value)
{
	for (size_t i = 0; i < value->len; i++)
	{
		unsigned char c = (unsigned char) value->data[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return value->len <= MAX_HEADER_VALUE;
}

static int
read_header(HttpHeader *header, const JsonDoc *doc, JsonNode key, Err *e)
{
	int secret;

	if (json_get_string(doc, key, &header->name, e) < 0)
		return err_wrap(e, "name of a header");
	if (!is_header_name(&header->name))
		return err_set(e, 0, "not a name of a header: \"%s\"", buf_text(&header->name));
	for (const char *const *own = own_headers; *own != NULL; own++)
		if (strcasecmp(*own, buf_text(&header->name)) == 0)
			return err_set(e, 0, "header \"%s\" is not the job's to set", *own);
	if (json_get_string(doc, json_value(doc, key), &header->value, e) < 0)
		return err_wrap(e, "header \"%s\"", buf_text(&header->name));
	secret = secret_resolve(&header->value, e);
	if (secret < 0)
		return err_wrap(e, "header \"%s\"", buf_text(&header->name));
	header->secret = secret > 0;
	if (!is_header_value(&header->value))
		return err_set(e, 0, "header \"%s\" holds control characters, or more than %d bytes", buf_text(&header->name),
					   MAX_HEADER_VALUE);
	return 0;
}

static int
read_headers(HttpSettings *settings, const Runner *runner, Err *e)
{
	JsonNode headers = runner_setting(runner, "headers");

	if (headers == JSON_ABSENT)
		return 0;
	if (json_type(runner->doc, headers) != JSON_OBJECT)
		return err_set(e, 0, "setting \"headers\" is not an object");
	for (JsonNode key = json_first(runner->doc, headers); key != JSON_ABSENT; key = json_next(runner->doc, key))
	{
		HttpHeader *header;

		if (settings->header_count == MAX_HEADERS)
			return err_set(e, 0, "more than %d headers", MAX_HEADERS);
		settings->headers = mem_resize(settings->headers, settings->header_count + 1, sizeof(*header));
		header = &settings->headers[settings->header_count++];
		*header = (HttpHeader){.secret = false};
		if (read_header(header, runner->doc, key, e) < 0)
			return -1;
	}
	return 0;
}

static int
put_string(Buf *out, const JsonDoc *doc, JsonNode node, Err *e)
{
	cleanup_buf Buf text = {0};

	if (json_get_string(doc, node, &text, e) < 0)
		return err_wrap(e, "setting \"body\"");
	if (secret_resolve(&text, e) < 0)
		return -1;
	if (!utf8_valid(buf_text(&text), text.len))
		return err_set(e, 0, "setting \"body\" is to hold a text in JSON that is not UTF-8");
	json_quote(out, buf_text(&text), text.len);
	return 0;
}

/* Writes a value again, with its secrets in place. The reader has capped the depth. */
static int
put_json(Buf *out, const JsonDoc *doc, JsonNode node, Err *e)
{
	bool object = json_type(doc, node) == JSON_OBJECT;
	const char *raw;
	size_t len;

	if (json_type(doc, node) == JSON_STRING)
		return put_string(out, doc, node, e);
	if (!object && json_type(doc, node) != JSON_ARRAY)
	{
		json_raw(doc, node, &raw, &len);
		buf_append(out, raw, len);
		return 0;
	}
	buf_putc(out, object ? '{' : '[');
	for (JsonNode part = json_first(doc, node); part != JSON_ABSENT; part = json_next(doc, part))
	{
		if (part != json_first(doc, node))
			buf_putc(out, ',');
		if (object)
		{
			json_raw(doc, part, &raw, &len);
			buf_printf(out, "\"%.*s\":", (int) len, raw);
		}
		if (put_json(out, doc, object ? json_value(doc, part) : part, e) < 0)
			return -1;
	}
	buf_putc(out, object ? '}' : ']');
	return 0;
}

static int
read_body(HttpSettings *settings, const Runner *runner, Err *e)
{
	JsonNode body = runner_setting(runner, "body");

	settings->has_body = body != JSON_ABSENT;
	settings->json_body = settings->has_body && json_type(runner->doc, body) != JSON_STRING;
	if (!settings->has_body)
		return 0;
	if (settings->json_body)
		return put_json(&settings->body, runner->doc, body, e);
	if (json_get_string(runner->doc, body, &settings->body, e) < 0 || secret_resolve(&settings->body, e) < 0)
		return err_wrap(e, "setting \"body\"");
	return 0;
}

static int
read_url(HttpSettings *settings, const Runner *runner, Err *e)
{
	if (runner_text(runner, "url", NULL, &settings->url, e) < 0)
		return -1;
	return secret_resolve(&settings->url, e) < 0 ? err_wrap(e, "setting \"url\"") : 0;
}

static int
read_expect(HttpSettings *settings, const Runner *runner, Err *e)
{
	if (runner_text(runner, "expect", "200-299", &settings->expect, e) < 0)
		return -1;
	if (jg_codes_error(buf_text(&settings->expect)) != NULL)
		return err_set(e, 0,
					   "setting \"expect\" is numbers and ranges with commas between, such as 200-299,404: \"%s\"",
					   buf_text(&settings->expect));
	return 0;
}

int
http_settings_read(HttpSettings *settings, const Runner *runner, Err *e)
{
	*settings = (HttpSettings){.method = "GET"};
	if (read_url(settings, runner, e) < 0 || read_body(settings, runner, e) < 0 ||
		read_method(settings, runner, e) < 0 || read_headers(settings, runner, e) < 0 ||
		read_expect(settings, runner, e) < 0 ||
		runner_duration(runner, "timeout", "30 s", 1, MAX_TIME_MS, &settings->timeout_ms, e) < 0 ||
		runner_duration(runner, "connect_timeout", "10 s", 1, MAX_TIME_MS, &settings->connect_timeout_ms, e) < 0 ||
		runner_bytes(runner, "max_body", "1 MB", MAX_BODY, &settings->max_body, e) < 0 ||
		runner_bool(runner, "result", false, &settings->result, e) < 0 ||
		runner_int(runner, "follow", 0, 0, 10, &settings->follow, e) < 0)
		return -1;
	if (runner_text(runner, "ca_file", "", &settings->ca_file, e) < 0)
		return -1;
	if (settings->ca_file.len > 0 && settings->ca_file.data[0] != '/')
		return err_set(e, 0, "setting \"ca_file\" is not an absolute path");
	return 0;
}

void
http_settings_free(HttpSettings *settings)
{
	for (size_t i = 0; i < settings->header_count; i++)
	{
		buf_free(&settings->headers[i].name);
		buf_free(&settings->headers[i].value);
	}
	free(settings->headers);
	buf_free(&settings->url);
	buf_free(&settings->body);
	buf_free(&settings->expect);
	buf_free(&settings->ca_file);
}

bool
http_settings_expect(const HttpSettings *settings, long status)
{
	return jg_codes_contain(buf_text(&settings->expect), (int) status);
}

bool
http_settings_has_header(const HttpSettings *settings, const char *name)
{
	for (size_t i = 0; i < settings->header_count; i++)
		if (strcasecmp(buf_text(&settings->headers[i].name), name) == 0)
			return true;
	return false;
}
