/*
 * http_request.c - one request and its answer, by libcurl.
 *
 * What decides between "not sent" and "lost" is the moment before the first
 * byte of the request: after it, everything may have happened.  libcurl must
 * therefore never send it again by itself: every connection is a fresh one,
 * HTTP/1.1, and redirects are not followed here.
 */
#include "http_request.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"

typedef struct Transfer
{
	const HttpRequest *request;
	HttpAnswer *answer;
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	char message[CURL_ERROR_SIZE];
	char denied[INET6_ADDRSTRLEN];
	bool tried; /* an address that is allowed */
	bool redirect;
} Transfer;

static void
free_transfer(Transfer *t)
{
	if (t->multi != NULL && t->easy != NULL)
		curl_multi_remove_handle(t->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_multi_cleanup(t->multi);
	curl_slist_free_all(t->headers);
}

#define cleanup_transfer __attribute__((cleanup(free_transfer)))

/* ---- what libcurl asks ---- */

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	Transfer *t = arg;
	const void *bytes = address->family == AF_INET6
							? (const void *) &((struct sockaddr_in6 *) &address->addr)->sin6_addr
							: (const void *) &((struct sockaddr_in *) &address->addr)->sin_addr;

	if (purpose != CURLSOCKTYPE_IPCXN || !http_allow_permits(t->request->allow, &address->addr))
	{
		inet_ntop(address->family, bytes, t->denied, sizeof(t->denied));
		return CURL_SOCKET_BAD;
	}
	t->tried = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Connected, certificate verified, nothing sent yet. */
static int
about_to_send(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	Transfer *t = arg;

	(void) remote;
	(void) local;
	(void) remote_port;
	(void) local_port;
	t->answer->sent = true;
	return CURL_PREREQFUNC_OK;
}

static void
take_head(Transfer *t)
{
	struct curl_header *location;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->answer->status);
	if (t->answer->status < 200)
		t->answer->status = 0; /* 1xx is no answer yet */
	buf_reset(&t->answer->location);
	if (curl_easy_header(t->easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK)
		buf_puts(&t->answer->location, location->value);
	t->redirect = t->answer->location.len > 0 && t->answer->status >= 300 && t->answer->status < 400;
}

/* Taking less than there is ends the transfer. */
static size_t
take_body(char *bytes, size_t size, size_t count, void *arg)
{
	Transfer *t = arg;
	size_t room = (size_t) t->request->settings->max_body - t->answer->body.len;

	(void) size;
	take_head(t);
	if (t->redirect)
		return 0;
	buf_append(&t->answer->body, bytes, count < room ? count : room);
	t->answer->cut = count > room;
	return t->answer->cut ? 0 : count;
}

/* ---- what it is told ---- */

static void
add_line(Transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (longer == NULL)
		fatalx("out of memory");
	t->headers = longer;
}

/* libcurl takes "Name:" for "without that header", and "Name;" for one without a value. */
static void
add_header(Transfer *t, const char *name, const char *value)
{
	cleanup_free char *line = *value != '\0' ? mem_printf("%s: %s", name, value) : mem_printf("%s;", name);

	add_line(t, line);
}

static void
omit_header(Transfer *t, const char *name)
{
	cleanup_free char *line = mem_printf("%s:", name);

	add_line(t, line);
}

static bool
may_travel(const HttpHeader *header)
{
	const char *name = buf_text(&header->name);

	return !header->secret && (strcasecmp(name, "Accept") == 0 || strcasecmp(name, "Accept-Language") == 0);
}

static void
build_headers(Transfer *t)
{
	const HttpRequest *request = t->request;
	const HttpSettings *settings = request->settings;
	const char *run = getenv("JOBGRID_RUN_ID");
	const char *attempt = getenv("JOBGRID_ATTEMPT");
	bool typed = !request->foreign && http_settings_has_header(settings, "Content-Type");
	cleanup_free char *key = mem_printf("%s/%s", run != NULL ? run : "0", attempt != NULL ? attempt : "0");

	add_header(t, "Idempotency-Key", key);
	for (size_t i = 0; i < settings->header_count; i++)
		if (!request->foreign || may_travel(&settings->headers[i]))
			add_header(t, buf_text(&settings->headers[i].name), buf_text(&settings->headers[i].value));
	if (!typed && request->with_body)
		add_header(t, "Content-Type", settings->json_body ? "application/json" : "text/plain; charset=utf-8");
	else if (!typed)
		omit_header(t, "Content-Type"); /* libcurl would call an empty body a form */
	/* It could make libcurl send the request a second time. */
	omit_header(t, "Expect");
}

/* Every option counts: one that this libcurl does not know must not be left out silently. */
static CURLcode
set_safety(const Transfer *t)
{
	const HttpSettings *settings = t->request->settings;
	CURL *easy = t->easy;
	unsigned bad = 0;

	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	bad |= curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	if (settings->ca_file.len > 0)
	{
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, buf_text(&settings->ca_file));
		bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver that hangs */
	return (CURLcode) bad;
}

static CURLcode
set_request(Transfer *t)
{
	const HttpRequest *request = t->request;
	CURL *easy = t->easy;
	unsigned bad = 0;

	build_headers(t);
	bad |= curl_easy_setopt(easy, CURLOPT_URL, request->url->text);
	bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "jobgrid-http/" JOBGRID_VERSION);
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
	bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) request->timeout_ms);
	bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) request->settings->connect_timeout_ms);
	if (request->with_body)
	{
		bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->settings->body.len);
		bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_text(&request->settings->body));
	}
	else if (strcmp(request->method, "HEAD") == 0)
		bad |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (strncmp(request->method, "P", 1) == 0)
		/* POST, PUT and PATCH say that their body is empty. */
		bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
	bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	return (CURLcode) bad;
}

