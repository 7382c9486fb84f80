/*
 * Output of attempts, as their executor ships it.
 *
 * A chunk is accepted as long as its executor may write about the attempt (written.c); a chunk sent twice is stored once.
 * Any bytes are data here.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "errors.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lease.h"
#include "partition.h"
#include "records.h"
#include "session.h"
#include "sql.h"
#include "written.h"

#define MAX_CHUNKS 10000
#define MAX_CHUNK_BYTES (1024 * 1024)

PG_FUNCTION_INFO_V1(jobgrid_write_output);

typedef struct Chunk
{
	JgAttemptKey key;
	int32 number;
	char stream;
	int64 age_us;
	Datum data;
	JgWritten written;
} Chunk;

static void
read_chunk(const Datum *values, const bool *nulls, void *item)
{
	Chunk *chunk = item;

	if (nulls[0] || nulls[1] || nulls[2] || nulls[3] || nulls[4] || nulls[6])
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("only age_us of a chunk may be null")));
	chunk->key.run_id = DatumGetInt64(values[0]);
	chunk->key.attempt = DatumGetInt32(values[1]);
	chunk->key.fence = DatumGetInt64(values[2]);
	chunk->number = DatumGetInt32(values[3]);
	chunk->stream = DatumGetChar(values[4]);
	chunk->age_us = nulls[5] ? 0 : DatumGetInt64(values[5]);
	chunk->data = values[6];
	if (chunk->stream != 'o' && chunk->stream != 'e' && chunk->stream != 'j')
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("stream of a chunk must be o, e or j")));
	if (VARSIZE_ANY_EXHDR(PG_DETOAST_DATUM_PACKED(chunk->data)) > MAX_CHUNK_BYTES)
		ereport(ERROR, (errcode(ERRCODE_JG_LIMIT), errmsg("a chunk has at most %d bytes", MAX_CHUNK_BYTES)));
}

static void
check_fences(int32 executor_id, Chunk *chunks, int n)
{
	JgAttemptKey *keys = palloc(n * sizeof(JgAttemptKey));
	JgWritten *written = palloc(n * sizeof(JgWritten));

	for (int i = 0; i < n; i++)
		keys[i] = chunks[i].key;
	jg_written(executor_id, keys, n, written);
	for (int i = 0; i < n; i++)
		chunks[i].written = written[i];
}

/* Writes the chunks of one partition, from the first on; returns how many belong to it. */
static int
write_partition_chunks(Oid partition, int64 since, int64 until, const Chunk *chunks, int n)
{
	static JgPartitionSql sql = {
		.text = "insert into %s (run_id, attempt, chunk, at, stream, data)"
				" select * from unnest($1, $2, $3, $4, $5, $6) on conflict do nothing",
		.nargs = 6,
		.types = {INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID, CHARARRAYOID, BYTEAARRAYOID}};
	JgArray columns[6] = {jg_array(INT8OID, n),        jg_array(INT4OID, n), jg_array(INT4OID, n),
						  jg_array(TIMESTAMPTZOID, n), jg_array(CHAROID, n), jg_array(BYTEAOID, n)};
	Datum values[6];
	TimestampTz now = jg_now();
	int taken = 0;

	for (; taken < n && chunks[taken].written.run_id >= since && chunks[taken].written.run_id < until; taken++)
	{
		const Chunk *chunk = &chunks[taken];

		jg_array_add(&columns[0], Int64GetDatum(chunk->written.run_id));
		jg_array_add(&columns[1], Int32GetDatum(chunk->key.attempt));
		jg_array_add(&columns[2], Int32GetDatum(chunk->number));
		/* No output is older than its attempt, whatever its executor says. */
		jg_array_add_time(&columns[3], Max(now - Max(chunk->age_us, 0), chunk->written.claimed_at));
		jg_array_add(&columns[4], CharGetDatum(chunk->stream));
		jg_array_add(&columns[5], chunk->data);
	}
	for (int i = 0; i < 6; i++)
		values[i] = jg_array_datum(&columns[i]);
	if (columns[0].n > 0)
		jg_sql_partition(&sql, partition, values, NULL);
	return taken;
}

Datum
jobgrid_write_output(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int32 executor_id = jg_session_writer();
	Chunk *chunks;
	int n;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	SPI_connect();
	chunks = jg_records(PG_GETARG_ARRAYTYPE_P(0), "chunk", MAX_CHUNKS, sizeof(Chunk), read_chunk, &n);
	if (n > 0)
		check_fences(executor_id, chunks, n);
	for (int i = 0; i < n;)
	{
		int64 since;
		int64 until;
		Oid partition = chunks[i].written.run_id != 0 ? jg_partition_find(JG_FAMILY_OUTPUT, chunks[i].written.run_id,
																		  RowExclusiveLock, &since, &until)
													  : InvalidOid;

		if (OidIsValid(partition))
			i += write_partition_chunks(partition, since, until, &chunks[i], n - i);
		else
			i++;
	}
	for (int i = 0; i < n; i++)
		if (!chunks[i].written.taken)
			jg_lease_put_stale(result, &chunks[i].key);
	SPI_finish();
	return (Datum) 0;
}
