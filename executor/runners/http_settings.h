/*
 * http_settings.h - what an http job is to send, checked before anything is sent.
 */
#ifndef JOBGRID_RUNNERS_HTTP_SETTINGS_H
#define JOBGRID_RUNNERS_HTTP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "runner.h"

typedef struct HttpHeader
{
	Buf name;
	Buf value;
	bool secret;
} HttpHeader;

typedef struct HttpSettings
{
	const char *method;
	bool safe; /* the method changes nothing on the server */
	Buf url;
	HttpHeader *headers;
	size_t header_count;
	bool has_body;
	bool json_body;
	Buf body;
	Buf expect;
	int64_t timeout_ms;
	int64_t connect_timeout_ms;
	int64_t max_body;
	bool result;
	int64_t follow;
	Buf ca_file; /* empty: the system's */
} HttpSettings;

extern const char *const http_setting_names[];

/* Secrets are resolved. < 0: the job is wrong. Free it in either case. */
int http_settings_read(HttpSettings *settings, const Runner *runner, Err *e);
void http_settings_free(HttpSettings *settings);

bool http_settings_expect(const HttpSettings *settings, long status);
bool http_settings_has_header(const HttpSettings *settings, const char *name);

#endif
