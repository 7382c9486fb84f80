/*
 * logship.c - brings output, and what jobs tell, to the database, over a connection of its own.
 *
 * One call at a time; what it carried is sent again when its fate is not known, and the database stores a chunk once.
 * It never decides what is kept.
 */
#include "logship.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "clock.h"
#include "hearing.h"
#include "log.h"
#include "mem.h"
#include "output.h"
#include "pgbinary.h"
#include "pgconn.h"

#define BATCH_BYTES (1024 * 1024)
#define BATCH_CHUNKS 500
#define RETRY_US INT64_C(500000)
#define PATIENCE 3 /* times that a chunk is refused for what it is */

static struct
{
	Loop *loop;
	PgConn *conn;
	void (*stale)(const AttemptKey *key);
	ChunkQueue in_flight;
	Timer retry;
	int64_t executor_id; /* 0: not known yet */
	char instance[37];
	Oid chunk_type; /* in this database */
	Oid progress_type;
	bool started;
	bool bound; /* hello_log() was answered on this connection */
	bool busy;
	bool one_by_one; /* a batch was refused: which chunk is it? */
	int refusals;    /* of the chunk at hand */
} ship = {.in_flight = STAILQ_HEAD_INITIALIZER(ship.in_flight)};

static void
retry(void *arg)
{
	(void) arg;
	logship_kick();
}

/* Chunks of runs that are not ours any more are dropped by the database; here they count as accepted. */
static void
batch_accepted(void)
{
	Chunk *chunk;

	while ((chunk = STAILQ_FIRST(&ship.in_flight)) != NULL)
	{
		STAILQ_REMOVE_HEAD(&ship.in_flight, link);
		output_accepted(chunk);
	}
}

/* Data that the server will never take, as opposed to a server that cannot take any just now. */
static bool
is_about_data(const PgAnswer *answer)
{
	return strncmp(answer->sqlstate, "22", 2) == 0 || strncmp(answer->sqlstate, "23", 2) == 0 ||
		   strncmp(answer->sqlstate, "54", 2) == 0;
}

/* One bad chunk must not keep the output and the ends of all others back for ever. */
static void
refused(const PgAnswer *answer)
{
	ChunkQueue *queue = output_queue();
	bool given_up;

	log_warnx("output was not taken: %s", answer->error);
	if (!is_about_data(answer))
	{
		pgconn_reset(ship.conn, "output was not taken");
		return;
	}
	given_up = ship.one_by_one && ++ship.refusals >= PATIENCE;
	if (given_up)
	{
		log_warnx("a chunk of output is given up");
		ship.refusals = 0;
		batch_accepted();
	}
	/* Back to the head of the queue, in order. */
	STAILQ_CONCAT(&ship.in_flight, queue);
	STAILQ_CONCAT(queue, &ship.in_flight);
	ship.one_by_one = !given_up;
	loop_timer_in(ship.loop, &ship.retry, RETRY_US, retry, NULL);
}

static void
drop_stale(const PgAnswer *answer)
{
	for (int row = 0; row < PQntuples(answer->rows); row++)
	{
		AttemptKey key;
		Err e;

		if (answer_key(answer, row, &key, &e) == 0)
			ship.stale(&key);
	}
}

static void
written(const PgAnswer *answer, void *arg)
{
	(void) arg;
	ship.busy = false;
	if (answer->lost)
	{
		/* Sent again, after the retry or by the next connection; a chunk is stored once. */
		loop_timer_in(ship.loop, &ship.retry, RETRY_US, retry, NULL);
		return;
	}
	if (answer->error != NULL)
	{
		refused(answer);
		return;
	}
	ship.refusals = 0;
	drop_stale(answer);
	batch_accepted();
	logship_kick();
}

static void
put_chunk(PgArray *array, const Chunk *chunk)
{
	const AttemptKey *key = &chunk->output->key;

	pgrecord_begin(array);
	pgrecord_int8(array, key->run_id);
	pgrecord_int4(array, key->attempt);
	pgrecord_int8(array, key->fence);
	pgrecord_int4(array, chunk->number);
	pgrecord_char(array, chunk->stream);
	pgrecord_int8(array, clock_now_us() - chunk->read_at);
	pgrecord_bytes(array, PG_BYTEA, chunk->data, chunk->len);
	pgrecord_end(array);
}

static void
fill_batch(void)
{
	ChunkQueue *queue = output_queue();
	size_t bytes = 0;
	Chunk *chunk;

	int limit = ship.one_by_one ? 1 : BATCH_CHUNKS;

	for (int n = 0; n < limit && bytes < BATCH_BYTES && (chunk = STAILQ_FIRST(queue)) != NULL; n++)
	{
		STAILQ_REMOVE_HEAD(queue, link);
		STAILQ_INSERT_TAIL(&ship.in_flight, chunk, link);
		bytes += chunk->len;
	}
}

