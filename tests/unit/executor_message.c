/*
 * Messages between keeper and agent: what was encoded is what is decoded, and nothing that is cut, stretched, of the wrong way or out
 * of range passes.  The last part throws random bytes and random damage at the decoder, in memory of exactly the size.
 */
#include "message.h"

#include <limits.h>
#include <string.h>

#include "tap.h"

static const AttemptKey key = {.run_id = 7, .fence = -3, .attempt = 2};

typedef struct Example
{
	const char *name;
	MsgType type;
	MsgWay way;
	const void *payload;
	size_t size;
	const char *text;
	size_t fds;
} Example;

static MsgWelcome welcome = {.instance = {1, 2, 3}, .journal = {4, 5, 6}};
static MsgKnown known = {.key = {7, -3, 2, 0}};
static MsgQuit quit = {.stays = 1};
static MsgLease lease = {.until = 1};
static MsgStarted started =
	{.key = {7, -3, 2, 0}, .started_at = 5, .bytes = 6, .output_limit = 8, .chunk = 7, .streams = MSG_STREAMS};
static MsgEnded ended = {.key = {7, -3, 2, 0},
						 .run_us = 1,
						 .ended_at = 2,
						 .cpu_us = 3,
						 .max_rss_kb = 4,
						 .event = EVENT_EXITED,
						 .exit_code = 255};
static MsgStart start = {.key = {7, -3, 2, 0},
						 .timeout_ms = 3600000,
						 .grace_ms = 30000,
						 .output_limit = 9,
						 .flags = START_FENCED};
static MsgOrder order = {.key = {7, -3, 2, 0}, .request = 9, .ordinal = 1, .order = ORDER_SIGNAL, .signal = 15};
static MsgOutput output = {.key = {7, -3, 2, 0}, .bytes = 65536, .chunk = 3};
static MsgReported reported = {.key = {7, -3, 2, 0}};
static MsgWord outcome = {.key = {7, -3, 2, 0}, .what = WORD_RESULT};
static MsgWord lost = {.key = {7, -3, 2, 0}, .what = WORD_LOST};
static MsgUsage usage = {.key = {7, -3, 2, 0}, .cpu_us = 1, .rss_kb = 2};

static const Example examples[] = {
	{"WELCOME", MSG_WELCOME, MSG_TO_AGENT, &welcome, sizeof(welcome), "shell,noop\nlimit.memory", 0},
	{"SYNCED", MSG_SYNCED, MSG_TO_AGENT, NULL, 0, NULL, 0},
	{"STARTED", MSG_STARTED, MSG_TO_AGENT, &started, sizeof(started), NULL, 3},
	{"KNOWN", MSG_KNOWN, MSG_TO_AGENT, &known, sizeof(known), "default\nload", 0},
	{"PROBLEM", MSG_PROBLEM, MSG_TO_AGENT, NULL, 0, "the disk is full", 0},
	{"ENDED", MSG_ENDED, MSG_TO_AGENT, &ended, sizeof(ended), "could not execute \"x\"", 0},
	{"DRAIN", MSG_DRAIN, MSG_TO_AGENT, NULL, 0, NULL, 0},
	{"QUIT", MSG_QUIT, MSG_TO_AGENT, &quit, sizeof(quit), NULL, 0},
	{"START", MSG_START, MSG_TO_KEEPER, &start, sizeof(start), "default\nload", 1},
	{"ORDER", MSG_ORDER, MSG_TO_KEEPER, &order, sizeof(order), NULL, 0},
	{"OUTPUT", MSG_OUTPUT, MSG_TO_KEEPER, &output, sizeof(output), NULL, 0},
	{"REPORTED", MSG_REPORTED, MSG_TO_KEEPER, &reported, sizeof(reported), NULL, 0},
	{"LEASE", MSG_LEASE, MSG_TO_KEEPER, &lease, sizeof(lease), NULL, 0},
	{"WORD (result)", MSG_WORD, MSG_BOTH_WAYS, &outcome, sizeof(outcome), NULL, 1},
	{"WORD (lost)", MSG_WORD, MSG_BOTH_WAYS, &lost, sizeof(lost), "it was sent", 0},
	{"USAGE", MSG_USAGE, MSG_TO_AGENT, &usage, sizeof(usage), NULL, 0},
};

/* Decodes a copy in memory of exactly this size, so that the sanitizer sees a read past its end. */
static int
decode(const char *packet, size_t len, size_t fds, MsgWay way, Msg *msg)
{
	char *copy = malloc(len > 0 ? len : 1);
	Err e;
	int result;

	memcpy(copy, packet, len);
	result = msg_decode(copy, len, fds, way, msg, &e);
	free(copy);
	return result;
}

