/*
 * http_url.h - where a request goes: a checked URL and its origin.
 */
#ifndef JOBGRID_RUNNERS_HTTP_URL_H
#define JOBGRID_RUNNERS_HTTP_URL_H

#include <stdbool.h>

#include "err.h"

typedef struct HttpUrl
{
	char *text;   /* may hold secrets: never to be printed */
	char *origin; /* scheme://host:port */
	bool https;
} HttpUrl;

/* http and https only, without a user name. base: what a relative text starts from, or NULL. Nothing is kept on failure. */
int http_url_parse(HttpUrl *url, const char *base, const char *text, Err *e);
void http_url_free(HttpUrl *url);

#define cleanup_http_url __attribute__((cleanup(http_url_free)))

#endif
