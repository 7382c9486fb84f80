/*
 * Lays out rows. On a terminal the last column gives way to the width if it is text, because it is the message; all
 * else is printed in full, since a cut name or number is a wrong one.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"
#include "value.h"

#define GAP "  "

typedef struct Grid
{
	int columns;
	int rows;
	int *source; /* the result's column behind each column of the grid */
	int *width;
	bool *number;
	bool *state;  /* shown with sign and colour */
	char **cells; /* row by row, made safe */
	int *shown;   /* the columns with something in them */
	int shown_count;
} Grid;

/* Types whose figures are compared from the right: int8, int2, int4, oid, float4, float8, numeric. */
static bool
is_number(Oid type)
{
	return type == 20 || type == 21 || type == 23 || type == 26 || type == 700 || type == 701 || type == 1700;
}

static int
choose_columns(const PGresult *result, const char *wanted, int *source)
{
	int count = 0;

	if (!wanted)
	{
		for (; count < PQnfields(result); count++)
			source[count] = count;
		return count;
	}
	while (*wanted)
	{
		size_t length = strcspn(wanted, " ");

		for (int i = 0; i < PQnfields(result); i++)
			if (strlen(PQfname(result, i)) == length && strncmp(PQfname(result, i), wanted, length) == 0)
				source[count++] = i;
		wanted += length;
		wanted += strspn(wanted, " ");
	}
	return count;
}

static void
fill_row(Grid *grid, char **cells, const PGresult *result, int row, const Terminal *terminal, time_t now)
{
	for (int i = 0; i < grid->columns; i++)
	{
		char *text = value_for_people(result, row, grid->source[i], terminal, now);
		int width = text_width(text, terminal_text_flags(terminal));

		if (grid->state[i])
			width += text_width(terminal_sign(terminal, text), terminal_text_flags(terminal));
		if (width > grid->width[i])
			grid->width[i] = width;
		cells[i] = text;
	}
}

/* What is empty in every row only takes room from what is not. */
static void
drop_empty_columns(Grid *grid)
{
	int kept = 0;

	for (int column = 0; column < grid->columns; column++)
	{
		bool empty = true;

		for (int row = 0; row < grid->rows && empty; row++)
			empty = grid->cells[row * grid->columns + column][0] == '\0';
		if (empty && grid->rows > 0)
			continue;
		grid->shown[kept++] = column;
	}
	grid->shown_count = kept;
}

static Grid
make_grid(const Terminal *terminal, time_t now, PGresult *const *results, int count, const TableStyle *style)
{
	Grid grid = {0};
	int row = 0;
	int fields = PQnfields(results[0]);

	for (int i = 0; i < count; i++)
		grid.rows += PQntuples(results[i]);
	grid.source = mem_zalloc((size_t) fields * sizeof *grid.source);
	grid.width = mem_zalloc((size_t) fields * sizeof *grid.width);
	grid.number = mem_zalloc((size_t) fields * sizeof *grid.number);
	grid.shown = mem_zalloc((size_t) fields * sizeof *grid.shown);
	grid.state = mem_zalloc((size_t) fields * sizeof *grid.state);
	grid.columns = choose_columns(results[0], style->columns, grid.source);
	grid.cells = mem_zalloc((size_t) grid.rows * (size_t) grid.columns * sizeof *grid.cells);
	for (int i = 0; i < grid.columns; i++)
	{
		const char *name = PQfname(results[0], grid.source[i]);

		grid.state[i] = strstr(name, "state") || strcmp(name, "outcome") == 0;
		grid.width[i] = (int) strlen(name);
		grid.number[i] = is_number(PQftype(results[0], grid.source[i]));
	}
	for (int i = 0; i < count; i++)
		for (int j = 0; j < PQntuples(results[i]); j++, row++)
			fill_row(&grid, grid.cells + row * grid.columns, results[i], j, terminal, now);
	drop_empty_columns(&grid);
	return grid;
}

static void
free_grid(Grid *grid)
{
	for (int i = 0; i < grid->rows * grid->columns; i++)
		free(grid->cells[i]);
	free(grid->cells);
	free(grid->source);
	free(grid->width);
	free(grid->number);
	free(grid->state);
	free(grid->shown);
}

