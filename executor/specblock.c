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
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

#define SPEC_MAGIC UINT32_C(0x4a475332) /* "JGS2" */
#define SPEC_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define LARGEST_NUMBER (INT64_C(1) << 60)

typedef struct SpecHeader
{
	uint32_t magic;
	uint32_t counts[SPEC_LISTS];
	uint32_t lengths[SPEC_FIELDS]; /* lists and strings with their NULs */
	uint32_t reserved;             /* 0 */
	SpecNumbers numbers;
} SpecHeader;

static bool
is_file(SpecField field)
{
	return field >= SPEC_PARAMETERS;
}

void
spec_add(SpecBuilder *builder, SpecField field, const char *bytes, size_t len)
{
	buf_append(&builder->fields[field], bytes, len);
	if (field < SPEC_LISTS)
	{
		buf_putc(&builder->fields[field], '\0');
		builder->counts[field]++;
	}
}

void
spec_add_variable(SpecBuilder *builder, const char *name, const char *value, size_t len)
{
	buf_puts(&builder->fields[SPEC_ENV], name);
	buf_putc(&builder->fields[SPEC_ENV], '=');
	spec_add(builder, SPEC_ENV, value, len);
}

void
spec_builder_free(SpecBuilder *builder)
{
	for (int i = 0; i < SPEC_FIELDS; i++)
		buf_free(&builder->fields[i]);
}

/* A string's NUL is the one that every Buf has behind its bytes. */
static size_t
encoded_length(const SpecBuilder *builder, SpecField field)
{
	return builder->fields[field].len + (field >= SPEC_LISTS && !is_file(field) ? 1 : 0);
}

void
spec_encode(const SpecBuilder *builder, Buf *out)
{
	SpecHeader header = {.magic = SPEC_MAGIC, .numbers = builder->numbers};

	memcpy(header.counts, builder->counts, sizeof(header.counts));
	for (int i = 0; i < SPEC_FIELDS; i++)
		header.lengths[i] = (uint32_t) encoded_length(builder, (SpecField) i);
	buf_append(out, &header, sizeof(header));
	for (int i = 0; i < SPEC_FIELDS; i++)
		buf_append(out, buf_text(&builder->fields[i]), encoded_length(builder, (SpecField) i));
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
check_numbers(const SpecNumbers *n, Err *e)
{
	const int64_t numbers[] = {n->cpu_milli, n->cpu_weight, n->io_weight, n->memory,
							   n->processes, n->open_files, n->file_size};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
	{
		if (numbers[i] < 0 || numbers[i] > LARGEST_NUMBER)
			return err_set(e, 0, "specification has an impossible limit");
	}
	if ((n->flags & ~SPEC_FLAGS) != 0 || n->reserved != 0)
		return err_set(e, 0, "specification has unknown flags");
	return 0;
}

static int
check_header(const SpecHeader *h, size_t len, Err *e)
{
	uint64_t sum = sizeof(*h);

	for (int i = 0; i < SPEC_FIELDS; i++)
		sum += h->lengths[i];
	if (h->magic != SPEC_MAGIC || h->reserved != 0 || sum != len)
		return err_set(e, 0, "specification is broken");
	for (int i = 0; i < SPEC_LISTS; i++)
	{
		if (h->counts[i] > SPEC_MAX_STRINGS)
			return err_set(e, 0, "specification has a list of %u strings", h->counts[i]);
	}
	return check_numbers(&h->numbers, e);
}

static int
check_pairs(char *const *list, Err *e)
{
	for (; *list != NULL; list++)
	{
		if ((*list)[0] == '=' || strchr(*list, '=') == NULL)
			return err_set(e, 0, "specification has a variable without a name");
	}
	return 0;
}

static int
check_program(const SpecBlock *spec, Err *e)
{
	if (spec->kind[0] != '\0')
		return spec->argv[0] == NULL ? 0 : err_set(e, 0, "specification has a program and a runner");
	if (spec->argv[0] == NULL)
		return err_set(e, 0, "specification has no arguments");
	if (spec->argv[0][0] == '\0')
		return err_set(e, 0, "the program's name is empty");
	return 0;
}

/* Where the next field begins, and what the header says of it. */
typedef struct Cursor
{
	const SpecHeader *header;
	char *at;
	SpecField field;
} Cursor;

static char *
next_field(Cursor *cursor)
{
	char *begin = cursor->at;

	cursor->at += cursor->header->lengths[cursor->field++];
	return begin;
}

static int
read_list(Cursor *cursor, char ***list, Err *e)
{
	size_t count = cursor->header->counts[cursor->field];
	char *begin = next_field(cursor);

	*list = split_strings(begin, (size_t) (cursor->at - begin), count, e);
	return *list != NULL ? 0 : -1;
}

static int
read_text(Cursor *cursor, const char **text, Err *e)
{
	char *begin = next_field(cursor);
	size_t len = (size_t) (cursor->at - begin);

	if (len == 0 || strnlen(begin, len) != len - 1)
		return err_set(e, 0, "specification is broken");
	*text = begin;
	return 0;
}

static void
read_file(Cursor *cursor, SpecFile *file)
{
	char *begin = next_field(cursor);

	file->len = (size_t) (cursor->at - begin);
	file->bytes = file->len > 0 ? begin : NULL;
}

/* In the order of SpecField. */
static int
read_fields(Cursor *cursor, SpecBlock *spec, Err *e)
{
	if (read_list(cursor, &spec->argv, e) < 0 || read_list(cursor, &spec->env, e) < 0 ||
		read_list(cursor, &spec->secrets, e) < 0 || read_text(cursor, &spec->directory, e) < 0 ||
		read_text(cursor, &spec->run_as, e) < 0 || read_text(cursor, &spec->tenant, e) < 0 ||
		read_text(cursor, &spec->role, e) < 0 || read_text(cursor, &spec->kind, e) < 0 ||
		read_text(cursor, &spec->output_file, e) < 0 || read_text(cursor, &spec->error_file, e) < 0)
		return -1;
	read_file(cursor, &spec->parameters);
	read_file(cursor, &spec->command);
	read_file(cursor, &spec->settings);
	read_file(cursor, &spec->checkpoint);
	return 0;
}

int
spec_decode(const char *bytes, size_t len, SpecBlock *spec, Err *e)
{
	SpecHeader h;
	Cursor cursor = {.header = &h};

	memset(spec, 0, sizeof(*spec));
	if (len < sizeof(h) || len > SPEC_MAX_BYTES)
		return err_set(e, 0, "specification of %zu bytes", len);
	memcpy(&h, bytes, sizeof(h));
	if (check_header(&h, len, e) < 0)
		return -1;
	spec->memory = mem_alloc(len);
	memcpy(spec->memory, bytes, len);
	spec->numbers = h.numbers;
	cursor.at = spec->memory + sizeof(h);
	if (read_fields(&cursor, spec, e) < 0 || check_pairs(spec->env, e) < 0 || check_pairs(spec->secrets, e) < 0)
		return -1;
	return check_program(spec, e);
}

void
spec_free(SpecBlock *spec)
{
	free(spec->argv);
	free(spec->env);
	free(spec->secrets);
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
