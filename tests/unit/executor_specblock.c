/*
 * Specification blocks: what the agent writes is what the keeper reads, whatever the bytes; a damaged block is refused
 * or read within its bounds, and only sealed memory is read at all.
 */
#include "specblock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

static void
build(SpecBuilder *b)
{
	spec_add(b, SPEC_ARGV, "/bin/sh", 7);
	spec_add(b, SPEC_ARGV, "-c", 2);
	spec_add(b, SPEC_ARGV, "", 0);
	spec_add_variable(b, "A", "b=c\nd", 5);
	spec_add_variable(b, "EMPTY", "", 0);
	spec_add(b, SPEC_SECRETS, "TOKEN=api", 9);
	spec_add(b, SPEC_DIRECTORY, "/tmp", 4);
	spec_add(b, SPEC_TENANT, "default", 7);
	spec_add(b, SPEC_ERROR_FILE, "/tmp/err", 8);
	spec_add(b, SPEC_PARAMETERS, "{\"a\": \"\\u0000\"}", 15);
	spec_add(b, SPEC_CHECKPOINT, "\0\1", 2);
	b->numbers = (SpecNumbers){.memory = INT64_C(4) << 30, .processes = 10, .flags = SPEC_MERGED | SPEC_NO_NETWORK};
}

static void
check_round(void)
{
	cleanup_spec_builder SpecBuilder b = {0};
	cleanup_buf Buf block = {0};
	cleanup_spec SpecBlock spec = {0};
	Err e = {.message = ""};

	build(&b);
	spec_encode(&b, &block);
	ok(spec_decode(block.data, block.len, &spec, &e) == 0, "a block is read: %s", e.message);
	ok(strcmp(spec.argv[0], "/bin/sh") == 0 && strcmp(spec.argv[2], "") == 0 && spec.argv[3] == NULL, "its arguments");
	ok(strcmp(spec.env[0], "A=b=c\nd") == 0 && strcmp(spec.env[1], "EMPTY=") == 0 && spec.env[2] == NULL,
	   "its variables");
	ok(strcmp(spec.secrets[0], "TOKEN=api") == 0 && spec.secrets[1] == NULL, "its secrets' names");
	ok(strcmp(spec.directory, "/tmp") == 0 && strcmp(spec.run_as, "") == 0 && strcmp(spec.tenant, "default") == 0 &&
		   strcmp(spec.role, "") == 0 && strcmp(spec.kind, "") == 0 && strcmp(spec.output_file, "") == 0 &&
		   strcmp(spec.error_file, "/tmp/err") == 0,
	   "its texts");
	ok(spec.parameters.len == 15 && memcmp(spec.parameters.bytes, "{\"a\": \"\\u0000\"}", 15) == 0, "its parameters");
	ok(spec.command.bytes == NULL && spec.settings.bytes == NULL && spec.checkpoint.len == 2 &&
		   memcmp(spec.checkpoint.bytes, "\0\1", 2) == 0,
	   "its files");
	ok(memcmp(&spec.numbers, &b.numbers, sizeof(b.numbers)) == 0, "its numbers");
}

static bool
block_refused(void (*change)(SpecBuilder *))
{
	cleanup_spec_builder SpecBuilder b = {0};
	cleanup_buf Buf block = {0};
	cleanup_spec SpecBlock spec = {0};
	Err e;

	build(&b);
	change(&b);
	spec_encode(&b, &block);
	return spec_decode(block.data, block.len, &spec, &e) < 0;
}

static void
more_arguments_said(SpecBuilder *b)
{
	b->counts[SPEC_ARGV]++;
}

static void
fewer_arguments_said(SpecBuilder *b)
{
	b->counts[SPEC_ARGV]--;
}

static void
nameless_variable(SpecBuilder *b)
{
	spec_add_variable(b, "", "x", 1);
}

static void
nul_in_directory(SpecBuilder *b)
{
	spec_add(b, SPEC_DIRECTORY, "\0x", 2);
}

static void
no_program(SpecBuilder *b)
{
	buf_reset(&b->fields[SPEC_ARGV]);
	b->counts[SPEC_ARGV] = 0;
	spec_add(b, SPEC_ARGV, "", 0);
}

