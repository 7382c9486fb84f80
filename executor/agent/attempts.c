/*
 * attempts.c - the attempts this agent knows.
 *
 * An end is reported when its output is in the database, is kept until a request that carried it was answered, and only
 * then forgotten by the keeper. What an end means is not decided here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "attempt.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "offer.h"
#include "order.h"
#include "specification.h"

#define TELL_STARTED_US INT64_C(100000)
#define TELL_AGAIN_US INT64_C(500000)
#define MAX_REPORTS 5000

static AttemptsContext context;
static KeyMap attempts;
static TAILQ_HEAD(ReportQueue, Attempt) reports = TAILQ_HEAD_INITIALIZER(reports);
static int64_t in_slots;
static bool in_flight;

static Attempt *
find(const AttemptKey *key)
{
	return (Attempt *) (void *) keymap_find(&attempts, key);
}

static Attempt *
add(const AttemptKey *key)
{
	Attempt *attempt = mem_zalloc(sizeof(Attempt));

	attempt->node.key = *key;
	attempt->output.streams[0].fd = attempt->output.streams[1].fd = -1;
	hearing_begin(&attempt->hearing, attempt, key);
	keymap_insert(&attempts, &attempt->node);
	return attempt;
}

static void
forget(Attempt *attempt)
{
	if (attempt->report != REPORT_NONE)
		TAILQ_REMOVE(&reports, attempt, link);
	if (attempt->has_output)
		output_close(&attempt->output);
	hearing_close(&attempt->hearing);
	loop_timer_cancel(context.loop, &attempt->tell);
	keymap_remove(&attempts, &attempt->node);
	if (!attempt->local)
	{
		const MsgReported reported = {.key = attempt->node.key};

		context.send(MSG_REPORTED, &reported, NULL, -1);
	}
	free(attempt->message);
	free(attempt->notes);
	free(attempt->name);
	free(attempt);
}

static void
want_report(Attempt *attempt)
{
	if (attempt->report != REPORT_NONE)
		return;
	attempt->report = REPORT_WAITING;
	TAILQ_INSERT_TAIL(&reports, attempt, link);
	context.changed(context.arg);
}

/* Whether it is over for this agent: ended, and nothing of its output or of what it said on the way. */
static bool
is_over(const Attempt *attempt)
{
	return attempt->state == ATTEMPT_ENDED && (!attempt->has_output || output_complete(&attempt->output)) &&
		   hearing_complete(&attempt->hearing);
}

static void
look_if_over(Attempt *attempt)
{
	if (!is_over(attempt))
		return;
	if (attempt->stale && attempt->report != REPORT_IN_FLIGHT)
		forget(attempt);
	else if (!attempt->stale)
		want_report(attempt);
}

static void
output_queued(void *arg)
{
	(void) arg;
	context.ship(context.arg);
}

static void
output_done(struct Attempt *attempt, void *arg)
{
	(void) arg;
	look_if_over(attempt);
}

static void
say(struct Attempt *attempt, const char *text, size_t len)
{
	if (attempt->has_output && !attempt->stale)
		output_say(&attempt->output, text, len);
}

static void
output_counted(struct Attempt *attempt, void *arg)
{
	const MsgOutput used = {.key = attempt->node.key, .bytes = attempt->output.bytes, .chunk = attempt->output.chunk};

	(void) arg;
	context.send(MSG_OUTPUT, &used, NULL, -1);
}

void
attempts_init(const AttemptsContext *given)
{
	OutputContext output = {.queued = output_queued, .complete = output_done, .counted = output_counted};

	const HearingContext hearing = {.loop = given->loop,
									.send = given->send,
									.backlog = given->backlog,
									.busy = output_is_paused,
									.say = say,
									.ship = given->ship,
									.written = look_if_over,
									.arg = given->arg};

	context = *given;
	output.loop = context.loop;
	output_init(&output);
	hearing_init(&hearing);
}

