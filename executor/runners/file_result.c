/*
 * file_result.c - what a file_watch job hands on.
 */
#include "file_result.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "mem.h"

#define TAIL 64 /* room for what closes the object */

/* The members of a file's object, without its braces. */
static void
put_file(Buf *out, const char *folder, const FileMatch *match)
{
	cleanup_free char *path = mem_printf("%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", match->name);
	char when[64] = "";
	struct tm tm;

	if (gmtime_r(&match->modified.tv_sec, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_puts(out, "\"path\": ");
	json_quote(out, path, strlen(path));
	buf_printf(out, ", \"size\": %" PRId64 ", \"modified\": \"%s\"", match->size, when);
}

void
file_result_exists(Buf *result, const char *folder, const FileMatches *matches, const FileWanted *wanted, int64_t now,
				   size_t max)
{
	size_t more = 0;
	bool first = true;

	buf_putc(result, '{');
	for (size_t i = 0; i < matches->count; i++)
	{
		cleanup_buf Buf file = {0};

		if (!file_match_complete(&matches->files[i], wanted, now))
			continue;
		put_file(&file, folder, &matches->files[i]);
		if (first)
		{
			buf_append(result, file.data, file.len);
			buf_puts(result, ", \"files\": [");
		}
		if (more > 0 || result->len + file.len + TAIL > max)
			more++;
		else
			buf_printf(result, "%s{%s}", first ? "" : ", ", buf_text(&file));
		first = false;
	}
	buf_puts(result, "]");
	if (more > 0)
		buf_printf(result, ", \"more\": %zu", more);
	buf_putc(result, '}');
}

void
file_result_gone(Buf *result, const char *path)
{
	buf_puts(result, "{\"path\": ");
	json_quote(result, path, strlen(path));
	buf_putc(result, '}');
}
