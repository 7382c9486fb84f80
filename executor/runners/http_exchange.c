/*
 * http_exchange.c - a request and the redirects it is sent on.
 *
 * Each hop is judged here and not by libcurl, because a redirect is a way to
 * have the job's credentials and its body sent to somebody else.
 */
#include "http_exchange.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "log.h"

/* What the next request is to be. */
typedef struct Hop
{
	HttpUrl url;
	const char *method;
	bool with_body;
	bool foreign;
} Hop;

static bool
is_redirect(const HttpAnswer *answer)
{
	return answer->location.len > 0 && (answer->status == 301 || answer->status == 302 || answer->status == 303 ||
										answer->status == 307 || answer->status == 308);
}

/* "See other" tells to fetch something; so, by long custom, do the first two after a POST. */
static bool
becomes_get(const Hop *hop, long status)
{
	if (strcmp(hop->method, "GET") == 0 || strcmp(hop->method, "HEAD") == 0)
		return false;
	return status == 303 || (strcmp(hop->method, "POST") == 0 && (status == 301 || status == 302));
}

/* Turns hop into the next one. < 0: it is not to be followed, and e says why. */
static int
next_hop(Hop *hop, const char *first_origin, const HttpAnswer *answer, Err *e)
{
	HttpUrl url;
	bool get = becomes_get(hop, answer->status);

	if (http_url_parse(&url, hop->url.text, buf_text(&answer->location), e) < 0)
		return err_wrap(e, "redirected to what cannot be followed");
	if (hop->url.https && !url.https)
		err_set(e, 0, "redirected from https to %s", url.origin);
	else if (hop->with_body && !get && strcmp(url.origin, hop->url.origin) != 0)
		err_set(e, 0, "redirected to %s, which is not to get the body", url.origin);
	else
	{
		if (get)
		{
			hop->method = "GET";
			hop->with_body = false;
		}
		/* For good: what a foreign server sends back to the first one is not the job's own request. */
		hop->foreign = hop->foreign || strcmp(url.origin, first_origin) != 0;
		http_url_free(&hop->url);
		hop->url = url;
		return 0;
	}
	http_url_free(&url);
	return -1;
}

static void
send_hop(HttpExchange *exchange, const Hop *hop, int64_t deadline)
{
	int64_t left_ms = (deadline - clock_now_us()) / 1000;
	HttpRequest request = {.settings = exchange->settings,
						   .allow = exchange->allow,
						   .url = &hop->url,
						   .method = hop->method,
						   .with_body = hop->with_body,
						   .foreign = hop->foreign,
						   .timeout_ms = left_ms,
						   .stop = exchange->stop};

	http_answer_free(&exchange->answer);
	if (left_ms > 0)
		http_request(&request, &exchange->answer);
	else
	{
		exchange->answer = (HttpAnswer){.end = HTTP_FAILED};
		err_set(&exchange->answer.why, 0, "the time was over");
	}
	exchange->sent = exchange->sent || exchange->answer.sent;
	if (exchange->answer.end == HTTP_ANSWERED)
		log_info("%s %s: status %ld, %zu bytes", hop->method, hop->url.origin, exchange->answer.status,
				 exchange->answer.body.len);
}

static void
follow(HttpExchange *exchange, Hop *hop, const char *first_origin)
{
	const HttpSettings *settings = exchange->settings;
	int64_t deadline = clock_now_us() + settings->timeout_ms * 1000;
	bool acted = false; /* the server has done its part, and sent us elsewhere for the rest */

	for (int64_t followed = 0;; followed++)
	{
		HttpAnswer *answer = &exchange->answer;

		send_hop(exchange, hop, deadline);
		exchange->lost = !settings->safe && answer->end != HTTP_ANSWERED && (acted || answer->sent);
		if (answer->end != HTTP_ANSWERED || !is_redirect(answer) || settings->follow == 0)
			return;
		acted = acted || becomes_get(hop, answer->status);
		if (followed == settings->follow)
			err_set(&exchange->why, 0, "redirected more than %" PRId64 " times", settings->follow);
		else if (next_hop(hop, first_origin, answer, &exchange->why) == 0)
			continue;
		exchange->unfollowed = true;
		return;
	}
}

int
http_exchange(HttpExchange *exchange, Err *e)
{
	const HttpSettings *settings = exchange->settings;
	Hop hop = {.method = settings->method, .with_body = settings->has_body};
	cleanup_http_url HttpUrl first = {0};

	if (http_url_parse(&first, NULL, buf_text(&settings->url), e) < 0 ||
		http_url_parse(&hop.url, NULL, buf_text(&settings->url), e) < 0)
		return err_wrap(e, "setting \"url\"");
	follow(exchange, &hop, first.origin);
	exchange->url = hop.url;
	return 0;
}

void
http_exchange_free(HttpExchange *exchange)
{
	http_url_free(&exchange->url);
	http_answer_free(&exchange->answer);
}