static void
end_here(Attempt *attempt, MsgEvent event, const char *message)
{
	attempt->local = true;
	attempt->state = ATTEMPT_ENDED;
	attempt->ended = (MsgEnded){.key = attempt->node.key, .event = event, .exit_code = -1, .ended_at = clock_now_us()};
	if (event == EVENT_EXITED)
		attempt->ended.exit_code = 0;
	attempt->message = message ? mem_strdup(message) : NULL;
	want_report(attempt);
}

static void
hand_to_keeper(Attempt *attempt, const char *kind, const char *detail)
{
	cleanup_specification Specification spec;
	cleanup_buf Buf block = {0};
	cleanup_close int fd = -1;
	MsgStart start = {.key = attempt->node.key};
	Err e;

	if (specification_read(&spec, kind, detail, context.settings->work_dir, &attempt->node.key, &e) < 0)
	{
		end_here(attempt, EVENT_SETUP_FAILED, e.message);
		return;
	}
	spec_encode(&spec.builder, &block);
	fd = spec_to_memfd(&block, &e);
	if (fd < 0)
	{
		log_warnx("run %" PRId64 ": %s", attempt->node.key.run_id, e.message);
		end_here(attempt, EVENT_RETURNED, NULL);
		return;
	}
	start.timeout_ms = spec.timeout_ms;
	start.grace_ms = spec.grace_ms;
	start.output_limit = context.settings->output_limit;
	if (spec.output_limit > 0 && spec.output_limit < start.output_limit)
		start.output_limit = spec.output_limit;
	start.flags = spec.fenced ? START_FENCED : 0;
	in_slots++;
	attempt->name = mem_strdup(spec.name);
	attempt->notes = specification_notes(&spec);
	context.send(MSG_START, &start, attempt->name, fd);
}

void
attempts_take(const AttemptKey *key, const char *kind, const char *detail)
{
	Attempt *attempt;

	if (find(key) != NULL)
		return;
	attempt = add(key);
	if (strcmp(kind, "noop") == 0)
		end_here(attempt, EVENT_EXITED, NULL);
	else if (offer_has_kind(kind) && detail != NULL)
		hand_to_keeper(attempt, kind, detail);
	else
		end_here(attempt, EVENT_SETUP_FAILED, "this executor does not know the kind of the job");
}

/* Its place among the attempt's orders in this answer: the same when the answer is repeated. */
static int32_t
next_ordinal(Attempt *attempt, int64_t answer)
{
	if (attempt->order_answer != answer)
		attempt->order_ordinal = 0;
	attempt->order_answer = answer;
	return ++attempt->order_ordinal;
}

void
attempts_order(const AttemptKey *key, const char *detail, int64_t request, int64_t answer)
{
	Attempt *attempt = find(key);
	MsgOrder order = {.key = *key, .request = request};
	cleanup_buf Buf message = {0};
	int64_t follow_us = 0;
	Err e;

	if (attempt == NULL || attempt->state == ATTEMPT_ENDED)
		return;
	order.ordinal = next_ordinal(attempt, answer);
	if (order_read(detail, &order, &message, &follow_us, &e) < 0)
		log_warnx("run %" PRId64 ": %s", key->run_id, e.message);
	else if (order.order != 0)
		context.send(MSG_ORDER, &order, NULL, -1);
	else if (follow_us > 0)
	{
		if (attempt->has_output)
			output_follow(&attempt->output, clock_now_us() + follow_us);
	}
	else if (request != attempt->told_request || order.ordinal > attempt->told_ordinal)
	{
		attempt->told_request = request;
		attempt->told_ordinal = order.ordinal;
		hearing_tell(&attempt->hearing, buf_text(&message));
	}
}

static void
drop_stale(Attempt *attempt)
{
	const MsgOrder order = {.key = attempt->node.key, .order = ORDER_KILL};

	attempt->stale = true;
	log_warnx("run %" PRId64 ", attempt %" PRId32 ", belongs to somebody else now", attempt->node.key.run_id,
			  attempt->node.key.attempt);
	if (attempt->has_output)
		output_discard(&attempt->output);
	hearing_discard(&attempt->hearing);
	if (attempt->state != ATTEMPT_ENDED)
		context.send(MSG_ORDER, &order, NULL, -1);
	look_if_over(attempt);
}

