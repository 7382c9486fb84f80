/*
 * Output of attempts. In a pipe it is passed through byte for byte; on a terminal it is made safe, with the error
 * stream in another colour. It asks for a megabyte at a time, so that a log of any size takes little memory.
 */
#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"
#include "text.h"

#define CHUNK_SQL \
	"select attempt, chunk, stream, data from jobgrid.logs(run_id => $1::bigint, attempt => $2::int, after_chunk => $3::int)"

typedef struct Piece
{
	struct Piece *next;
	char stream;
	unsigned char *data;
	size_t length;
} Piece;

/* The pieces that hold the last lines, while reading on. */
typedef struct Tail
{
	Piece *first;
	Piece *last;
	long lines;
} Tail;

static void
free_piece(Piece *piece)
{
	PQfreemem(piece->data);
	free(piece);
}

static long
count_lines(const Piece *piece)
{
	long lines = 0;

	for (size_t i = 0; i < piece->length; i++)
		lines += piece->data[i] == '\n';
	return lines;
}

static void
print_for_people(const Cli *cli, Output *output, const Piece *piece)
{
	const char *colour = terminal_colour(&cli->out, piece->stream == 'e'   ? "failed"
													: piece->stream == 'j' ? "held"
																		   : "");
	int flags = terminal_text_flags(&cli->out) | TEXT_LINES | TEXT_MORE_FOLLOWS;
	cleanup_buf Buf whole = {0};
	size_t done;

	buf_append(&whole, buf_text(&output->cut), output->cut.len);
	buf_append(&whole, piece->data, piece->length);
	fputs(colour, stdout);
	done = text_put(stdout, buf_text(&whole), whole.len, flags);
	if (*colour)
		fputs(terminal_plain(&cli->out), stdout);
	buf_reset(&output->cut);
	buf_append(&output->cut, buf_text(&whole) + done, whole.len - done);
}

static void
print_piece(const Cli *cli, Output *output, const Piece *piece)
{
	output->any = output->any || piece->length > 0;
	if (cli->out.present && !output->raw)
		print_for_people(cli, output, piece);
	else
		fwrite(piece->data, 1, piece->length, stdout);
}

static void
drop_first(Tail *tail)
{
	Piece *first = tail->first;

	tail->first = first->next;
	free_piece(first);
}

static void
keep_piece(Tail *tail, Piece *piece, long wanted)
{
	if (tail->first)
		tail->last->next = piece;
	else
		tail->first = piece;
	tail->last = piece;
	tail->lines += count_lines(piece);
	for (;;)
	{
		long first = count_lines(tail->first);

		/* One line more is kept, for the one that has no newline yet. */
		if (tail->first == piece || tail->lines - first <= wanted)
			return;
		tail->lines -= first;
		drop_first(tail);
	}
}

static void
print_tail(const Cli *cli, Output *output, Tail *tail, long wanted)
{
	const Piece *last = tail->last;
	long skip;

	if (last && last->length > 0 && last->data[last->length - 1] != '\n')
		tail->lines++;
	skip = tail->lines - wanted;
	while (tail->first)
	{
		Piece shown = *tail->first;

		for (; skip > 0 && shown.length > 0; shown.data++, shown.length--)
			skip -= *shown.data == '\n';
		if (wanted > 0)
			print_piece(cli, output, &shown);
		drop_first(tail);
	}
}

static Piece *
read_piece(const PGresult *result, int row)
{
	Piece *piece = mem_zalloc(sizeof *piece);

	piece->stream = *db_value(result, row, "stream");
	piece->data = PQunescapeBytea((const unsigned char *) db_value(result, row, "data"), &piece->length);
	if (!piece->data)
		fatalx("out of memory");
	return piece;
}

static int
read_chunks(Cli *cli, Output *output, Tail *tail, Failure *failure)
{
	CLEAR_RESULT PGresult *result = NULL;
	cleanup_free char *attempt = output->attempt ? mem_printf("%d", output->attempt) : NULL;
	cleanup_free char *chunk = mem_printf("%d", output->chunk);
	const char *values[] = {output->run, attempt, chunk};
	int rows;

	if (db_query(cli->db, CHUNK_SQL, 3, values, &result, failure) < 0)
		return -1;
	rows = PQntuples(result);
	for (int row = 0; row < rows; row++)
	{
		Piece *piece = read_piece(result, row);

		output->attempt = (int) db_number(result, row, "attempt", 0);
		output->chunk = (int) db_number(result, row, "chunk", 0);
		if (output->tail >= 0)
		{
			keep_piece(tail, piece, output->tail);
			continue;
		}
		print_piece(cli, output, piece);
		free_piece(piece);
	}
	return rows;
}

int
output_drain(Cli *cli, Output *output, Failure *failure)
{
	Tail tail = {0};
	int rows;

	while ((rows = read_chunks(cli, output, &tail, failure)) > 0)
		;
	if (output->tail >= 0)
	{
		print_tail(cli, output, &tail, output->tail);
		output->tail = -1;
	}
	fflush(stdout);
	return rows;
}

int
output_drain_to(Cli *cli, Output *output, int attempt, Failure *failure)
{
	if (attempt == 0)
		return 0;
	if (output->attempt == 0)
		output->attempt = attempt;
	for (;;)
	{
		if (output_drain(cli, output, failure) < 0)
			return -1;
		if (output->attempt >= attempt || output->only_attempt)
			return 0;
		output_end(cli, output);
		output->attempt++;
		output->chunk = 0;
		if (cli->out.present)
			fprintf(stdout, "%s-- attempt %d --%s\n", terminal_dim(&cli->out), output->attempt,
					terminal_plain(&cli->out));
	}
}

/* A character that was never completed is shown as the bytes it is. */
void
output_end(const Cli *cli, Output *output)
{
	text_put(stdout, buf_text(&output->cut), output->cut.len, terminal_text_flags(&cli->out) | TEXT_LINES);
	buf_free(&output->cut);
	fflush(stdout);
}
