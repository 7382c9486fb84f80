/*
 * specblock.c - reading and writing specification blocks.
 *
 * The reader is on the privileged side: it trusts no count and no length, and
 * reads only memory that can no longer change.
 */
#include "specblock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

#define SPEC_MAGIC UINT32_C(0x4a475331) /* "JGS1" */
#define SPEC_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

typedef struct SpecHeader
{
	uint32_t magic;
	uint32_t argc;
	uint32_t envc;
	uint32_t argv_len; /* with the NULs */
	uint32_t env_len;
	uint32_t directory_len; /* with its NUL */
	uint32_t run_as_len;    /* with its NUL */
	uint32_t parameters_len;
	uint32_t command_len; /* 0: no file */
} SpecHeader;

void
spec_add_argument(SpecBuilder *builder, const char *text, size_t len)
{
	buf_append(&builder->argv, text, len);
	buf_putc(&builder->argv, '\0');
	builder->argc++;
}

void
spec_add_variable(SpecBuilder *builder, const char *name, const char *value, size_t len)
{
	buf_puts(&builder->env, name);
	buf_putc(&builder->env, '=');
	buf_append(&builder->env, value, len);
	buf_putc(&builder->env, '\0');
	builder->envc++;
}

void
spec_builder_free(SpecBuilder *builder)
{
	buf_free(&builder->argv);
	buf_free(&builder->env);
	buf_free(&builder->directory);
	buf_free(&builder->run_as);
	buf_free(&builder->parameters);
	buf_free(&builder->command);
}

void
spec_encode(const SpecBuilder *builder, Buf *out)
{
	SpecHeader header = {
		.magic = SPEC_MAGIC,
		.argc = builder->argc,
		.envc = builder->envc,
		.argv_len = (uint32_t) builder->argv.len,
		.env_len = (uint32_t) builder->env.len,
		.directory_len = (uint32_t) builder->directory.len + 1,
		.run_as_len = (uint32_t) builder->run_as.len + 1,
		.parameters_len = (uint32_t) builder->parameters.len,
		.command_len = (uint32_t) builder->command.len,
	};

	buf_append(out, &header, sizeof(header));
	buf_append(out, builder->argv.data, builder->argv.len);
	buf_append(out, builder->env.data, builder->env.len);
	buf_append(out, buf_text(&builder->directory), builder->directory.len + 1);
	buf_append(out, buf_text(&builder->run_as), builder->run_as.len + 1);
	buf_append(out, builder->parameters.data, builder->parameters.len);
	buf_append(out, builder->command.data, builder->command.len);
}

/* Cuts len bytes into exactly count NUL-terminated strings. */
static char **
split_strings(char *bytes, size_t len, size_t count, Err *e)
{
	cleanup_free char **list = mem_zalloc((count + 1) * sizeof(char *));
	char **result;
	size_t pos = 0;

	for (size_t i = 0; i < count; i++)
	{
		char *end = pos < len ? memchr(bytes + pos, '\0', len - pos) : NULL;

		if (end == NULL)
		{
			err_set(e, 0, "specification has fewer strings than it says");
			return NULL;
		}
		list[i] = bytes + pos;
		pos = (size_t) (end - bytes) + 1;
	}
	if (pos != len)
	{
		err_set(e, 0, "specification has more strings than it says");
		return NULL;
	}
	result = list;
	list = NULL;
	return result;
}

static int
check_header(const SpecHeader *h, size_t len, Err *e)
{
	uint64_t sum = (uint64_t) sizeof(*h) + h->argv_len + h->env_len + h->directory_len + h->run_as_len +
				   h->parameters_len + h->command_len;

	if (h->magic != SPEC_MAGIC || sum != len)
		return err_set(e, 0, "specification is broken");
	if (h->argc < 1 || h->argc > SPEC_MAX_STRINGS || h->envc > SPEC_MAX_STRINGS)
		return err_set(e, 0, "specification has %u arguments and %u variables", h->argc, h->envc);
	if (h->directory_len < 1 || h->run_as_len < 1)
		return err_set(e, 0, "specification is broken");
	return 0;
}

