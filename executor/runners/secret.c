/*
 * secret.c - settings that say secret:NAME and mean what a file holds.
 *
 * An error names the secret, never a byte of it.
 */
#include "secret.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"

#define PREFIX "secret:"
#define MAX_NAME 128
#define MAX_SECRET 65536

static bool
is_secret(const Buf *text)
{
	size_t prefix = strlen(PREFIX);

	if (text->len <= prefix || text->len > prefix + MAX_NAME || memcmp(text->data, PREFIX, prefix) != 0)
		return false;
	for (size_t i = prefix; i < text->len; i++)
		if (text->data[i] <= 0x20 || text->data[i] >= 0x7f)
			return false;
	return true;
}

static char
variable_character(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char) (c - 'a' + 'A');
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
}

int
secret_resolve(Buf *text, Err *e)
{
	cleanup_buf Buf variable = {0};
	const char *name;
	const char *path;

	if (!is_secret(text))
		return 0;
	name = text->data + strlen(PREFIX);
	buf_puts(&variable, "JOBGRID_SECRET_");
	for (const char *p = name; *p != '\0'; p++)
		buf_putc(&variable, variable_character(*p));
	path = getenv(buf_text(&variable));
	if (path == NULL)
		return err_set(e, 0, "secret \"%s\" was not given to this job: %s is not set", name, buf_text(&variable));
	buf_reset(text);
	if (file_read(path, MAX_SECRET, text, e) < 0)
		return err_wrap(e, "%s", buf_text(&variable));
	if (text->len > 0 && text->data[text->len - 1] == '\n')
		text->data[--text->len] = '\0';
	return 1;
}
