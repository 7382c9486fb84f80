/*
 * http_exchange.h - a request and the redirects it is sent on.
 */
#ifndef JOBGRID_RUNNERS_HTTP_EXCHANGE_H
#define JOBGRID_RUNNERS_HTTP_EXCHANGE_H

#include "http_allow.h"
#include "http_request.h"
#include "http_settings.h"

typedef struct HttpExchange
{
	const HttpSettings *settings;
	const HttpAllow *allow;
	int stop;          /* readable: end it */
	HttpUrl url;       /* where the last request went */
	HttpAnswer answer; /* to it */
	bool sent;         /* one of the requests was on its way */
	bool lost;         /* something may have been changed, and its answer is not known */
	bool unfollowed;   /* a redirect was not followed; why says so */
	Err why;
} HttpExchange;

/* settings, allow and stop are set, the rest is zeroed. < 0: nothing could be sent. Free it in either case. */
int http_exchange(HttpExchange *exchange, Err *e);
void http_exchange_free(HttpExchange *exchange);

#endif
