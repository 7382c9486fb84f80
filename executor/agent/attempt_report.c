/*
 * attempt_report.c - what the database is told of an attempt.
 */
#include <string.h>

#include "attempt.h"
#include "clock.h"
#include "mem.h"
#include "utf8.h"

static void
put_or_null(PgArray *array, bool present, int32_t value)
{
	if (present)
		pgrecord_int4(array, value);
	else
		pgrecord_null(array, PG_INT4);
}

/*
 * len < 0: up to its end. Names and messages come from jobs and were cut somewhere; the database would refuse all of a
 * report for half a character, for ever.
 */
static void
put_text_or_null(PgArray *array, const char *text, int len)
{
	cleanup_buf Buf clean = {0};

	if (text == NULL)
	{
		pgrecord_null(array, PG_TEXT);
		return;
	}
	utf8_put_text(&clean, text, len < 0 ? strlen(text) : (size_t) len);
	pgrecord_bytes(array, PG_TEXT, buf_text(&clean), clean.len);
}

void
attempt_put_report(PgArray *array, const Attempt *attempt)
{
	const MsgEnded *ended = &attempt->ended;
	int64_t now = clock_now_us();
	bool over = attempt->told != TOLD_STARTED;
	const char *event = over ? msg_event_name((MsgEvent) ended->event) : "started";
	cleanup_free char *result = attempt->told == TOLD_END ? hearing_result(&attempt->hearing) : NULL;

	pgrecord_begin(array);
	pgrecord_int8(array, attempt->node.key.run_id);
	pgrecord_int4(array, attempt->node.key.attempt);
	pgrecord_int8(array, attempt->node.key.fence);
	pgrecord_bytes(array, PG_TEXT, event, strlen(event));
	put_or_null(array, over && ended->exit_code >= 0, ended->exit_code);
	put_or_null(array, over && ended->signal > 0, ended->signal);
	pgrecord_int8(array, over ? ended->run_us : 0);
	pgrecord_int8(array, now - (over ? ended->ended_at : attempt->started_at));
	pgrecord_int8(array, over ? ended->cpu_us : 0);
	pgrecord_int8(array, over ? ended->max_rss_kb : 0);
	put_text_or_null(array, over ? attempt->message : NULL, -1);
	put_text_or_null(array, result, -1);
	pgrecord_end(array);
}

void
attempt_put_known(PgArray *array, const Attempt *attempt)
{
	const AttemptKey *key = &attempt->node.key;
	const char *state = attempt->state == ATTEMPT_ENDED ? "ended" : "running";
	const char *job = attempt->name != NULL ? strchr(attempt->name, '\n') : NULL;

	pgrecord_begin(array);
	pgrecord_int8(array, key->run_id);
	pgrecord_int4(array, key->attempt);
	pgrecord_int8(array, key->fence);
	pgrecord_bytes(array, PG_TEXT, state, strlen(state));
	put_text_or_null(array, job != NULL ? attempt->name : NULL, job != NULL ? (int) (job - attempt->name) : 0);
	put_text_or_null(array, job != NULL ? job + 1 : NULL, -1);
	pgrecord_end(array);
}
