/*
 * talk.c - what a job says over its socket: one packet, one message.
 */
#include "talk.h"

#include <stdbool.h>
#include <string.h>

#include "utf8.h"

#define MOST_SCALE 1e9

static const struct
{
	const char *words; /* with the blank behind them */
	TalkVerb verb;
} verbs[] = {{"progress ", TALK_PROGRESS},
			 {"checkpoint ", TALK_CHECKPOINT},
			 {"result ", TALK_RESULT},
			 {"outcome lost ", TALK_LOST},
			 {"message ", TALK_MESSAGE}};

/* Digits, perhaps a point and digits. Gives how many bytes, 0 for none. */
static size_t
read_percent(const char *text, size_t len, float *percent)
{
	double value = 0;
	double scale = 1;
	bool digits = false;
	bool point = false;
	size_t i;

	for (i = 0; i < len && text[i] != ' '; i++)
	{
		if (text[i] == '.' && digits && !point)
		{
			point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return 0;
		digits = true;
		if (scale >= MOST_SCALE)
			continue; /* finer than anybody can see, but still to be digits */
		value = value * 10 + (text[i] - '0');
		scale *= point ? 10 : 1;
		if (value / scale > 100)
			return 0;
	}
	*percent = (float) (value / scale);
	return digits && text[i - 1] != '.' ? i : 0;
}

static int
parse_progress(Talk *talk, Err *e)
{
	size_t n = read_percent(talk->text, talk->len, &talk->percent);

	if (n == 0)
		return err_set(e, 0, "a progress that is no percentage from 0 to 100");
	n += n < talk->len; /* the blank */
	talk->text += n;
	talk->len -= n;
	return 0;
}

/* What will be text in the database. */
static bool
is_text(const Talk *talk)
{
	return memchr(talk->text, '\0', talk->len) == NULL && utf8_valid(talk->text, talk->len);
}

int
talk_parse(const char *packet, size_t len, Talk *talk, Err *e)
{
	if (len > JOBSOCKET_MAX_PACKET)
		return err_set(e, 0, "a message of more than %d bytes", JOBSOCKET_MAX_PACKET);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
	{
		size_t n = strlen(verbs[i].words);

		if (len < n || memcmp(packet, verbs[i].words, n) != 0)
			continue;
		*talk = (Talk){.verb = verbs[i].verb, .text = packet + n, .len = len - n};
		if (talk->verb != TALK_CHECKPOINT && !is_text(talk))
			return err_set(e, 0, "a message that is not UTF-8");
		return talk->verb == TALK_PROGRESS ? parse_progress(talk, e) : 0;
	}
	return err_set(e, 0, "a message that is not known");
}
