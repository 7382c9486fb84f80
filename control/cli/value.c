/*
 * Turns values into what is printed, by the type PostgreSQL says they have. It relies on what db.c sets for the
 * session (UTC, ISO dates, interval style "postgres"); what does not look like that is printed as it came.
 */
#include "value.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Types of pg_type.dat that are never renumbered; libpq-fe.h has no names for them. */
#define BOOL_TYPE 16
#define TIMESTAMPTZ_TYPE 1184
#define INTERVAL_TYPE 1186

#define MINUTE 60
#define HOUR 3600
#define DAY 86400

/* "45s", "2m04s", "1h03m", "2d03h" */
static void
put_seconds(FILE *out, long whole)
{
	if (whole < MINUTE)
		fprintf(out, "%lds", whole);
	else if (whole < HOUR)
		fprintf(out, "%ldm%02lds", whole / MINUTE, whole % MINUTE);
	else if (whole < DAY)
		fprintf(out, "%ldh%02ldm", whole / HOUR, whole % HOUR / MINUTE);
	else
		fprintf(out, "%ldd%02ldh", whole / DAY, whole % DAY / HOUR);
}

/* How long something took: tenths matter below ten seconds. */
static void
put_duration(FILE *out, double seconds)
{
	if (seconds < 9.95)
		fprintf(out, "%.1fs", seconds);
	else
		put_seconds(out, (long) (seconds + 0.5));
}

/* Reads digits and what must follow them; moves text on, or leaves everything as it is. */
static bool
read_digits(const char **text, const char *after, long *number)
{
	char *end;
	long value = strtol(*text, &end, 10);

	if (end == *text || value < 0 || strncmp(end, after, strlen(after)) != 0)
		return false;
	*number = value;
	*text = end + strlen(after);
	return true;
}

/* "1 day 02:03:04.5"; other units, and negative ones, are left to be printed as they are. */
static bool
put_interval(FILE *out, const char *value)
{
	long days = 0;
	long hours = 0;
	long minutes = 0;
	double seconds = 0;
	char *end;

	if (strchr(value, '-'))
		return false;
	if (read_digits(&value, " day", &days))
	{
		value += *value == 's';
		value += *value == ' ';
	}
	if (*value)
	{
		if (!read_digits(&value, ":", &hours) || !read_digits(&value, ":", &minutes))
			return false;
		seconds = strtod(value, &end);
		if (end == value || *end)
			return false;
	}
	put_duration(out, (double) (days * DAY + hours * HOUR + minutes * MINUTE) + seconds);
	return true;
}

static bool
parse_moment(const char *value, time_t *moment)
{
	struct tm parts = {0};
	const char *rest = strptime(value, "%Y-%m-%d %H:%M:%S", &parts);

	if (!rest || !strstr(rest, "+00") || strstr(rest, "BC"))
		return false;
	*moment = timegm(&parts);
	return true;
}

static bool
put_relative(FILE *out, const char *value, time_t now)
{
	time_t moment;
	long ago;

	if (!parse_moment(value, &moment))
		return false;
	ago = (long) (now - moment);
	if (ago == 0)
		fputs("now", out);
	else if (ago > 0)
	{
		put_seconds(out, ago);
		fputs(" ago", out);
	}
	else
	{
		fputs("in ", out);
		put_seconds(out, -ago);
	}
	return true;
}

char *
value_for_people(const PGresult *result, int row, int column, const Terminal *terminal, time_t now)
{
	const char *value = PQgetvalue(result, row, column);
	Oid type = PQftype(result, column);
	bool done = false;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		abort();
	if (PQgetisnull(result, row, column))
		done = true;
	else if (type == TIMESTAMPTZ_TYPE)
		done = put_relative(out, value, now);
	else if (type == INTERVAL_TYPE)
		done = put_interval(out, value);
	else if (type == BOOL_TYPE)
		done = fputs(*value == 't' ? "yes" : "no", out) >= 0;
	else
		done = strcmp(value, "{}") == 0;
	if (!done)
		text_put(out, value, strlen(value), terminal_text_flags(terminal));
	fclose(out);
	return text;
}

void
value_for_programs(FILE *out, const PGresult *result, int row, int column)
{
	const char *value = PQgetvalue(result, row, column);
	time_t ignored;

	if (PQgetisnull(result, row, column))
		return;
	switch (PQftype(result, column))
	{
		case BOOL_TYPE:
			fputs(*value == 't' ? "true" : "false", out);
			return;
		case TIMESTAMPTZ_TYPE:
			if (parse_moment(value, &ignored))
			{
				const char *zone = strstr(value, "+00");

				fprintf(out, "%.10sT%.*sZ", value, (int) (zone - value - 11), value + 11);
				return;
			}
			break;
		default:
			break;
	}
	text_put_field(out, value);
}