/* The width counts the sign, not the escapes around it. */
static void
put_cell(FILE *out, const Terminal *terminal, const Grid *grid, int row, int column, int width, bool last)
{
	const char *text = grid->cells[row * grid->columns + column];
	const char *sign = grid->state[column] ? terminal_sign(terminal, text) : "";
	const char *colour = grid->state[column] ? terminal_colour(terminal, text) : "";
	bool right = grid->number[column];
	int flags = terminal_text_flags(terminal);
	int used = text_width(sign, flags) + text_width(text, flags);
	int fill = width > used ? width - used : 0;

	if (right)
		fprintf(out, "%*s", fill, "");
	fputs(colour, out);
	fputs(sign, out);
	text_put_width(out, text, last ? width : used, flags);
	if (*colour)
		fputs(terminal_plain(terminal), out);
	if (!right && !last)
		fprintf(out, "%*s", fill, "");
}

/* The room that is left for the last column. */
static int
width_of_last(const Terminal *terminal, const Grid *grid, const char *name)
{
	int last = grid->shown[grid->shown_count - 1];
	int left = terminal->columns;

	for (int i = 0; i < grid->shown_count - 1; i++)
		left -= grid->width[grid->shown[i]] + (int) strlen(GAP);
	if (grid->number[last] || left < (int) strlen(name) || left > grid->width[last])
		return grid->width[last];
	return left;
}

/* How many columns a row needs: after its last value nothing is printed, not even blanks. */
static int
filled(const Grid *grid, int row)
{
	int count = grid->shown_count;

	while (count > 0 && grid->cells[row * grid->columns + grid->shown[count - 1]][0] == '\0')
		count--;
	return count;
}

static void
print_aligned(FILE *out, const Terminal *terminal, const Grid *grid, const PGresult *first)
{
	int last = grid->shown[grid->shown_count - 1];
	int last_width = width_of_last(terminal, grid, PQfname(first, grid->source[last]));

	for (int i = 0; i < grid->shown_count; i++)
	{
		int column = grid->shown[i];
		int width = grid->number[column] ? grid->width[column] : column == last ? 0 : -grid->width[column];

		fprintf(out, "%s%*s%s", terminal_dim(terminal), width, PQfname(first, grid->source[column]),
				terminal_plain(terminal));
		fputs(column == last ? "\n" : GAP, out);
	}
	for (int row = 0; row < grid->rows; row++)
	{
		int count = filled(grid, row);

		for (int i = 0; i < count; i++)
		{
			int column = grid->shown[i];

			put_cell(out, terminal, grid, row, column, column == last ? last_width : grid->width[column],
					 i + 1 == count);
			fputs(i + 1 == count ? "" : GAP, out);
		}
		fputc('\n', out);
	}
}

static void
print_records(FILE *out, const Terminal *terminal, const Grid *grid, const PGresult *first)
{
	int names = 0;

	for (int i = 0; i < grid->columns; i++)
		if ((int) strlen(PQfname(first, grid->source[i])) > names)
			names = (int) strlen(PQfname(first, grid->source[i]));
	for (int row = 0; row < grid->rows; row++)
	{
		if (row > 0)
			fputc('\n', out);
		for (int i = 0; i < grid->columns; i++)
		{
			const char *text = grid->cells[row * grid->columns + i];
			const char *sign = grid->state[i] ? terminal_sign(terminal, text) : "";
			const char *colour = grid->state[i] ? terminal_colour(terminal, text) : "";

			if (!*text)
				continue;
			fprintf(out, "%s%-*s%s%s", terminal_dim(terminal), names, PQfname(first, grid->source[i]),
					terminal_plain(terminal), GAP);
			fputs(colour, out);
			fputs(sign, out);
			fputs(text, out);
			fputs(*colour ? terminal_plain(terminal) : "", out);
			fputc('\n', out);
		}
	}
}

static void
print_separated(FILE *out, PGresult *const *results, int count)
{
	int fields = PQnfields(results[0]);

	for (int i = 0; i < fields; i++)
		fprintf(out, "%s%c", PQfname(results[0], i), i + 1 < fields ? '\t' : '\n');
	for (int i = 0; i < count; i++)
		for (int row = 0; row < PQntuples(results[i]); row++)
			for (int column = 0; column < fields; column++)
			{
				value_for_programs(out, results[i], row, column);
				fputc(column + 1 < fields ? '\t' : '\n', out);
			}
}

void
table_print(FILE *out, const Terminal *terminal, time_t now, PGresult *const *results, int count,
			const TableStyle *style)
{
	Grid grid;

	if (count == 0)
		return;
	if (!terminal->present)
	{
		print_separated(out, results, count);
		return;
	}
	grid = make_grid(terminal, now, results, count, style);
	if (style->record)
		print_records(out, terminal, &grid, results[0]);
	else if (grid.shown_count > 0)
		print_aligned(out, terminal, &grid, results[0]);
	free_grid(&grid);
}
