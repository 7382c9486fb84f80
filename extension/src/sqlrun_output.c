/*
 * What the server says to a SQL job's session, kept as the run's output: notices as stream e, errors as stream j.
 *
 * The session has no client, so messages are caught on their way to the server's log. Those that the log would not have
 * had without us stay out of it, and so do errors, for which the worker has a line of its own. The hook runs inside
 * ereport(): it must not raise and allocates nothing.
 */
#include "sqlrun_output.h"

#include "catalog/pg_type.h"
#include "clock.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "partition.h"
#include "sql.h"
#include "utils/builtins.h"
#include "utils/elog.h"
#include "utils/guc.h"

static JgSqlSpec *target;
static int servers_log_level;
static emit_log_hook_type previous_hook;

/* Adds a line. What does not fit is cut between two characters, and a mark tells of it; nothing is added after that. */
static void
append(char *buffer, uint32 limit, uint32 *length, const char *label, const char *text)
{
	static const char mark[] = "[cut]\n";
	const uint32 mark_length = sizeof(mark) - 1;
	uint32 room = limit > mark_length ? limit - mark_length : 0;
	const char *parts[] = {label, text, "\n"};

	if (text == NULL || *length > room)
		return;
	for (int i = 0; i < lengthof(parts); i++)
	{
		int whole = (int) strlen(parts[i]);
		int fits = pg_mbcliplen(parts[i], whole, (int) Min(whole, room - *length));

		memcpy(buffer + *length, parts[i], fits);
		*length += fits;
		if (fits == whole)
			continue;
		if (limit >= mark_length)
		{
			memcpy(buffer + *length, mark, mark_length);
			*length += mark_length;
		}
		return;
	}
}

static void
catch_message(ErrorData *error)
{
	if (previous_hook)
		previous_hook(error);
	if (target == NULL)
		return;
	if (error->elevel >= ERROR)
	{
		append(target->errors, sizeof(target->errors), &target->errors_length, "ERROR:  ", error->message);
		append(target->errors, sizeof(target->errors), &target->errors_length, "DETAIL:  ", error->detail);
		append(target->errors, sizeof(target->errors), &target->errors_length, "HINT:  ", error->hint);
		append(target->errors, sizeof(target->errors), &target->errors_length, "CONTEXT:  ", error->context);
		/* Errors are told in a line by the worker, and nobody wants a whole job in the log. */
		error->hide_stmt = true;
		if (error->elevel == ERROR)
			error->output_to_server = false;
	}
	else if (error->elevel == INFO || error->elevel == NOTICE || error->elevel == WARNING)
	{
		const char *label = error->elevel == INFO ? "INFO:  " : error->elevel == NOTICE ? "NOTICE:  " : "WARNING:  ";

		append(target->output, target->output_limit, &target->output_length, label, error->message);
		append(target->output, target->output_limit, &target->output_length, "DETAIL:  ", error->detail);
		append(target->output, target->output_limit, &target->output_length, "HINT:  ", error->hint);
		if (error->elevel < servers_log_level)
			error->output_to_server = false;
	}
}

void
jg_sqlrun_output_begin(JgSqlSpec *spec)
{
	Assert(target == NULL);
	servers_log_level = log_min_messages;
	if (servers_log_level > INFO)
		SetConfigOption("log_min_messages", "info", PGC_SUSET, PGC_S_OVERRIDE);
	previous_hook = emit_log_hook;
	emit_log_hook = catch_message;
	target = spec;
}

static void
keep_chunk(int64 run_id, int32 attempt, int chunk, char stream, const char *text, uint32 length)
{
	static JgPartitionSql sql = {
		.text = "insert into %s (run_id, attempt, chunk, at, stream, data) values ($1, $2, $3, $4, $5, $6)"
				" on conflict do nothing",
		.nargs = 6,
		.types = {INT8OID, INT4OID, INT4OID, TIMESTAMPTZOID, CHAROID, BYTEAOID}};
	int64 since;
	int64 until;
	Oid partition = jg_partition_find(JG_FAMILY_OUTPUT, run_id, RowExclusiveLock, &since, &until);
	Datum values[6];

	if (length == 0 || !OidIsValid(partition))
		return;
	values[0] = Int64GetDatum(run_id);
	values[1] = Int32GetDatum(attempt);
	values[2] = Int32GetDatum(chunk);
	values[3] = TimestampTzGetDatum(jg_now());
	values[4] = CharGetDatum(stream);
	values[5] = PointerGetDatum(cstring_to_text_with_len(text, length));
	jg_sql_partition(&sql, partition, values, NULL);
}

void
jg_sqlrun_output_keep(int64 run_id, int32 attempt, const JgSqlSpec *spec)
{
	keep_chunk(run_id, attempt, 1, 'e', spec->output, spec->output_length);
	keep_chunk(run_id, attempt, 2, 'j', spec->errors, spec->errors_length);
}
