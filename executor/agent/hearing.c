/*
 * hearing.c - what attempts say over their sockets, on its way to the database; and what they are told.
 */
#include "hearing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "talk.h"
#include "utf8.h"

#define WRITE_EVERY_US INT64_C(1000000)
#define WRITE_ENDED_US INT64_C(200000) /* an end waits for its news */
#define LOOK_AGAIN_US INT64_C(100000)
#define WORD_EVERY_US INT64_C(50000) /* the keeper has others to look after */
#define PACKETS_A_TURN 32
#define PACKETS_AT_THE_END 4096
#define MAX_STEP 1000
#define CALL_BYTES ((size_t) 1024 * 1024)

/* Checkpoints that wait for the database; beyond this nobody is listened to. */
#define WAITING_BYTES ((size_t) 4 * 1024 * 1024)

static HearingContext context;
static TAILQ_HEAD(NewsQueue, Hearing) news = TAILQ_HEAD_INITIALIZER(news);
static size_t waiting_bytes;
static int64_t written_at;
static bool urgent; /* an end waits for it */
static Timer due_timer;
static bool retired;

void
hearing_init(const HearingContext *given)
{
	context = *given;
}

/* ---- news ---- */

bool
hearing_due(void)
{
	int64_t now = clock_now_us();

	return !TAILQ_EMPTY(&news) &&
		   (now - written_at >= WRITE_EVERY_US || (urgent && now - written_at >= WRITE_ENDED_US));
}

static void
it_is_due(void *arg)
{
	(void) arg;
	context.ship(context.arg);
}

static void
arm(void)
{
	int64_t due = written_at + (urgent ? WRITE_ENDED_US : WRITE_EVERY_US);

	loop_timer(context.loop, &due_timer, due, it_is_due, NULL);
}

static void
want_written(Hearing *hearing)
{
	if (hearing->news == NEWS_IN_FLIGHT)
		hearing->news = NEWS_BOTH;
	if (hearing->news != NEWS_NONE)
		return;
	hearing->news = NEWS_WAITING;
	TAILQ_INSERT_TAIL(&news, hearing, link);
	if (!timer_is_set(&due_timer))
		arm();
}

static void
drop_checkpoint(Hearing *hearing)
{
	waiting_bytes -= hearing->checkpoint.len;
	buf_free(&hearing->checkpoint);
	hearing->has_checkpoint = false;
}

static void
drop_news(Hearing *hearing)
{
	hearing->has_percent = hearing->has_usage = false;
	free(hearing->step);
	hearing->step = NULL;
	drop_checkpoint(hearing);
}

static void
put_news(PgArray *array, const Hearing *hearing)
{
	pgrecord_begin(array);
	pgrecord_int8(array, hearing->key.run_id);
	pgrecord_int4(array, hearing->key.attempt);
	pgrecord_int8(array, hearing->key.fence);
	if (hearing->has_percent)
		pgrecord_float4(array, hearing->percent);
	else
		pgrecord_null(array, PG_FLOAT4);
	if (hearing->step != NULL)
		pgrecord_bytes(array, PG_TEXT, hearing->step, strlen(hearing->step));
	else
		pgrecord_null(array, PG_TEXT);
	if (hearing->has_usage)
	{
		pgrecord_int8(array, hearing->usage.cpu_us);
		pgrecord_int8(array, hearing->usage.rss_kb);
	}
	else
	{
		pgrecord_null(array, PG_INT8);
		pgrecord_null(array, PG_INT8);
	}
	if (hearing->has_checkpoint)
		pgrecord_bytes(array, PG_BYTEA, hearing->checkpoint.data, hearing->checkpoint.len);
	else
		pgrecord_null(array, PG_BYTEA);
	pgrecord_end(array);
}

/* What is in flight stands at the head of the queue. It is kept until it is known to be written. */
void
hearing_put(PgArray *array)
{
	Hearing *hearing;

	loop_timer_cancel(context.loop, &due_timer);
	written_at = clock_now_us();
	urgent = false;
	TAILQ_FOREACH (hearing, &news, link)
	{
		if (array->buf.len > CALL_BYTES)
			break;
		put_news(array, hearing);
		hearing->news = NEWS_IN_FLIGHT;
	}
}

/* What has come in the meantime is said in the next call, together with what was just written. */
void
hearing_written(bool taken)
{
	Hearing *next;

	for (Hearing *hearing = TAILQ_FIRST(&news); hearing != NULL && hearing->news >= NEWS_IN_FLIGHT; hearing = next)
	{
		next = TAILQ_NEXT(hearing, link);
		if (!taken || hearing->news == NEWS_BOTH)
		{
			hearing->news = NEWS_WAITING;
			continue;
		}
		TAILQ_REMOVE(&news, hearing, link);
		hearing->news = NEWS_NONE;
		drop_news(hearing);
		context.written(hearing->attempt);
	}
	if (!TAILQ_EMPTY(&news))
		arm();
}