void
attempts_stale(const AttemptKey *key)
{
	Attempt *attempt = find(key);

	if (attempt != NULL && !attempt->stale)
		drop_stale(attempt);
}

void
attempts_later(const AttemptKey *key)
{
	Attempt *attempt = find(key);

	if (attempt != NULL && attempt->report == REPORT_IN_FLIGHT)
		attempt->later = true;
}

/*
 * At hello. An attempt that has ended may be one whose report was taken while the answer was lost: the next report tells
 * them apart. One that runs and is not ours any more is stopped.
 */
void
attempts_unknown(int64_t run_id, int64_t fence)
{
	for (KeyNode *node = keymap_next(&attempts, NULL); node != NULL; node = keymap_next(&attempts, node))
	{
		Attempt *attempt = (Attempt *) (void *) node;

		if (node->key.run_id != run_id || node->key.fence != fence)
			continue;
		if (!attempt->stale && attempt->state != ATTEMPT_ENDED)
			drop_stale(attempt);
		return;
	}
}

static void
tell_started(void *arg)
{
	Attempt *attempt = arg;

	if (attempt->state == ATTEMPT_RUNNING && !attempt->stale)
		want_report(attempt);
}

void
attempts_known(const AttemptKey *key, const char *name)
{
	Attempt *attempt;

	if (find(key) != NULL)
		return;
	attempt = add(key);
	attempt->name = mem_strdup(name);
	in_slots++;
}

static void
open_output(Attempt *attempt, const MsgStarted *started, int *fds)
{
	int streams[2] = {-1, -1};

	for (int i = 0; i < 2; i++)
	{
		if ((started->streams & (1 << i)) == 0)
			continue;
		streams[i] = *fds;
		*fds++ = -1;
	}
	/* Its output may go to files alone; then there is what it says. */
	attempt->has_output = started->streams != 0;
	if (attempt->has_output)
		output_open(&attempt->output, attempt, started, streams);
	if (attempt->notes != NULL)
		say(attempt, attempt->notes, strlen(attempt->notes));
	if ((started->streams & MSG_STREAM_SOCKET) == 0)
		return;
	hearing_open(&attempt->hearing, *fds);
	*fds = -1;
}

void
attempts_started(const MsgStarted *started, int *fds)
{
	Attempt *attempt = find(&started->key);

	if (attempt == NULL || attempt->state != ATTEMPT_HANDED)
		return;
	attempt->state = ATTEMPT_RUNNING;
	attempt->started_at = started->started_at;
	open_output(attempt, started, fds);
	/* A short job's start is told by its end. */
	loop_timer_in(context.loop, &attempt->tell, TELL_STARTED_US, tell_started, attempt);
}

/* A start that nobody has been told yet is not worth telling any more. */
static void
drop_waiting_report(Attempt *attempt)
{
	loop_timer_cancel(context.loop, &attempt->tell);
	if (attempt->report != REPORT_WAITING)
		return;
	TAILQ_REMOVE(&reports, attempt, link);
	attempt->report = REPORT_NONE;
}

static void
tell_unkillable(Attempt *attempt)
{
	if (!attempt->stale)
		want_report(attempt);
}

static void
set_message(Attempt *attempt, const char *message)
{
	free(attempt->message);
	attempt->message = message[0] != '\0' ? mem_strdup(message) : NULL;
}

/* What it said with its last breath, the keeper could not know when it recorded the end. */
static void
hear_the_last(Attempt *attempt)
{
	hearing_finish(&attempt->hearing);
	if (attempt->has_output)
		output_flush(&attempt->output);
	if (attempt->hearing.lost == NULL || !msg_yields_to_doubt((MsgEvent) attempt->ended.event))
		return;
	attempt->ended.event = EVENT_LOST;
	set_message(attempt, attempt->hearing.lost);
}