static void
program_and_runner(SpecBuilder *b)
{
	spec_add(b, SPEC_KIND, "http", 4);
}

static void
secret_without_variable(SpecBuilder *b)
{
	spec_add(b, SPEC_SECRETS, "=api", 4);
}

static void
negative_limit(SpecBuilder *b)
{
	b->numbers.memory = -1;
}

static void
unknown_flag(SpecBuilder *b)
{
	b->numbers.flags = SPEC_FLAGS + 1;
}

static void
too_many(SpecBuilder *b)
{
	for (int i = 0; i < SPEC_MAX_STRINGS; i++)
		spec_add(b, SPEC_ARGV, "", 0);
}

static void
check_seals(void)
{
	cleanup_spec_builder SpecBuilder b = {0};
	cleanup_buf Buf block = {0};
	SpecBlock spec;
	Err e;
	int sealed;
	int open_fd = memfd_create("unsealed", MFD_ALLOW_SEALING);

	build(&b);
	spec_encode(&b, &block);
	sealed = spec_to_memfd(&block, &e);
	ok(sealed >= 0 && spec_from_memfd(sealed, &spec, &e) == 0, "a sealed block is read");
	spec_free(&spec);
	ok(write(sealed, "x", 1) < 0, "nobody can change it");
	ok(write(open_fd, block.data, block.len) == (ssize_t) block.len && spec_from_memfd(open_fd, &spec, &e) < 0,
	   "an unsealed block is refused: %s", e.message);
	spec_free(&spec);
	close(sealed);
	close(open_fd);
	open_fd = open("/dev/null", O_RDONLY);
	ok(spec_from_memfd(open_fd, &spec, &e) < 0, "another kind of descriptor is refused: %s", e.message);
	close(open_fd);
}

/* Damage: refused, or every string that came out ends inside the block. */
static int
fuzz(unsigned seed)
{
	cleanup_spec_builder SpecBuilder b = {0};
	cleanup_buf Buf block = {0};
	int wrong = 0;

	build(&b);
	spec_encode(&b, &block);
	srand(seed);
	for (int i = 0; i < 100000; i++)
	{
		size_t len = rand() % 4 == 0 ? (size_t) rand() % (block.len + 1) : block.len;
		char *copy = malloc(len + 1);
		SpecBlock spec;
		Err e;

		memcpy(copy, block.data, len);
		for (int damage = rand() % 6; damage > 0 && len > 0; damage--)
			copy[(size_t) rand() % len] = (char) (rand() % 3 ? rand() % 4 : rand());
		if (spec_decode(copy, len, &spec, &e) == 0)
		{
			for (char **s = spec.argv; *s != NULL; s++)
				wrong += strlen(*s) > len;
			for (char **s = spec.env; *s != NULL; s++)
				wrong += strchr(*s, '=') == NULL;
			wrong += strlen(spec.directory) + strlen(spec.run_as) + strlen(spec.kind) + strlen(spec.error_file) +
						 spec.parameters.len + spec.command.len + spec.checkpoint.len >
					 len;
		}
		spec_free(&spec);
		free(copy);
	}
	return wrong;
}

int
main(void)
{
	unsigned seed = tap_seed();
	AttemptKey key = {.run_id = 12, .attempt = 3, .fence = -1};
	char *path = run_directory_path("/w", &key, "command");

	check_round();
	ok(block_refused(more_arguments_said), "more arguments said than there are");
	ok(block_refused(fewer_arguments_said), "fewer arguments said than there are");
	ok(block_refused(nameless_variable), "a variable without a name");
	ok(block_refused(nul_in_directory), "a NUL in the directory");
	ok(block_refused(no_program), "a program without a name");
	ok(block_refused(too_many), "too many arguments");
	ok(block_refused(program_and_runner), "a program and a runner");
	ok(block_refused(secret_without_variable), "a secret without a variable");
	ok(block_refused(negative_limit), "a negative limit");
	ok(block_refused(unknown_flag), "an unknown flag");
	check_seals();
	ok(strcmp(path, "/w/runs/12.3.ffffffffffffffff/command") == 0, "the run directory's name: %s", path);
	free(path);
	ok(fuzz(seed) == 0, "100,000 damaged blocks, seed %u", seed);
	return done_testing();
}