static void
check_example(const Example *x)
{
	char packet[4096] = {0};
	size_t len = msg_encode(packet, x->type, x->payload, x->text);
	MsgWay other = x->way == MSG_TO_AGENT ? MSG_TO_KEEPER : MSG_TO_AGENT;
	Msg msg;
	int passed = 0;

	ok(decode(packet, len, x->fds, x->way, &msg) == 0 && msg.type == x->type &&
		   (x->size == 0 || memcmp(&msg.u, x->payload, x->size) == 0) &&
		   strcmp(msg.text, x->text != NULL ? x->text : "") == 0,
	   "%s comes back as it was", x->name);
	if (x->way != MSG_BOTH_WAYS)
		ok(decode(packet, len, x->fds, other, &msg) < 0, "%s the wrong way is refused", x->name);
	ok(decode(packet, len, x->fds + 1, x->way, &msg) < 0, "%s with a descriptor too many is refused", x->name);
	if (x->fds > 0)
		ok(decode(packet, len, x->fds - 1, x->way, &msg) < 0, "%s with a descriptor too few is refused", x->name);
	for (size_t cut = 0; cut < len; cut++)
		passed += decode(packet, cut, x->fds, x->way, &msg) == 0;
	ok(passed == 0, "%s cut anywhere is refused", x->name);
	ok(decode(packet, len + 1, x->fds, x->way, &msg) < 0, "%s with a byte too many is refused", x->name);
	packet[0]++;
	ok(decode(packet, len, x->fds, x->way, &msg) < 0, "%s of another version is refused", x->name);
}

static bool
refused(MsgType type, const void *payload, size_t fds, MsgWay way)
{
	char packet[4096];
	size_t len = msg_encode(packet, type, payload, NULL);
	Msg msg;

	return decode(packet, len, fds, way, &msg) < 0;
}

#define REFUSE(type, way, fds, base, change, what)              \
	do                                                          \
	{                                                           \
		__typeof__(base) m = base;                              \
                                                                \
		change;                                                 \
		ok(refused(type, &m, fds, way), "%s is refused", what); \
	} while (0)

