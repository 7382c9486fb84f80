/*
 * http_request.h - one request and its answer.
 */
#ifndef JOBGRID_RUNNERS_HTTP_REQUEST_H
#define JOBGRID_RUNNERS_HTTP_REQUEST_H

#include "http_allow.h"
#include "http_settings.h"
#include "http_url.h"

typedef struct HttpRequest
{
	const HttpSettings *settings;
	const HttpAllow *allow;
	const HttpUrl *url;
	const char *method;
	bool with_body;
	bool foreign; /* another origin than the job's: its headers are not for it */
	int64_t timeout_ms;
	int stop; /* readable: end it */
} HttpRequest;

typedef enum HttpEnd
{
	HTTP_ANSWERED, /* there is a status, and the body as far as it is wanted */
	HTTP_DENIED,   /* the node's list denies every address */
	HTTP_FAILED,
	HTTP_STOPPED
} HttpEnd;

typedef struct HttpAnswer
{
	HttpEnd end;
	bool sent;   /* the request was on its way */
	long status; /* 0: none came */
	Buf body;    /* what came of it, at most max_body */
	bool cut;    /* there was more */
	Buf location;
	Err why; /* unless answered */
} HttpAnswer;

/* Sends it, once. Free the answer. */
void http_request(const HttpRequest *request, HttpAnswer *answer);
void http_answer_free(HttpAnswer *answer);

#endif
