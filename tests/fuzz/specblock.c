/*
 * Specification blocks: any bytes are refused, or every list, string and file lies inside the block.
 */
#include "specblock.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static size_t
length_of(char *const *list)
{
	size_t sum = 0;

	for (; *list != NULL; list++)
		sum += strlen(*list) + 1;
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static volatile int touched;
	SpecBlock spec;
	Err e;

	if (spec_decode((const char *) data, size, &spec, &e) == 0)
	{
		const char *texts[] = {spec.directory, spec.run_as,      spec.tenant,    spec.role,
							   spec.kind,      spec.output_file, spec.error_file};
		const SpecFile files[] = {spec.parameters, spec.command, spec.settings, spec.checkpoint};
		size_t sum = length_of(spec.argv) + length_of(spec.env) + length_of(spec.secrets);

		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			sum += strlen(texts[i]) + 1;
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		{
			sum += files[i].len;
			/* The sanitizer sees whether both ends are inside. */
			touched = files[i].len > 0 ? files[i].bytes[0] + files[i].bytes[files[i].len - 1] : 0;
		}
		(void) touched;
		if (sum > size || (spec.argv[0] == NULL) == (spec.kind[0] == '\0'))
			abort();
	}
	spec_free(&spec);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	SpecBuilder b = {.numbers = {.memory = 1 << 20, .flags = i & SPEC_FLAGS}};

	if (i > 15)
		return false;
	if (i % 2 == 0)
	{
		spec_add(&b, SPEC_ARGV, "/bin/sh", 7);
		spec_add(&b, SPEC_ARGV, "-c", 2);
		spec_add(&b, SPEC_ARGV, "exit 3", 6);
	}
	else
	{
		spec_add(&b, SPEC_KIND, "http", 4);
		spec_add(&b, SPEC_SETTINGS, "{}", 2);
	}
	spec_add_variable(&b, "JOBGRID_RUN_ID", "7", 1);
	spec_add_variable(&b, "LANG", "C", 1);
	if (i > 3)
		spec_add(&b, SPEC_SECRETS, "PASSWORD=bank", 13);
	if (i > 7)
		spec_add(&b, SPEC_PARAMETERS, "{\"a\": 1}", 8);
	spec_add(&b, SPEC_DIRECTORY, "/tmp", 4);
	spec_add(&b, SPEC_RUN_AS, "batch", 5);
	spec_encode(&b, out);
	spec_builder_free(&b);
	return true;
}