static int
check_strings(const SpecBlock *spec, const SpecHeader *h, Err *e)
{
	if (strnlen(spec->directory, h->directory_len) != h->directory_len - 1 ||
		strnlen(spec->run_as, h->run_as_len) != h->run_as_len - 1)
		return err_set(e, 0, "specification is broken");
	for (char **v = spec->env; *v != NULL; v++)
	{
		if ((*v)[0] == '=' || strchr(*v, '=') == NULL)
			return err_set(e, 0, "specification has a variable without a name");
	}
	if (spec->argv[0][0] == '\0')
		return err_set(e, 0, "the program's name is empty");
	return 0;
}

int
spec_decode(const char *bytes, size_t len, SpecBlock *spec, Err *e)
{
	SpecHeader h;
	char *p;

	memset(spec, 0, sizeof(*spec));
	if (len < sizeof(h) || len > SPEC_MAX_BYTES)
		return err_set(e, 0, "specification of %zu bytes", len);
	memcpy(&h, bytes, sizeof(h));
	if (check_header(&h, len, e) < 0)
		return -1;
	spec->memory = mem_alloc(len);
	memcpy(spec->memory, bytes, len);
	p = spec->memory + sizeof(h);
	spec->argv = split_strings(p, h.argv_len, h.argc, e);
	p += h.argv_len;
	spec->env = split_strings(p, h.env_len, h.envc, e);
	if (spec->argv == NULL || spec->env == NULL)
		return -1;
	p += h.env_len;
	spec->directory = p;
	p += h.directory_len;
	spec->run_as = p;
	p += h.run_as_len;
	spec->parameters = p;
	spec->parameters_len = h.parameters_len;
	p += h.parameters_len;
	spec->command = h.command_len > 0 ? p : NULL;
	spec->command_len = h.command_len;
	return check_strings(spec, &h, e);
}

void
spec_free(SpecBlock *spec)
{
	free(spec->argv);
	free(spec->env);
	free(spec->memory);
	memset(spec, 0, sizeof(*spec));
}

int
spec_to_memfd(const Buf *block, Err *e)
{
	cleanup_close int fd = memfd_create("jobgrid-specification", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result;

	if (block->len > SPEC_MAX_BYTES)
		return err_set(e, 0, "specification of %zu bytes is longer than %d", block->len, SPEC_MAX_BYTES);
	if (fd < 0)
		return err_set(e, errno, "could not create a memory file");
	for (size_t done = 0; done < block->len;)
	{
		ssize_t n = write(fd, block->data + done, block->len - done);

		if (n < 0)
			return err_set(e, errno, "could not write a memory file");
		done += (size_t) n;
	}
	if (fcntl(fd, F_ADD_SEALS, SPEC_SEALS) < 0)
		return err_set(e, errno, "could not seal a memory file");
	result = fd;
	fd = -1;
	return result;
}

int
spec_from_memfd(int fd, SpecBlock *spec, Err *e)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *map;
	int result;

	memset(spec, 0, sizeof(*spec));
	if (seals < 0 || (seals & SPEC_SEALS) != SPEC_SEALS)
		return err_set(e, 0, "specification is not a sealed memory file");
	if (fstat(fd, &st) < 0 || st.st_size < (off_t) sizeof(SpecHeader) || st.st_size > SPEC_MAX_BYTES)
		return err_set(e, 0, "specification has an impossible size");
	map = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_set(e, errno, "could not map a specification");
	result = spec_decode(map, (size_t) st.st_size, spec, e);
	munmap(map, (size_t) st.st_size);
	return result;
}

char *
run_directory_path(const char *work_dir, const AttemptKey *key, const char *file)
{
	return mem_printf("%s/runs/%" PRId64 ".%" PRId32 ".%016" PRIx64 "%s%s", work_dir, key->run_id, key->attempt,
					  (uint64_t) key->fence, file != NULL ? "/" : "", file != NULL ? file : "");
}
