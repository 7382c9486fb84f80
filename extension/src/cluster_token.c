/*
 * The token file.
 *
 * It is made once, when the database becomes somebody's, and never changed: whoever copies the data directory does not
 * copy it, and that is how a clone is told from the cluster itself. All members of a high-availability cluster need
 * the same file.
 */
#include "cluster_token.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guc.h"
#include "storage/fd.h"

static bool
configured(void)
{
	return jg_guc_cluster_token_file != NULL && jg_guc_cluster_token_file[0] != '\0';
}

static bool
is_token(const char *text)
{
	int			n = 0;

	while (isxdigit((unsigned char) text[n]))
		n++;
	return n == JG_TOKEN_LENGTH && (text[n] == '\0' || (text[n] == '\n' && text[n + 1] == '\0'));
}

char *
jg_token_read(void)
{
	char		text[JG_TOKEN_LENGTH + 3] = "";
	int			fd;
	int			n;

	if (!configured())
		return NULL;
	fd = OpenTransientFile(jg_guc_cluster_token_file, O_RDONLY | PG_BINARY);
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open cluster token file \"%s\": %m", jg_guc_cluster_token_file)));
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read cluster token file \"%s\": %m", jg_guc_cluster_token_file)));
	CloseTransientFile(fd);
	if (!is_token(text))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("cluster token file \"%s\" does not hold a token", jg_guc_cluster_token_file),
				 errdetail("A token is one line of %d hexadecimal digits.", JG_TOKEN_LENGTH)));
	text[JG_TOKEN_LENGTH] = '\0';
	return pstrdup(text);
}

static void
make_token(char *line)
{
	uint8		random[JG_TOKEN_LENGTH / 2];

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate a random cluster token")));
	for (int i = 0; i < (int) sizeof(random); i++)
		sprintf(line + 2 * i, "%02x", random[i]);
	strcat(line, "\n");
}

/* Under a name of its own first: a file that is there is complete. */
char *
jg_token_create(void)
{
	char		line[JG_TOKEN_LENGTH + 2] = "";
	char	   *existing = jg_token_read();
	char		temporary[MAXPGPATH];
	int			fd;

	if (existing != NULL || !configured())
		return existing;
	make_token(line);
	snprintf(temporary, sizeof(temporary), "%s.new", jg_guc_cluster_token_file);
	fd = OpenTransientFilePerm(temporary, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY, S_IRUSR | S_IWUSR);
	if (fd < 0 || write(fd, line, JG_TOKEN_LENGTH + 1) != JG_TOKEN_LENGTH + 1 || pg_fsync(fd) != 0 ||
		CloseTransientFile(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write cluster token file \"%s\": %m", temporary),
				 errhint("The folder must exist and be writable by the server.")));
	durable_rename(temporary, jg_guc_cluster_token_file, ERROR);
	return jg_token_read();
}