static void
progress_written(const PgAnswer *answer, void *arg)
{
	(void) arg;
	ship.busy = false;
	if (answer->lost || (answer->error != NULL && !is_about_data(answer)))
	{
		hearing_written(false);
		if (!answer->lost)
			pgconn_reset(ship.conn, answer->error);
		return;
	}
	if (answer->error != NULL)
		log_warnx("what jobs have told was not taken: %s", answer->error);
	else
		drop_stale(answer);
	hearing_written(true);
	logship_kick();
}

static void
write_progress(void)
{
	PgArray array = {0};
	PgParameter parameter = {.format = 1};

	pgarray_begin(&array, ship.progress_type);
	hearing_put(&array);
	pgarray_end(&array);
	parameter.value = buf_text(&array.buf);
	parameter.length = (int) array.buf.len;
	ship.busy = true;
	pgconn_call(ship.conn, "select run_id, attempt, fence from jobgrid_engine.write_progress($1)", 1, &parameter,
				progress_written, NULL);
	pgarray_free(&array);
}

void
logship_kick(void)
{
	PgArray array = {0};
	PgParameter parameter = {.format = 1};
	const Chunk *chunk;

	if (!ship.bound || ship.busy)
		return;
	if (hearing_due())
	{
		write_progress();
		return;
	}
	if (STAILQ_EMPTY(&ship.in_flight))
		fill_batch();
	if (STAILQ_EMPTY(&ship.in_flight))
	{
		ship.one_by_one = false;
		return;
	}
	pgarray_begin(&array, ship.chunk_type);
	STAILQ_FOREACH (chunk, &ship.in_flight, link)
		put_chunk(&array, chunk);
	pgarray_end(&array);
	parameter.value = buf_text(&array.buf);
	parameter.length = (int) array.buf.len;
	ship.busy = true;
	pgconn_call(ship.conn, "select run_id, attempt, fence from jobgrid_engine.write_output($1)", 1, &parameter, written,
				NULL);
	pgarray_free(&array);
}

static void
bound(const PgAnswer *answer, void *arg)
{
	(void) arg;
	if (answer->error != NULL)
	{
		pgconn_reset(ship.conn, answer->error);
		return;
	}
	pgconn_settled(ship.conn);
	ship.bound = true;
	logship_kick();
}

static void
say_hello(void)
{
	char id[24];
	const PgParameter parameters[] = {{.type = PG_INT4, .value = id}, {.type = PG_UUID, .value = ship.instance}};

	snprintf(id, sizeof(id), "%lld", (long long) ship.executor_id);
	pgconn_call(ship.conn, "select jobgrid_engine.hello_log($1, $2)", 2, parameters, bound, NULL);
}

static void
types_found(const PgAnswer *answer, void *arg)
{
	int64_t chunk;
	int64_t progress;
	Err e;

	(void) arg;
	if (answer->error != NULL || pgrow_int(answer->rows, 0, "chunk", 1, UINT32_MAX, &chunk, &e) < 0 ||
		pgrow_int(answer->rows, 0, "progress", 1, UINT32_MAX, &progress, &e) < 0)
	{
		pgconn_reset(ship.conn, answer->error != NULL ? answer->error : e.message);
		return;
	}
	ship.chunk_type = (Oid) chunk;
	ship.progress_type = (Oid) progress;
	say_hello();
}

static void
connected(void *arg)
{
	(void) arg;
	ship.bound = false;
	ship.busy = false;
	pgconn_call(ship.conn,
				"select 'jobgrid_engine.chunk'::regtype::oid::bigint as chunk,"
				" 'jobgrid_engine.progress_report'::regtype::oid::bigint as progress",
				0, NULL, types_found, NULL);
}

static void
disconnected(const char *reason, void *arg)
{
	(void) arg;
	ship.bound = false;
	ship.busy = false;
	log_debug("log connection: %s", reason);
}

int
logship_init(Loop *loop, const Settings *settings, void (*stale)(const AttemptKey *key), Err *e)
{
	static const PgConnEvents events = {.connected = connected, .disconnected = disconnected};

	ship.loop = loop;
	ship.stale = stale;
	ship.conn = pgconn_new(loop, settings->database, "jobgrid-executor output", &events, NULL, e);
	return ship.conn == NULL ? -1 : 0;
}

void
logship_bind(int64_t executor_id, const char *instance)
{
	ship.executor_id = executor_id;
	snprintf(ship.instance, sizeof(ship.instance), "%s", instance);
	if (!ship.started)
		pgconn_start(ship.conn);
	ship.started = true;
}