static void
check_ranges(void)
{
	REFUSE(MSG_REPORTED, MSG_TO_KEEPER, 0, reported, m.key.run_id = 0, "run 0");
	REFUSE(MSG_REPORTED, MSG_TO_KEEPER, 0, reported, m.key.run_id = INT64_MIN, "a negative run");
	REFUSE(MSG_REPORTED, MSG_TO_KEEPER, 0, reported, m.key.attempt = 0, "attempt 0");
	REFUSE(MSG_REPORTED, MSG_TO_KEEPER, 0, reported, m.key.reserved = 1, "a key with more in it");
	REFUSE(MSG_START, MSG_TO_KEEPER, 1, start, m.timeout_ms = -1, "a negative time-out");
	REFUSE(MSG_START, MSG_TO_KEEPER, 1, start, m.timeout_ms = INT64_MAX, "an endless time-out");
	REFUSE(MSG_START, MSG_TO_KEEPER, 1, start, m.grace_ms = INT64_MAX / 1000, "an endless grace");
	REFUSE(MSG_START, MSG_TO_KEEPER, 1, start, m.output_limit = -1, "a negative limit of output");
	REFUSE(MSG_ORDER, MSG_TO_KEEPER, 0, order, m.order = 0, "order 0");
	REFUSE(MSG_ORDER, MSG_TO_KEEPER, 0, order, m.order = ORDER_END, "an unknown order");
	REFUSE(MSG_ORDER, MSG_TO_KEEPER, 0, order, m.signal = 0, "order signal without a signal");
	REFUSE(MSG_ORDER, MSG_TO_KEEPER, 0, order, m.signal = 65, "signal 65");
	REFUSE(MSG_ORDER, MSG_TO_KEEPER, 0, order, m.signal = -9, "signal -9");
	REFUSE(MSG_ORDER, MSG_TO_KEEPER, 0, order, m.order = ORDER_CANCEL, "order cancel with a signal");
	REFUSE(MSG_ORDER, MSG_TO_KEEPER, 0, order, m.request = -1, "a negative request");
	REFUSE(MSG_OUTPUT, MSG_TO_KEEPER, 0, output, m.chunk = -1, "a negative chunk");
	REFUSE(MSG_OUTPUT, MSG_TO_KEEPER, 0, output, m.bytes = -1, "negative bytes");
	REFUSE(MSG_STARTED, MSG_TO_AGENT, 3, started, m.started_at = -1, "a negative start");
	REFUSE(MSG_STARTED, MSG_TO_AGENT, 3, started, m.output_limit = -1, "a started attempt with a negative limit");
	REFUSE(MSG_STARTED, MSG_TO_AGENT, 1, started, m.streams = 8, "an unknown stream");
	REFUSE(MSG_STARTED, MSG_TO_AGENT, 0, started, m.streams = MSG_STREAM_OUT, "a stream without a descriptor");
	REFUSE(MSG_STARTED, MSG_TO_AGENT, 1, started, m.streams = 0, "a descriptor without a stream");
	REFUSE(MSG_START, MSG_TO_KEEPER, 1, start, m.flags = 2, "an unknown flag of a start");
	REFUSE(MSG_START, MSG_TO_KEEPER, 1, start, m.reserved = 1, "a start with more in it");
	REFUSE(MSG_QUIT, MSG_TO_AGENT, 0, quit, m.stays = 2, "a farewell that is none");
	REFUSE(MSG_LEASE, MSG_TO_KEEPER, 0, lease, m.until = -1, "a lease before time began");
	REFUSE(MSG_ENDED, MSG_TO_AGENT, 0, ended, m.event = 0, "event 0");
	REFUSE(MSG_ENDED, MSG_TO_AGENT, 0, ended, m.event = EVENT_END, "an unknown event");
	REFUSE(MSG_ENDED, MSG_TO_AGENT, 0, ended, m.exit_code = 256, "exit code 256");
	REFUSE(MSG_ENDED, MSG_TO_AGENT, 0, ended, m.exit_code = -2, "exit code -2");
	REFUSE(MSG_ENDED, MSG_TO_AGENT, 0, ended, m.signal = 65, "death by signal 65");
	REFUSE(MSG_ENDED, MSG_TO_AGENT, 0, ended, m.run_us = -1, "a negative run time");
	REFUSE(MSG_WORD, MSG_TO_KEEPER, 0, lost, m.what = 0, "a word about nothing");
	REFUSE(MSG_WORD, MSG_TO_KEEPER, 0, lost, m.what = WORD_END, "a word about what nobody knows");
	REFUSE(MSG_USAGE, MSG_TO_AGENT, 0, usage, m.cpu_us = -1, "a negative CPU time");
	REFUSE(MSG_USAGE, MSG_TO_AGENT, 0, usage, m.rss_kb = -1, "negative memory");
}

static void
check_text(void)
{
	char packet[4096];
	char text[3000];
	size_t len;
	Msg msg;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	len = msg_encode(packet, MSG_ENDED, &ended, text);
	ok(decode(packet, len, 0, MSG_TO_AGENT, &msg) == 0 && strlen(msg.text) == MSG_MAX_TEXT, "a long text is cut");
}

static int
fuzz(unsigned seed)
{
	int wrong = 0;

	srand(seed);
	for (int i = 0; i < 300000; i++)
	{
		const Example *x = &examples[(size_t) rand() % (sizeof(examples) / sizeof(examples[0]))];
		char packet[4096];
		size_t len = msg_encode(packet, x->type, x->payload, x->text);
		Msg msg;

		for (int damage = rand() % 8; damage > 0; damage--)
			packet[(size_t) rand() % len] = (char) rand();
		if (rand() % 4 == 0)
			len = (size_t) rand() % (len + 1);
		if (decode(packet, len, (size_t) rand() % 4, rand() % 2 ? MSG_TO_AGENT : MSG_TO_KEEPER, &msg) == 0)
		{
			/* What passes is in range, and can be said again. */
			char again[4096];

			wrong += msg.type == MSG_ORDER && (msg.u.order.signal < 0 || msg.u.order.signal > 64);
			wrong += msg.type == MSG_ENDED && msg_event_name((MsgEvent) msg.u.ended.event) == NULL;
			wrong += strlen(msg.text) <= MSG_MAX_TEXT ? 0 : 1;
			wrong += msg_encode(again, msg.type, &msg.u, msg.text) > sizeof(again);
		}
	}
	return wrong;
}

int
main(void)
{
	unsigned seed = tap_seed();
	AttemptKey other = key;

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		check_example(&examples[i]);
	check_ranges();
	check_text();
	other.fence++;
	ok(attempt_key_equal(&key, &reported.key) && !attempt_key_equal(&key, &other), "another fence is another attempt");
	ok(fuzz(seed) == 0, "300,000 damaged packets, seed %u", seed);
	return done_testing();
}
