/*
 * order.c - what is to be done to a running attempt, as the database says it.
 */
#include "order.h"

#include <string.h>

#include "json.h"

#define MAX_GRACE_MS (INT64_C(400) * 86400000)
#define DEFAULT_GRACE_MS 30000
#define MAX_FOLLOW_SECONDS 3600

static int
read_signal(const JsonDoc *doc, MsgOrder *order, Err *e)
{
	int64_t number;

	if (json_get_int(doc, json_member(doc, json_root(doc), "signal"), 1, 64, &number, e) < 0)
		return -1;
	order->order = ORDER_SIGNAL;
	order->signal = (int32_t) number;
	return 0;
}

static int
read_follow(const JsonDoc *doc, int64_t *follow_us, Err *e)
{
	int64_t seconds;

	if (json_get_int(doc, json_member(doc, json_root(doc), "seconds"), 1, MAX_FOLLOW_SECONDS, &seconds, e) < 0)
		return -1;
	*follow_us = seconds * INT64_C(1000000);
	return 0;
}

int
order_read(const char *detail, MsgOrder *order, Buf *message, int64_t *follow_us, Err *e)
{
	static const JsonCaps caps = {.bytes = 65536, .tokens = 256, .depth = 8};
	cleanup_json JsonDoc *doc = json_parse(detail, strlen(detail), &caps, e);
	cleanup_buf Buf what = {0};
	Err ignored;

	if (doc == NULL || json_get_string(doc, json_member(doc, json_root(doc), "order"), &what, e) < 0)
		return err_wrap(e, "an order that cannot be read");
	if (strcmp(buf_text(&what), "signal") == 0)
		return read_signal(doc, order, e);
	if (strcmp(buf_text(&what), "message") == 0)
		return json_get_string(doc, json_member(doc, json_root(doc), "text"), message, e);
	if (strcmp(buf_text(&what), "follow") == 0)
		return read_follow(doc, follow_us, e);
	if (strcmp(buf_text(&what), "cancel") != 0)
		return err_set(e, 0, "order \"%s\" is not known to this executor", buf_text(&what));
	order->order = ORDER_CANCEL;
	if (json_get_int(doc, json_member(doc, json_root(doc), "grace_ms"), 0, MAX_GRACE_MS, &order->grace_ms, &ignored) <
		0)
		order->grace_ms = DEFAULT_GRACE_MS;
	return 0;
}
