/*
 * message.c - encoding and checking of messages between keeper and agent.
 *
 * Whatever the other side sends, msg_decode() either refuses it or leaves a Msg
 * whose every field is in range.  It must not touch descriptors.
 */
#include "message.h"

#include <limits.h>
#include <signal.h>
#include <string.h>

typedef int (*MsgCheck)(const Msg *msg, Err *e);

int
msg_check_key(const AttemptKey *key, Err *e)
{
	if (key->run_id <= 0 || key->attempt <= 0 || key->reserved != 0)
		return err_set(e, 0, "impossible attempt");
	return 0;
}

static int
check_started(const Msg *msg, Err *e)
{
	const MsgStarted *m = &msg->u.started;

	if (m->started_at < 0 || m->bytes < 0 || m->output_limit < 0 || m->chunk < 0 || (m->streams & ~MSG_STREAMS) != 0)
		return err_set(e, 0, "impossible start");
	return msg_check_key(&m->key, e);
}

int
msg_check_ended(const MsgEnded *m, Err *e)
{
	if (m->event <= 0 || m->event >= EVENT_END || m->run_us < 0 || m->ended_at < 0 || m->cpu_us < 0 ||
		m->max_rss_kb < 0 || m->exit_code < -1 || m->exit_code > 255 || m->signal < 0 || m->signal > SIGRTMAX ||
		m->forced < 0 || m->forced > 1)
		return err_set(e, 0, "impossible end");
	return msg_check_key(&m->key, e);
}

static int
check_ended(const Msg *msg, Err *e)
{
	return msg_check_ended(&msg->u.ended, e);
}

static int
check_known(const Msg *msg, Err *e)
{
	return msg_check_key(&msg->u.known.key, e);
}

static int
check_quit(const Msg *msg, Err *e)
{
	const MsgQuit *m = &msg->u.quit;

	return m->stays < 0 || m->stays > 1 || m->reserved != 0 ? err_set(e, 0, "impossible farewell") : 0;
}

static int
check_lease(const Msg *msg, Err *e)
{
	return msg->u.lease.until < 0 ? err_set(e, 0, "impossible lease") : 0;
}

static int
check_start(const Msg *msg, Err *e)
{
	const MsgStart *m = &msg->u.start;

	if ((m->flags & ~START_FENCED) != 0 || m->reserved != 0)
		return err_set(e, 0, "unknown flags of a start");
	if (m->timeout_ms < 0 || m->timeout_ms > MSG_MAX_DURATION_MS || m->grace_ms < 0 ||
		m->grace_ms > MSG_MAX_DURATION_MS)
		return err_set(e, 0, "impossible time-out");
	if (m->output_limit < 0)
		return err_set(e, 0, "impossible limit of output");
	return msg_check_key(&m->key, e);
}

static int
check_order(const Msg *msg, Err *e)
{
	const MsgOrder *m = &msg->u.order;

	if (m->order <= 0 || m->order >= ORDER_END || m->request < 0 || m->ordinal < 0 || m->grace_ms < 0 ||
		m->grace_ms > MSG_MAX_DURATION_MS || m->signal < 0 || m->signal > SIGRTMAX ||
		(m->order == ORDER_SIGNAL) != (m->signal != 0))
		return err_set(e, 0, "impossible order");
	return msg_check_key(&m->key, e);
}

static int
check_output(const Msg *msg, Err *e)
{
	if (msg->u.output.bytes < 0 || msg->u.output.chunk < 0)
		return err_set(e, 0, "impossible output mark");
	return msg_check_key(&msg->u.output.key, e);
}

static int
check_reported(const Msg *msg, Err *e)
{
	return msg_check_key(&msg->u.reported.key, e);
}

static int
check_usage(const Msg *msg, Err *e)
{
	if (msg->u.usage.cpu_us < 0 || msg->u.usage.rss_kb < 0)
		return err_set(e, 0, "impossible usage");
	return msg_check_key(&msg->u.usage.key, e);
}

static int
check_word(const Msg *msg, Err *e)
{
	if (msg->u.word.what < WORD_RESULT || msg->u.word.what >= WORD_END)
		return err_set(e, 0, "impossible word of a job");
	return msg_check_key(&msg->u.word.key, e);
}

typedef struct MsgShape
{
	MsgWay way;
	size_t payload;
	bool text;
	size_t min_fds;
	size_t max_fds;
	MsgCheck check;
} MsgShape;

