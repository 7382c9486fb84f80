/*
 * output.c - what attempts print: read from their pipes, cut into chunks, kept until the database has it.
 *
 * Memory is bounded twice: an attempt keeps its first and its last bytes and counts what it drops between them, and while
 * the database does not take what is queued, pipes are not read; the jobs then wait, as they would on any full pipe. Bytes
 * are never looked at. The last bytes are here only until the end: an agent that dies loses them, not the first ones, and
 * the next one says so.
 */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "mem.h"

#define CHUNK_BYTES 65536
#define FLUSH_US INT64_C(1000000)
#define FOLLOWED_FLUSH_US INT64_C(100000)
#define FINISH_US INT64_C(200000)
#define TAIL_BYTES (32 * 1024) /* at most, and a quarter of the limit */
#define QUEUE_FULL (8 * 1024 * 1024)
#define QUEUE_LOW (4 * 1024 * 1024)

static OutputContext context;
static ChunkQueue queue = STAILQ_HEAD_INITIALIZER(queue);
static size_t queued_bytes;
static bool paused;
static bool retired;

/* All open streams, to stop and start reading. */
static Stream **readers;
static size_t reader_count;
static size_t reader_cap;

void
output_init(const OutputContext *given)
{
	context = *given;
}

ChunkQueue *
output_queue(void)
{
	return &queue;
}

static void readable(uint32_t events, void *arg);

static void
watch(Stream *stream)
{
	Err e;

	stream->watch = loop_watch(context.loop, stream->fd, EPOLLIN, readable, stream, &e);
	if (stream->watch == NULL)
		fatalx("%s", e.message); /* the keeper starts a new agent, which gets the pipes again */
}

/* A pipe that is not read is not watched at all: its hang-up would come again and again. */
static void
set_reading(bool on)
{
	paused = !on;
	for (size_t i = 0; i < reader_count; i++)
	{
		Stream *stream = readers[i];

		if (on)
			watch(stream);
		else if (stream->watch != NULL)
		{
			loop_unwatch(stream->watch);
			stream->watch = NULL;
		}
	}
}

static void
add_reader(Stream *stream)
{
	if (reader_count == reader_cap)
	{
		reader_cap = reader_cap == 0 ? 64 : reader_cap * 2;
		readers = mem_resize(readers, reader_cap, sizeof(Stream *));
	}
	readers[reader_count++] = stream;
}

static void
remove_reader(const Stream *stream)
{
	for (size_t i = 0; i < reader_count; i++)
	{
		if (readers[i] == stream)
		{
			readers[i] = readers[--reader_count];
			return;
		}
	}
}

static void
enqueue(Output *output, char stream, const char *data, size_t len)
{
	Chunk *chunk = mem_alloc(sizeof(Chunk) + len);

	chunk->output = output;
	chunk->read_at = clock_now_us();
	chunk->number = ++output->chunk;
	chunk->stream = stream;
	chunk->len = len;
	memcpy(chunk->data, data, len);
	STAILQ_INSERT_TAIL(&queue, chunk, link);
	queued_bytes += sizeof(Chunk) + len;
	output->unshipped++;
	if (queued_bytes > QUEUE_FULL && !paused)
		set_reading(false);
	context.counted(output->attempt, context.arg);
	context.queued(context.arg);
}

static void
flush_stream(Stream *stream)
{
	if (stream->pending_len == 0)
		return;
	enqueue(stream->output, stream->name, stream->pending, stream->pending_len);
	stream->pending_len = 0;
}

static void
flush_all(void *arg)
{
	Output *output = arg;

	flush_stream(&output->streams[0]);
	flush_stream(&output->streams[1]);
	flush_stream(&output->said);
}

static size_t
tail_room(const Output *output)
{
	return output->limit / 4 < TAIL_BYTES ? (size_t) (output->limit / 4) : TAIL_BYTES;
}

static int64_t
head_room(const Output *output)
{
	return output->limit - (int64_t) tail_room(output) - output->bytes;
}