/* ---- what is said ---- */

/* Once an attempt, whatever else it writes. */
static void
complain(Hearing *hearing, const char *why)
{
	cleanup_free char *line = mem_printf("the node was told %s, and has ignored it\n", why);

	if (!hearing->complained)
		context.say(hearing->attempt, line, strlen(line));
	hearing->complained = true;
}

static void
take_progress(Hearing *hearing, const Talk *talk)
{
	cleanup_buf Buf line = {0};

	hearing->has_percent = true;
	hearing->percent = talk->percent;
	utf8_put_line(&line, talk->text, talk->len < MAX_STEP ? talk->len : MAX_STEP);
	free(hearing->step);
	hearing->step = mem_strndup(buf_text(&line), line.len);
	want_written(hearing);
}

static void
take_checkpoint(Hearing *hearing, const Talk *talk)
{
	drop_checkpoint(hearing);
	buf_append(&hearing->checkpoint, talk->text, talk->len);
	waiting_bytes += hearing->checkpoint.len;
	hearing->has_checkpoint = true;
	want_written(hearing);
}

static void
take_message(Hearing *hearing, const Talk *talk)
{
	cleanup_buf Buf line = {0};

	utf8_put_line(&line, talk->text, talk->len);
	buf_putc(&line, '\n');
	context.say(hearing->attempt, line.data, line.len);
}

static void
set_lost(Hearing *hearing, const char *text, size_t len)
{
	cleanup_buf Buf line = {0};

	utf8_put_line(&line, text, len < MSG_MAX_TEXT ? len : MSG_MAX_TEXT);
	free(hearing->lost);
	hearing->lost = mem_strndup(buf_text(&line), line.len);
}

static void
set_result(Hearing *hearing, int fd)
{
	cleanup_close_fd(&hearing->result);
	hearing->result = fd;
}

static int
keep_result(const Talk *talk)
{
	cleanup_close int fd = memfd_create("jobgrid-result", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result;

	if (fd < 0 || write(fd, talk->text, talk->len) != (ssize_t) talk->len)
	{
		log_warn("could not keep a result");
		return -1;
	}
	result = fd;
	fd = -1;
	return result;
}

/* The keeper has it before it is out of the socket; said twice is no harm. */
static void
take_word(Hearing *hearing, const Talk *talk)
{
	MsgWord word = {.key = hearing->key, .what = talk->verb == TALK_LOST ? WORD_LOST : WORD_RESULT};

	hearing->word_at = clock_now_us();
	if (word.what == WORD_LOST)
	{
		set_lost(hearing, talk->text, talk->len);
		context.send(MSG_WORD, &word, hearing->lost, -1);
		return;
	}
	set_result(hearing, keep_result(talk));
	if (hearing->result >= 0)
		context.send(MSG_WORD, &word, NULL, hearing->result);
}

/* Whether it is for the keeper to have. */
static bool
take_packet(Hearing *hearing, const char *packet, size_t len)
{
	Talk talk;
	Err e;

	if (talk_parse(packet, len, &talk, &e) < 0)
	{
		complain(hearing, e.message);
		return false;
	}
	if (talk.verb == TALK_RESULT || talk.verb == TALK_LOST)
	{
		take_word(hearing, &talk);
		return true;
	}
	if (talk.verb == TALK_PROGRESS)
		take_progress(hearing, &talk);
	else if (talk.verb == TALK_CHECKPOINT)
		take_checkpoint(hearing, &talk);
	else
		take_message(hearing, &talk);
	return false;
}

static void readable(uint32_t events, void *arg);

static void
listen_again(void *arg)
{
	Hearing *hearing = arg;
	Err e;

	hearing->watch = loop_watch(context.loop, hearing->fd, EPOLLIN, readable, hearing, &e);
	if (hearing->watch == NULL)
		fatalx("%s", e.message); /* the keeper starts a new agent, which gets the socket again */
}

/* Not heard for a while: who says more waits. */
static void
pause_listening(Hearing *hearing)
{
	loop_unwatch(hearing->watch);
	hearing->watch = NULL;
	loop_timer_in(context.loop, &hearing->again, LOOK_AGAIN_US, listen_again, hearing);
}

static void
stop_listening(Hearing *hearing)
{
	loop_timer_cancel(context.loop, &hearing->again);
	loop_unwatch(hearing->watch);
	hearing->watch = NULL;
	cleanup_close_fd(&hearing->fd);
	hearing->fd = -1;
}

static bool
must_wait(const Hearing *hearing)
{
	return retired || context.backlog() > 0 || waiting_bytes > WAITING_BYTES || context.busy() ||
		   (hearing->word_at > 0 && clock_now_us() - hearing->word_at < WORD_EVERY_US);
}

/*
 * Leaves it there. An empty packet is told from the end by coming with credentials, which the keeper has asked for (SO_PASSCRED); descriptors that a job
 * sends along find no room and are dropped.
 */
static ssize_t
peek(int fd, char *packet, size_t size, bool *end)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] __attribute__((aligned(8)));
	struct iovec iov = {.iov_base = packet, .iov_len = size};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(fd, &hdr, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);

	*end = len == 0 && CMSG_FIRSTHDR(&hdr) == NULL;
	return len;
}

