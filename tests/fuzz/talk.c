/*
 * What jobs say: any packet is a message whose text lies in the packet and can be text in the database, or words why not.
 */
#include "agent/talk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "utf8.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *packet = (const char *) data;
	Talk talk;
	Err e = {.message = ""};

	if (talk_parse(packet, size, &talk, &e) < 0)
	{
		if (e.message[0] == '\0')
			abort();
		return 0;
	}
	if (talk.text < packet || talk.text + talk.len != packet + size)
		abort();
	if (talk.verb == TALK_PROGRESS && !(talk.percent >= 0 && talk.percent <= 100))
		abort();
	if (talk.verb != TALK_CHECKPOINT && (memchr(talk.text, '\0', talk.len) != NULL || !utf8_valid(talk.text, talk.len)))
		abort();
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const packets[] = {
		"progress 40 loading",     "progress 99.999",          "progress 0.5 \xe2\x82\xac", "checkpoint \x01\x02",
		"result {\"rows\": 1200}", "outcome lost it was sent", "message no price",
	};

	if (i >= sizeof(packets) / sizeof(packets[0]))
		return false;
	buf_puts(out, packets[i]);
	return true;
}