/* Both streams share the room: what one does not need is the other's. */
static void
share_tail_room(Output *output)
{
	Tail *out = &output->streams[0].tail;
	Tail *err = &output->streams[1].tail;
	size_t room = tail_room(output);
	size_t before = out->len + err->len;
	size_t half = room / 2;

	if (before <= room)
		return;
	if (err->len < half)
		tail_cut(out, room - err->len);
	else if (out->len < half)
		tail_cut(err, room - out->len);
	else
	{
		tail_cut(out, half);
		tail_cut(err, room - half);
	}
	output->dropped += (int64_t) (before - out->len - err->len);
}

static void
enqueue_tail(Stream *stream)
{
	cleanup_free char *bytes = NULL;

	if (stream->tail.len == 0)
		return;
	bytes = mem_alloc(stream->tail.len);
	tail_copy(&stream->tail, bytes);
	enqueue(stream->output, stream->name, bytes, stream->tail.len);
	tail_free(&stream->tail);
}

/* What came after the head, with a word between them on what is missing. */
static void
enqueue_end(Output *output)
{
	char text[128];
	int len;

	share_tail_room(output);
	if (output->dropped > 0 || output->resumed)
	{
		len = snprintf(text, sizeof(text), "output over %lld bytes is not kept: %lld bytes %swere dropped here\n",
					   (long long) output->limit, (long long) output->dropped, output->resumed ? "or more " : "");
		enqueue(output, 'j', text, (size_t) len);
	}
	output->dropped = 0;
	output->resumed = false;
	enqueue_tail(&output->streams[0]);
	enqueue_tail(&output->streams[1]);
}

static void
close_stream(Stream *stream)
{
	if (stream->fd < 0)
		return;
	remove_reader(stream);
	loop_unwatch(stream->watch);
	close(stream->fd);
	stream->fd = -1;
	stream->watch = NULL;
}

static void
end_of_stream(Stream *stream)
{
	Output *output = stream->output;

	close_stream(stream);
	if (output->streams[0].fd >= 0 || output->streams[1].fd >= 0)
		return;
	loop_timer_cancel(context.loop, &output->flush);
	flush_all(output);
	if (!output->discard)
		enqueue_end(output);
	if (output_complete(output))
		context.complete(output->attempt, context.arg);
}

static void
flush_soon(Output *output)
{
	int64_t delay = clock_now_us() < output->followed_until ? FOLLOWED_FLUSH_US : FLUSH_US;

	if (!output->finishing && !timer_is_set(&output->flush))
		loop_timer_in(context.loop, &output->flush, delay, flush_all, output);
}

/* Keeps what the limit allows of len bytes that stand behind the pending ones. */
static void
keep(Stream *stream, size_t len)
{
	Output *output = stream->output;
	int64_t room = head_room(output);
	size_t kept = output->discard || room <= 0 ? 0 : (int64_t) len < room ? len : (size_t) room;

	output->bytes += (int64_t) kept;
	if (!output->discard && kept < len)
		output->dropped += (int64_t) tail_put(&stream->tail, tail_room(output),
											  stream->pending + stream->pending_len + kept, len - kept);
	stream->pending_len += kept;
	if (stream->pending_len == CHUNK_BYTES)
		flush_stream(stream);
	else if (stream->pending_len > 0)
		flush_soon(output);
}

/* As a whole, or not at all. */
void
output_say(Output *output, const char *text, size_t len)
{
	Stream *said = &output->said;

	if (output->discard)
		return;
	if (len > CHUNK_BYTES || (int64_t) len > head_room(output))
	{
		output->dropped += (int64_t) len;
		return;
	}
	if (said->pending == NULL)
		said->pending = mem_alloc(CHUNK_BYTES);
	if (len > CHUNK_BYTES - said->pending_len)
		flush_stream(said);
	memcpy(said->pending + said->pending_len, text, len);
	said->pending_len += len;
	output->bytes += (int64_t) len;
	flush_soon(output);
}