static const MsgShape shapes[MSG_TYPE_END] = {
	[MSG_WELCOME] = {MSG_TO_AGENT, sizeof(MsgWelcome), true, 0, 0, NULL},
	[MSG_SYNCED] = {MSG_TO_AGENT, 0, false, 0, 0, NULL},
	[MSG_STARTED] = {MSG_TO_AGENT, sizeof(MsgStarted), false, 0, 3, check_started},
	[MSG_ENDED] = {MSG_TO_AGENT, sizeof(MsgEnded), true, 0, 0, check_ended},
	[MSG_DRAIN] = {MSG_TO_AGENT, 0, false, 0, 0, NULL},
	[MSG_QUIT] = {MSG_TO_AGENT, sizeof(MsgQuit), false, 0, 0, check_quit},
	[MSG_START] = {MSG_TO_KEEPER, sizeof(MsgStart), true, 1, 1, check_start},
	[MSG_ORDER] = {MSG_TO_KEEPER, sizeof(MsgOrder), false, 0, 0, check_order},
	[MSG_OUTPUT] = {MSG_TO_KEEPER, sizeof(MsgOutput), false, 0, 0, check_output},
	[MSG_REPORTED] = {MSG_TO_KEEPER, sizeof(MsgReported), false, 0, 0, check_reported},
	[MSG_KNOWN] = {MSG_TO_AGENT, sizeof(MsgKnown), true, 0, 0, check_known},
	[MSG_PROBLEM] = {MSG_TO_AGENT, 0, true, 0, 0, NULL},
	[MSG_LEASE] = {MSG_TO_KEEPER, sizeof(MsgLease), false, 0, 0, check_lease},
	[MSG_USAGE] = {MSG_TO_AGENT, sizeof(MsgUsage), false, 0, 0, check_usage},
	[MSG_WORD] = {MSG_BOTH_WAYS, sizeof(MsgWord), true, 0, 1, check_word},
};

size_t
msg_encode(char *packet, MsgType type, const void *payload, const char *text)
{
	const MsgShape *shape = &shapes[type];
	size_t text_len = shape->text && text != NULL ? strnlen(text, MSG_MAX_TEXT) : 0;
	MsgHeader header = {.version = MSG_VERSION, .type = type, .length = (uint32_t) (shape->payload + text_len)};

	memcpy(packet, &header, sizeof(header));
	if (shape->payload > 0)
		memcpy(packet + sizeof(header), payload, shape->payload);
	if (text_len > 0)
		memcpy(packet + sizeof(header) + shape->payload, text, text_len);
	return sizeof(header) + shape->payload + text_len;
}

int
msg_decode(const char *packet, size_t len, size_t fds, MsgWay way, Msg *msg, Err *e)
{
	MsgHeader header;
	const MsgShape *shape;
	size_t text_len;

	memset(msg, 0, sizeof(*msg));
	if (len < sizeof(header) || len > MSG_MAX_PACKET)
		return err_set(e, 0, "packet of %zu bytes", len);
	memcpy(&header, packet, sizeof(header));
	if (header.version != MSG_VERSION || header.reserved != 0)
		return err_set(e, 0, "message of version %u, not %d", header.version, MSG_VERSION);
	if (header.type == 0 || header.type >= MSG_TYPE_END || (shapes[header.type].way & way) == 0)
		return err_set(e, 0, "unexpected message %u", header.type);
	shape = &shapes[header.type];
	if (header.length != len - sizeof(header) || header.length < shape->payload)
		return err_set(e, 0, "message %u has a wrong length", header.type);
	text_len = header.length - shape->payload;
	if (text_len > (shape->text ? MSG_MAX_TEXT : 0))
		return err_set(e, 0, "message %u is too long", header.type);
	if (fds < shape->min_fds || fds > shape->max_fds)
		return err_set(e, 0, "message %u with %zu descriptors", header.type, fds);

	msg->type = (MsgType) header.type;
	memcpy(&msg->u, packet + sizeof(header), shape->payload);
	memcpy(msg->text, packet + sizeof(header) + shape->payload, text_len);
	if (msg->type == MSG_STARTED && fds != (size_t) __builtin_popcount((unsigned) msg->u.started.streams))
		return err_set(e, 0, "%zu descriptors are not those of the streams", fds);
	if (msg->type == MSG_WORD && (fds == 1) != (msg->u.word.what == WORD_RESULT))
		return err_set(e, 0, "a word of a job with %zu descriptors", fds);
	return shape->check != NULL ? shape->check(msg, e) : 0;
}

bool
attempt_key_equal(const AttemptKey *a, const AttemptKey *b)
{
	return a->run_id == b->run_id && a->attempt == b->attempt && a->fence == b->fence;
}

bool
msg_yields_to_doubt(MsgEvent event)
{
	return event != EVENT_SETUP_FAILED && event != EVENT_RETURNED && event != EVENT_FENCED;
}

const char *
msg_event_name(MsgEvent event)
{
	static const char *const names[EVENT_END] = {
		[EVENT_EXITED] = "exited",
		[EVENT_SIGNALLED] = "signalled",
		[EVENT_TIMED_OUT] = "timed_out",
		[EVENT_CANCELLED] = "cancelled",
		[EVENT_SETUP_FAILED] = "setup_failed",
		[EVENT_RETURNED] = "returned",
		[EVENT_OOM_KILLED] = "oom_killed",
		[EVENT_FENCED] = "fenced",
		[EVENT_LOST] = "lost",
		[EVENT_UNKILLABLE] = "unkillable",
	};

	return names[event];
}
