/*
 * plain.c - drives a fuzz target where there is no libFuzzer: examples with random damage, from a seed, for a time.
 *
 *	NAME SECONDS         damages examples so long
 *	NAME --corpus FOLDER writes the examples as files, for libFuzzer to begin with
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fuzz.h"
#include "mem.h"

static int
write_corpus(const char *folder)
{
	Buf bytes = {0};

	for (unsigned i = 0; fuzz_example(i, &bytes); i++)
	{
		cleanup_free char *path = mem_printf("%s/%u", folder, i);
		cleanup_fclose FILE *f = fopen(path, "we");

		if (f == NULL || fwrite(buf_text(&bytes), 1, bytes.len, f) != bytes.len)
			return 1;
		buf_reset(&bytes);
	}
	buf_free(&bytes);
	return 0;
}

static void
damage(Buf *bytes)
{
	for (int n = rand() % 8; n > 0 && bytes->len > 0; n--)
	{
		size_t at = (size_t) rand() % bytes->len;

		switch (rand() % 4)
		{
			case 0:
				bytes->data[at] = (char) rand();
				break;
			case 1:
				bytes->data[at] ^= (char) (1 << (rand() % 8));
				break;
			case 2:
				bytes->len = at;
				break;
			default:
				buf_append(bytes, "\377\377\377\377", (size_t) rand() % 5);
				break;
		}
	}
}

static long
run(int64_t until)
{
	unsigned examples = 0;
	long inputs = 0;
	Buf bytes = {0};

	while (fuzz_example(examples, &bytes))
		examples++;
	if (examples == 0)
		abort();
	for (; inputs % 256 != 0 || clock_now_us() < until; inputs++)
	{
		uint8_t *exact;

		buf_reset(&bytes);
		fuzz_example((unsigned) rand() % examples, &bytes);
		damage(&bytes);
		/* In memory of exactly the size, so that the sanitizer sees a read past its end. */
		exact = mem_alloc(bytes.len > 0 ? bytes.len : 1);
		memcpy(exact, buf_text(&bytes), bytes.len);
		LLVMFuzzerTestOneInput(exact, bytes.len);
		free(exact);
	}
	buf_free(&bytes);
	return inputs;
}

int
main(int argc, char **argv)
{
	const char *seed = getenv("JOBGRID_TEST_SEED");

	if (argc == 3 && strcmp(argv[1], "--corpus") == 0)
		return write_corpus(argv[2]);
	if (argc != 2)
		return 2;
	srand(seed != NULL && *seed != '\0' ? (unsigned) strtoul(seed, NULL, 10) : 20260101u);
	printf("# %ld damaged examples\n", run(clock_now_us() + strtol(argv[1], NULL, 10) * INT64_C(1000000)));
	return 0;
}