void
attempts_ended(const MsgEnded *ended, const char *message)
{
	Attempt *attempt = find(&ended->key);

	if (attempt == NULL || attempt->state == ATTEMPT_ENDED)
		return;
	drop_waiting_report(attempt);
	attempt->ended = *ended;
	set_message(attempt, message);
	if (ended->event == EVENT_UNKILLABLE)
	{
		attempt->unkillable = true;
		tell_unkillable(attempt);
		return;
	}
	in_slots--;
	attempt->state = ATTEMPT_ENDED;
	attempt->unkillable = false;
	hear_the_last(attempt);
	if (attempt->has_output && ended->forced != 0)
		output_finish(&attempt->output);
	look_if_over(attempt);
	context.changed(context.arg);
}

void
attempts_usage(const MsgUsage *usage)
{
	Attempt *attempt = find(&usage->key);

	if (attempt != NULL && attempt->state == ATTEMPT_RUNNING && !attempt->stale)
		hearing_usage(&attempt->hearing, usage);
}

void
attempts_word(const MsgWord *word, const char *text, int *fd)
{
	Attempt *attempt = find(&word->key);

	if (attempt != NULL)
		hearing_word(&attempt->hearing, word, text, fd);
}

int64_t
attempts_in_slots(void)
{
	return in_slots;
}

bool
attempts_any(void)
{
	return attempts.count > 0;
}

bool
attempts_have_reports(void)
{
	return !TAILQ_EMPTY(&reports) && !in_flight;
}

int
attempts_put_reports(PgArray *array)
{
	Attempt *attempt = NULL;
	int count = 0;

	TAILQ_FOREACH (attempt, &reports, link)
	{
		if (count == MAX_REPORTS)
			break;
		attempt->report = REPORT_IN_FLIGHT;
		attempt->told = attempt->state == ATTEMPT_ENDED ? TOLD_END
						: attempt->unkillable           ? TOLD_UNKILLABLE
														: TOLD_STARTED;
		attempt_put_report(array, attempt);
		count++;
	}
	in_flight = count > 0;
	return count;
}

static void
tell_again(void *arg)
{
	Attempt *attempt = arg;

	if (attempt->state == ATTEMPT_ENDED)
		look_if_over(attempt);
	else if (attempt->unkillable)
		tell_unkillable(attempt);
	else
		tell_started(attempt);
}

static void
report_taken(Attempt *attempt)
{
	TAILQ_REMOVE(&reports, attempt, link);
	attempt->report = REPORT_NONE;
	if (attempt->later && !attempt->stale)
	{
		attempt->later = false;
		loop_timer_in(context.loop, &attempt->tell, TELL_AGAIN_US, tell_again, attempt);
		return;
	}
	if (attempt->told == TOLD_END)
	{
		forget(attempt);
		return;
	}
	if (attempt->told == TOLD_UNKILLABLE)
		attempt->unkillable = false;
	/* More may have come meanwhile. */
	if (attempt->unkillable)
		tell_unkillable(attempt);
	look_if_over(attempt);
}

/* What was in flight stands at the head of the queue, in order. */
void
attempts_answered(bool taken)
{
	Attempt *attempt = TAILQ_FIRST(&reports);

	in_flight = false;
	while (attempt != NULL && attempt->report == REPORT_IN_FLIGHT)
	{
		Attempt *next = TAILQ_NEXT(attempt, link);

		if (taken)
			report_taken(attempt);
		else
			attempt->report = REPORT_WAITING;
		attempt = next;
	}
}

void
attempts_put_known(PgArray *array)
{
	for (const KeyNode *node = keymap_next(&attempts, NULL); node != NULL; node = keymap_next(&attempts, node))
	{
		const Attempt *attempt = (const Attempt *) (const void *) node;

		if (!attempt->stale)
			attempt_put_known(array, attempt);
	}
}
