/*
 * http_url.c - where a request goes: a checked URL and its origin.
 *
 * libcurl's parser reads it, the same that will read it when the request is
 * sent: with another one there could be a URL that means two hosts.
 */
#include "http_url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#include "mem.h"

static void
free_handle(CURLU **handle)
{
	curl_url_cleanup(*handle);
}

static void
free_part(char **part)
{
	curl_free(*part);
}

#define cleanup_handle __attribute__((cleanup(free_handle)))
#define cleanup_part __attribute__((cleanup(free_part)))

static int
check_parts(CURLU *handle, HttpUrl *url, Err *e)
{
	cleanup_part char *user = NULL;
	cleanup_part char *password = NULL;
	cleanup_part char *scheme = NULL;
	cleanup_part char *host = NULL;
	cleanup_part char *port = NULL;
	cleanup_part char *text = NULL;

	if (curl_url_get(handle, CURLUPART_USER, &user, 0) == CURLUE_OK ||
		curl_url_get(handle, CURLUPART_PASSWORD, &password, 0) == CURLUE_OK)
		return err_set(e, 0, "a user name in a URL is not taken: a header can hold a secret");
	if (curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
		(strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return err_set(e, 0, "a URL begins with http:// or https://");
	if (curl_url_get(handle, CURLUPART_HOST, &host, 0) != CURLUE_OK || *host == '\0' ||
		curl_url_get(handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
		curl_url_get(handle, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return err_set(e, 0, "a URL without a host");
	for (char *p = host; *p != '\0'; p++)
		*p = (char) tolower((unsigned char) *p);
	url->https = strcmp(scheme, "https") == 0;
	url->origin = mem_printf("%s://%s:%s", scheme, host, port);
	url->text = mem_strdup(text);
	return 0;
}

int
http_url_parse(HttpUrl *url, const char *base, const char *text, Err *e)
{
	cleanup_handle CURLU *handle = curl_url();
	CURLUcode code = CURLUE_OK;

	*url = (HttpUrl){0};
	if (handle == NULL)
		return err_set(e, 0, "out of memory");
	if (base != NULL)
		code = curl_url_set(handle, CURLUPART_URL, base, 0);
	if (code == CURLUE_OK)
		code = curl_url_set(handle, CURLUPART_URL, text, 0);
	if (code == CURLUE_UNSUPPORTED_SCHEME)
		return err_set(e, 0, "a URL begins with http:// or https://");
	if (code != CURLUE_OK)
		return err_set(e, 0, "not a URL: %s", curl_url_strerror(code));
	return check_parts(handle, url, e);
}

void
http_url_free(HttpUrl *url)
{
	free(url->text);
	free(url->origin);
	*url = (HttpUrl){0};
}
