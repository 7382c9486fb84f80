/*
 * What jobs say to their node: every verb, and all that is none.
 */
#include "agent/talk.h"

#include <math.h>
#include <string.h>

#include "tap.h"

/* From memory of exactly this size, so that the sanitizer sees a read past its end. */
static int
parse(const char *packet, size_t len, Talk *talk)
{
	static char *copy;
	Err e;

	free(copy);
	copy = malloc(len > 0 ? len : 1);
	memcpy(copy, packet, len);
	return talk_parse(copy, len, talk, &e);
}

static void
said(const char *packet, TalkVerb verb, const char *text)
{
	Talk talk;

	ok(parse(packet, strlen(packet), &talk) == 0 && talk.verb == verb && talk.len == strlen(text) &&
		   memcmp(talk.text, text, talk.len) == 0,
	   "said: \"%s\"", packet);
}

static void
progress(const char *number, double percent)
{
	char packet[256];
	Talk talk;

	snprintf(packet, sizeof(packet), "progress %s", number);
	if (percent < 0)
		ok(parse(packet, strlen(packet), &talk) < 0, "no progress: \"%s\"", number);
	else
		ok(parse(packet, strlen(packet), &talk) == 0 && talk.verb == TALK_PROGRESS &&
			   fabs((double) talk.percent - percent) < 0.0001,
		   "progress: \"%s\"", number);
}

static void
none(const char *packet, size_t len, const char *what)
{
	Talk talk;

	ok(parse(packet, len, &talk) < 0, "nothing: %s", what);
}

int
main(void)
{
	static char large[JOBSOCKET_MAX_PACKET + 1];
	Talk talk;

	said("progress 40 loading books", TALK_PROGRESS, "loading books");
	said("progress 40", TALK_PROGRESS, "");
	said("progress 40 ", TALK_PROGRESS, "");
	said("checkpoint x\n y", TALK_CHECKPOINT, "x\n y");
	said("checkpoint ", TALK_CHECKPOINT, "");
	said("result {\"rows\": 1200}", TALK_RESULT, "{\"rows\": 1200}");
	said("outcome lost it was sent", TALK_LOST, "it was sent");
	said("message three books had no price \xe2\x82\xac", TALK_MESSAGE, "three books had no price \xe2\x82\xac");

	progress("0", 0);
	progress("100", 100);
	progress("100.0 done", 100);
	progress("33.25", 33.25);
	progress("0000000000000000000000000000000000000000000000000000050", 50);
	progress("50.00000000000000000000000000000000000000000000000000000", 50);
	progress("100.01", -1);
	progress("101", -1);
	progress("99999999999999999999999999999999999999999999999999999999", -1);
	progress("-1", -1);
	progress("+1", -1);
	progress("1e1", -1);
	progress("nan", -1);
	progress("5.", -1);
	progress(".5", -1);
	progress("1.2.3", -1);
	progress("5%", -1);
	progress("", -1);
	progress(" 5", -1);

	none("", 0, "an empty packet");
	none("progress", 8, "a verb alone");
	none("Progress 4", 10, "another spelling");
	none("outcome won x", 13, "another outcome");
	none("message a\xff", 10, "bytes that are no UTF-8");
	none("result \"\0\"", 10, "NUL in a result");
	none("progress 4 \xc0\xaf", 13, "an overlong character");
	ok(parse("checkpoint \0\xff", 13, &talk) == 0 && talk.len == 2 && memcmp(talk.text, "\0\xff", 2) == 0,
	   "a checkpoint is any bytes");

	memset(large, 'x', sizeof(large));
	memcpy(large, "message ", 8);
	ok(parse(large, JOBSOCKET_MAX_PACKET, &talk) == 0 && talk.len == JOBSOCKET_MAX_PACKET - 8, "as long as it may be");
	none(large, JOBSOCKET_MAX_PACKET + 1, "and longer");
	return done_testing();
}
