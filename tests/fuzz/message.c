/*
 * Messages between keeper and agent: any packet is refused, or is what it says and can be said again.
 */
#include "message.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static size_t
payload_of(MsgType type)
{
	static const size_t sizes[MSG_TYPE_END] = {
		[MSG_WELCOME] = sizeof(MsgWelcome), [MSG_STARTED] = sizeof(MsgStarted),   [MSG_ENDED] = sizeof(MsgEnded),
		[MSG_QUIT] = sizeof(MsgQuit),       [MSG_START] = sizeof(MsgStart),       [MSG_ORDER] = sizeof(MsgOrder),
		[MSG_OUTPUT] = sizeof(MsgOutput),   [MSG_REPORTED] = sizeof(MsgReported), [MSG_KNOWN] = sizeof(MsgKnown),
		[MSG_LEASE] = sizeof(MsgLease),     [MSG_USAGE] = sizeof(MsgUsage),       [MSG_WORD] = sizeof(MsgWord)};

	return sizes[type];
}

/* First byte: descriptors and way; the rest is the packet. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char again[4096];
	Msg msg;
	Msg same;
	Err e;
	MsgWay way;

	if (size < 1)
		return 0;
	way = data[0] & 4 ? MSG_TO_AGENT : MSG_TO_KEEPER;
	if (msg_decode((const char *) data + 1, size - 1, data[0] & 3, way, &msg, &e) < 0)
		return 0;
	if (msg_decode(again, msg_encode(again, msg.type, &msg.u, msg.text), data[0] & 3, way, &same, &e) < 0 ||
		same.type != msg.type || memcmp(&same.u, &msg.u, payload_of(msg.type)) != 0 || strcmp(same.text, msg.text) != 0)
		abort();
	if (msg.type == MSG_ENDED && msg_event_name((MsgEvent) msg.u.ended.event) == NULL)
		abort();
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const struct
	{
		MsgType type;
		MsgWay way;
		char fds;
	} kinds[] = {{MSG_WELCOME, MSG_TO_AGENT, 0}, {MSG_SYNCED, MSG_TO_AGENT, 0},  {MSG_STARTED, MSG_TO_AGENT, 3},
				 {MSG_USAGE, MSG_TO_AGENT, 0},   {MSG_WORD, MSG_TO_KEEPER, 1},   {MSG_ENDED, MSG_TO_AGENT, 0},
				 {MSG_DRAIN, MSG_TO_AGENT, 0},   {MSG_QUIT, MSG_TO_AGENT, 0},    {MSG_START, MSG_TO_KEEPER, 1},
				 {MSG_ORDER, MSG_TO_KEEPER, 0},  {MSG_OUTPUT, MSG_TO_KEEPER, 0}, {MSG_REPORTED, MSG_TO_KEEPER, 0},
				 {MSG_KNOWN, MSG_TO_AGENT, 0},   {MSG_PROBLEM, MSG_TO_AGENT, 0}, {MSG_LEASE, MSG_TO_KEEPER, 0}};
	char packet[4096];
	union
	{
		AttemptKey key;
		MsgStarted started;
		MsgEnded ended;
		MsgOrder order;
		MsgQuit quit;
		MsgLease lease;
		MsgWord word;
	} u = {.key = {.run_id = 7, .attempt = 2}};

	if (i >= sizeof(kinds) / sizeof(kinds[0]))
		return false;
	if (kinds[i].type == MSG_STARTED)
		u.started.streams = MSG_STREAMS;
	if (kinds[i].type == MSG_ENDED)
		u.ended.event = EVENT_LOST;
	if (kinds[i].type == MSG_ORDER)
		u.order.order = ORDER_CANCEL;
	if (kinds[i].type == MSG_WORD)
		u.word.what = WORD_RESULT;
	if (kinds[i].type == MSG_QUIT)
		u.quit.stays = 1;
	buf_putc(out, (char) (kinds[i].fds | (kinds[i].way == MSG_TO_AGENT ? 4 : 0)));
	buf_append(out, packet, msg_encode(packet, kinds[i].type, &u, "tenant\njob"));
	return true;
}
