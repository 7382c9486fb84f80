/*
 * http.c - the runner of kind http: sends a request and judges the answer.
 *
 * It must not say "failed" where the request may have been carried out, and
 * must not print a header, or more of a URL than its origin.
 */
#include <curl/curl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "http_exchange.h"
#include "jobsocket.h"
#include "log.h"
#include "mem.h"

#define ALLOW_FILE "/etc/jobgrid/http.allow"
#define EXIT_STATUS 22
#define OLDEST_CURL 0x075700 /* knows CURLOPT_QUICK_EXIT */

typedef struct Options
{
	const char *allow_file;
	bool probe;
} Options;

/* What the node's own words are: no variable takes part in this. */
static int
read_options(int argc, char **argv, Options *options)
{
	*options = (Options){.allow_file = ALLOW_FILE};
	for (int i = 1; i < argc; i++)
	{
		if (strcmp(argv[i], "--probe") == 0)
			options->probe = true;
		else if (strcmp(argv[i], "--allow-file") == 0 && i + 1 < argc)
			options->allow_file = argv[++i];
		else
		{
			log_info("unexpected argument \"%s\"; known are --probe and --allow-file FILE", argv[i]);
			return -1;
		}
	}
	return 0;
}

static int
probe(const Options *options)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	HttpAllow allow = {0};
	Err e;
	int result = 0;

	if (curl->version_num < OLDEST_CURL || (curl->features & CURL_VERSION_SSL) == 0)
		result = err_set(&e, 0, "libcurl %s is older than 7.87 or has no TLS", curl->version);
	else
		result = http_allow_load(&allow, options->allow_file, &e);
	if (result < 0)
		printf("%s\n", e.message);
	http_allow_free(&allow);
	return result < 0 ? 1 : 0;
}

/* ---- what came of it ---- */

static void
print_body(const HttpAnswer *answer, int64_t max_body)
{
	if (answer->body.len > 0)
		fwrite(answer->body.data, 1, answer->body.len, stdout);
	fflush(stdout);
	if (answer->cut)
		log_info("the body is longer than max_body (%lld bytes); the rest was not read", (long long) max_body);
}

/* The body where it is a result by itself, else what wraps it. A NUL is no character in the database. */
static void
build_result(const HttpAnswer *answer, Buf *result)
{
	cleanup_buf Buf text = {0};
	Err ignored;

	if (jobsocket_check_result(buf_text(&answer->body), answer->body.len, &ignored) == 0)
	{
		buf_append(result, answer->body.data, answer->body.len);
		return;
	}
	for (size_t i = 0; i < answer->body.len; i++)
		buf_putc(&text, answer->body.data[i] != '\0' ? answer->body.data[i] : '\xff');
	buf_printf(result, "{\"status\": %ld, \"body\": ", answer->status);
	json_quote(result, buf_text(&text), text.len);
	buf_puts(result, "}");
}

static int
send_result(int node, const HttpAnswer *answer)
{
	cleanup_buf Buf result = {0};
	Err e;

	if (answer->cut)
	{
		log_info("there is no result: the body is longer than max_body");
		return EX_DATAERR;
	}
	build_result(answer, &result);
	if (!jobsocket_fits("result", result.len))
	{
		log_info("there is no result: %zu bytes are more than a message takes (%d)", result.len, JOBSOCKET_MAX_PACKET);
		return EX_DATAERR;
	}
	if (jobsocket_send(node, "result", result.data, result.len, &e) < 0)
		log_info("the result was not handed on: %s", e.message);
	return 0;
}

static int
answered(int node, const HttpExchange *exchange)
{
	const HttpSettings *settings = exchange->settings;
	const HttpAnswer *answer = &exchange->answer;

	if (exchange->unfollowed)
		log_info("%s", exchange->why.message);
	if (http_settings_expect(settings, answer->status))
		return settings->result ? send_result(node, answer) : 0;
	log_info("status %ld is not among those expected (%s)", answer->status, buf_text(&settings->expect));
	return EXIT_STATUS;
}

static int
tell_lost(int node, const HttpExchange *exchange)
{
	cleanup_free char *words = mem_printf("lost %s %s: %s, after the request was sent", exchange->settings->method,
										  exchange->url.origin, exchange->answer.why.message);
	Err e;

	log_info("%s", words);
	if (jobsocket_say(node, "outcome", words, &e) < 0)
		log_info("%s", e.message);
	return EX_TEMPFAIL;
}

static int
judge(int node, const HttpExchange *exchange)
{
	const HttpAnswer *answer = &exchange->answer;

	if (answer->end == HTTP_ANSWERED)
		return answered(node, exchange);
	if (answer->status != 0 && !http_settings_expect(exchange->settings, answer->status))
	{
		log_info("status %ld, and then: %s", answer->status, answer->why.message);
		return EXIT_STATUS;
	}
	if (exchange->lost)
		return tell_lost(node, exchange);
	log_info("%s %s: %s, %s", exchange->settings->method, exchange->url.origin, answer->why.message,
			 exchange->sent ? "the answer is lost" : "nothing was sent");
	if (answer->end == HTTP_STOPPED)
		return RUNNER_EXIT_TERMINATED;
	if (answer->end == HTTP_DENIED)
		return EX_NOPERM;
	return exchange->sent ? EX_IOERR : EX_UNAVAILABLE;
}

/* ---- doing it ---- */

/* Signals end a request in order: they come through a descriptor, which is empty when this returns. */
static void
drain(int stop)
{
	struct signalfd_siginfo info;

	while (read(stop, &info, sizeof(info)) == (ssize_t) sizeof(info))
		;
}

/*
 * The node is told before anything is printed: printing takes as long as nobody reads, and may be ended by a signal.
 */
static int
run_request(int node, const HttpSettings *settings, const HttpAllow *allow, const sigset_t *signals)
{
	cleanup_close int stop = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	HttpExchange exchange = {.settings = settings, .allow = allow, .stop = stop};
	Err e;
	int code = EX_CONFIG;

	if (stop < 0)
		fatal("could not create a signal descriptor");
	if (http_exchange(&exchange, &e) < 0)
		log_info("%s", e.message);
	else
		code = judge(node, &exchange);
	drain(stop);
	sigprocmask(SIG_UNBLOCK, signals, NULL);
	print_body(&exchange.answer, settings->max_body);
	http_exchange_free(&exchange);
	return code;
}

static int
run_job(const Options *options)
{
	Runner runner;
	HttpSettings settings = {0};
	HttpAllow allow = {0};
	sigset_t signals;
	Err e;
	int code = EX_CONFIG;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (runner_open(&runner, http_setting_names, &e) < 0 || http_settings_read(&settings, &runner, &e) < 0 ||
		http_allow_load(&allow, options->allow_file, &e) < 0)
		log_info("%s", e.message);
	else
		code = run_request(runner.node, &settings, &allow, &signals);
	http_allow_free(&allow);
	http_settings_free(&settings);
	runner_close(&runner);
	return code;
}

int
main(int argc, char **argv)
{
	Options options;
	int code;

	log_init("http", false);
	signal(SIGPIPE, SIG_IGN);
	if (read_options(argc, argv, &options) < 0)
		return EX_USAGE;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		log_info("libcurl cannot be set up");
		return options.probe ? 1 : EX_SOFTWARE;
	}
	code = options.probe ? probe(&options) : run_job(&options);
	curl_global_cleanup();
	return code;
}