static CURLcode
set_callbacks(Transfer *t)
{
	CURL *easy = t->easy;
	unsigned bad = 0;

	bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->message);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
	bad |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, about_to_send);
	bad |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	return (CURLcode) bad;
}

/* ---- sending ---- */

static bool
told_to_stop(int stop)
{
	struct pollfd ready = {.fd = stop, .events = POLLIN};

	return poll(&ready, 1, 0) > 0;
}

/* Until it is done or told to stop. < 0: libcurl cannot go on. */
static int
perform(Transfer *t, bool *stopped, Err *e)
{
	CURLMcode code;
	int running = 0;

	for (;;)
	{
		struct curl_waitfd stop = {.fd = t->request->stop, .events = CURL_WAIT_POLLIN};

		code = curl_multi_perform(t->multi, &running);
		*stopped = running > 0 && told_to_stop(t->request->stop);
		if (code == CURLM_OK && (running == 0 || *stopped))
			return 0;
		if (code == CURLM_OK)
			code = curl_multi_poll(t->multi, &stop, 1, 1000, NULL);
		if (code != CURLM_OK)
			return err_set(e, 0, "libcurl: %s", curl_multi_strerror(code));
	}
}

static CURLcode
result_of(const Transfer *t)
{
	int left = 0;
	const CURLMsg *message = curl_multi_info_read(t->multi, &left);

	return message != NULL && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

static void
judge(Transfer *t, CURLcode code)
{
	HttpAnswer *answer = t->answer;
	const char *message = t->message[0] != '\0' ? t->message : curl_easy_strerror(code);

	if (code == CURLE_OK || t->redirect || answer->cut)
		answer->end = HTTP_ANSWERED;
	else if (!answer->sent && !t->tried && t->denied[0] != '\0')
	{
		answer->end = HTTP_DENIED;
		err_set(&answer->why, 0, "this node does not let jobs reach %s", t->denied);
	}
	else
	{
		answer->end = HTTP_FAILED;
		err_set(&answer->why, 0, "%s", message);
	}
}

static int
prepare(Transfer *t, Err *e)
{
	t->easy = curl_easy_init();
	t->multi = curl_multi_init();
	if (t->easy == NULL || t->multi == NULL)
		return err_set(e, 0, "libcurl cannot be set up");
	if (set_safety(t) != CURLE_OK || set_request(t) != CURLE_OK || set_callbacks(t) != CURLE_OK ||
		curl_multi_add_handle(t->multi, t->easy) != CURLM_OK)
		return err_set(e, 0, "libcurl %s lacks what is needed", curl_version_info(CURLVERSION_NOW)->version);
	return 0;
}

void
http_request(const HttpRequest *request, HttpAnswer *answer)
{
	cleanup_transfer Transfer t = {.request = request, .answer = answer};
	bool stopped;

	*answer = (HttpAnswer){.end = HTTP_FAILED};
	if (prepare(&t, &answer->why) < 0 || perform(&t, &stopped, &answer->why) < 0)
		return;
	take_head(&t);
	if (!stopped)
		judge(&t, result_of(&t));
	else
	{
		answer->end = HTTP_STOPPED;
		err_set(&answer->why, 0, "ended by a signal");
	}
}

void
http_answer_free(HttpAnswer *answer)
{
	buf_free(&answer->body);
	buf_free(&answer->location);
}