/* 1: one packet was taken; 0: none is there, or it must wait; < 0: nobody will say anything any more. */
static int
listen_once(Hearing *hearing)
{
	static char packet[JOBSOCKET_MAX_PACKET + 1];
	bool end;
	ssize_t len = peek(hearing->fd, packet, sizeof(packet), &end);

	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (end)
		return -1;
	/* A word that is still on its way to the keeper is said again. */
	if (take_packet(hearing, packet, (size_t) len < sizeof(packet) ? (size_t) len : sizeof(packet)) &&
		context.backlog() > 0)
		return 0;
	return recv(hearing->fd, packet, 1, MSG_TRUNC | MSG_DONTWAIT) >= 0 ? 1 : -1;
}

static void
readable(uint32_t events, void *arg)
{
	Hearing *hearing = arg;
	int result = 1;

	(void) events;
	for (int i = 0; i < PACKETS_A_TURN && result > 0 && !must_wait(hearing); i++)
		result = listen_once(hearing);
	if (result < 0)
		stop_listening(hearing);
	else if (must_wait(hearing))
		pause_listening(hearing);
}

/* ---- an attempt's ---- */

void
hearing_begin(Hearing *hearing, struct Attempt *attempt, const AttemptKey *key)
{
	*hearing = (Hearing){.attempt = attempt, .key = *key, .fd = -1, .result = -1};
}

void
hearing_open(Hearing *hearing, int fd)
{
	hearing->fd = fd;
	if (retired)
		return;
	listen_again(hearing);
}

void
hearing_usage(Hearing *hearing, const MsgUsage *usage)
{
	hearing->usage = *usage;
	hearing->has_usage = true;
	want_written(hearing);
}

void
hearing_word(Hearing *hearing, const MsgWord *word, const char *text, int *fd)
{
	if (word->what == WORD_LOST)
	{
		set_lost(hearing, text, strlen(text));
		return;
	}
	set_result(hearing, *fd);
	*fd = -1;
}

/* Who does not read is not waited for. */
void
hearing_tell(Hearing *hearing, const char *text)
{
	static const char missed[] = "an operator's message could not be handed to the job: it does not read\n";
	cleanup_free char *packet = mem_printf("message %s", text);

	if (hearing->fd < 0 || send(hearing->fd, packet, strlen(packet), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		context.say(hearing->attempt, missed, sizeof(missed) - 1);
}

/* Bounded: what the job has left behind may go on talking. */
void
hearing_finish(Hearing *hearing)
{
	for (int i = 0; hearing->fd >= 0 && i < PACKETS_AT_THE_END; i++)
	{
		/* Where the keeper does not take it, it will ask the agent after this one. */
		if (listen_once(hearing) <= 0)
			break;
	}
	if (hearing->fd >= 0)
		stop_listening(hearing);
	if (hearing->news == NEWS_NONE || urgent)
		return;
	urgent = true;
	arm();
}

bool
hearing_complete(const Hearing *hearing)
{
	return hearing->news == NEWS_NONE;
}

void
hearing_discard(Hearing *hearing)
{
	if (hearing->fd >= 0)
		stop_listening(hearing);
	if (hearing->news == NEWS_WAITING)
	{
		TAILQ_REMOVE(&news, hearing, link);
		hearing->news = NEWS_NONE;
	}
	if (hearing->news == NEWS_BOTH)
		hearing->news = NEWS_IN_FLIGHT;
}

void
hearing_close(Hearing *hearing)
{
	hearing_discard(hearing);
	drop_news(hearing);
	cleanup_close_fd(&hearing->result);
	hearing->result = -1;
	free(hearing->lost);
	hearing->lost = NULL;
}

void
hearing_retire(void)
{
	retired = true;
	urgent = true;
	if (!TAILQ_EMPTY(&news))
		arm();
}

bool
hearing_shipped(void)
{
	return TAILQ_EMPTY(&news);
}

char *
hearing_result(const Hearing *hearing)
{
	cleanup_free char *text = NULL;
	char *result;
	struct stat st;

	/* It may have come back from a keeper of another version. */
	if (hearing->result < 0 || fstat(hearing->result, &st) < 0 || st.st_size <= 0 || st.st_size > JOBSOCKET_MAX_PACKET)
		return NULL;
	text = mem_zalloc((size_t) st.st_size + 1);
	if (pread(hearing->result, text, (size_t) st.st_size, 0) != st.st_size)
		return NULL;
	result = text;
	text = NULL;
	return result;
}