bool
output_is_paused(void)
{
	return paused;
}

static void
readable(uint32_t events, void *arg)
{
	Stream *stream = arg;
	ssize_t n;

	(void) events;
	if (stream->pending == NULL)
		stream->pending = mem_alloc(CHUNK_BYTES);
	n = read(stream->fd, stream->pending + stream->pending_len, CHUNK_BYTES - stream->pending_len);
	if (n > 0)
		keep(stream, (size_t) n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR) || (errno == EAGAIN && stream->output->finishing))
		end_of_stream(stream);
}

/* An empty pipe gives no event, so looking at it must not wait for one. */
static void
finish(void *arg)
{
	Output *output = arg;

	for (int i = 0; i < 2 && !paused; i++)
	{
		if (output->streams[i].fd >= 0)
			readable(EPOLLIN, &output->streams[i]);
	}
	if (output->streams[0].fd >= 0 || output->streams[1].fd >= 0)
		loop_timer_in(context.loop, &output->flush, FINISH_US, finish, output);
}

void
output_flush(Output *output)
{
	flush_all(output);
}

void
output_follow(Output *output, int64_t until)
{
	if (until > output->followed_until)
		output->followed_until = until;
	if (timer_is_set(&output->flush) && !output->finishing)
		loop_timer_in(context.loop, &output->flush, FOLLOWED_FLUSH_US, flush_all, output);
}

void
output_finish(Output *output)
{
	output->finishing = true;
	loop_timer_in(context.loop, &output->flush, 0, finish, output);
}

void
output_open(Output *output, struct Attempt *attempt, const MsgStarted *started, int fds[2])
{
	output->attempt = attempt;
	output->key = started->key;
	output->limit = started->output_limit;
	output->chunk = started->chunk;
	output->bytes = started->bytes;
	output->said = (Stream){.output = output, .fd = -1, .name = 'j'};
	output->resumed = output->chunk > 0 && head_room(output) <= 0;
	for (int i = 0; i < 2; i++)
	{
		Stream *stream = &output->streams[i];

		stream->output = output;
		stream->name = i == 0 ? 'o' : 'e';
		stream->fd = fds[i];
		fds[i] = -1;
		if (stream->fd < 0)
			continue;
		if (!paused)
			watch(stream);
		add_reader(stream);
	}
}

bool
output_complete(const Output *output)
{
	return output->streams[0].fd < 0 && output->streams[1].fd < 0 && output->said.pending_len == 0 &&
		   output->unshipped == 0;
}

void
output_discard(Output *output)
{
	output->discard = true;
	output->streams[0].pending_len = output->streams[1].pending_len = output->said.pending_len = 0;
	tail_free(&output->streams[0].tail);
	tail_free(&output->streams[1].tail);
}

void
output_close(Output *output)
{
	for (int i = 0; i < 2; i++)
	{
		close_stream(&output->streams[i]);
		free(output->streams[i].pending);
		output->streams[i].pending = NULL;
		tail_free(&output->streams[i].tail);
	}
	free(output->said.pending);
	output->said.pending = NULL;
	loop_timer_cancel(context.loop, &output->flush);
}

void
output_accepted(Chunk *chunk)
{
	Output *output = chunk->output;

	queued_bytes -= sizeof(Chunk) + chunk->len;
	output->unshipped--;
	free(chunk);
	if (paused && !retired && queued_bytes < QUEUE_LOW)
		set_reading(true);
	if (output_complete(output))
		context.complete(output->attempt, context.arg);
}

void
output_retire(void)
{
	retired = true;
	set_reading(false);
	for (size_t i = 0; i < reader_count; i++)
	{
		flush_stream(readers[i]);
		flush_stream(&readers[i]->output->said);
	}
	/* What comes after this is the next agent's, which begins an end of its own. */
	for (size_t i = 0; i < reader_count; i++)
		enqueue_end(readers[i]->output);
}

bool
output_shipped(void)
{
	return queued_bytes == 0;
}
