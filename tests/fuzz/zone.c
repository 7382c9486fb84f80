/* Files of time zones. One that is read has spans that lie one behind the other and contain what they are asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/zone.h"
#include "fuzz.h"

static void
check_spans(const JgZone *zone)
{
	static const int64_t moments[] = {INT64_MIN,    -5000000000LL, 0, 1790000000, 4102444800LL,
									  7258118400LL, INT64_MAX - 1};

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
	{
		JgSpan span = jg_zone_span(zone, moments[i]);

		if (span.since > moments[i] || span.until <= moments[i] || span.offset < -100000 || span.offset > 100000)
			abort();
		if (span.until < INT64_MAX)
		{
			JgSpan next = jg_zone_span(zone, span.until);

			if (next.since != span.until || next.offset == span.offset)
				abort();
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = jg_zone_room(size);
	const char *why = NULL;
	void *place;
	const JgZone *zone;

	if (room == 0)
		return 0;
	place = malloc(room);
	zone = jg_zone_read(data, size, place, &why);
	if (zone != NULL)
		check_spans(zone);
	else if (why == NULL)
		abort();
	free(place);
	return 0;
}

/* The machine's own files; and one of nothing but a rule. */
bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const names[] = {"Europe/London", "America/New_York", "Africa/Casablanca", "Pacific/Apia",
										"UTC"};
	static const char header[44] = "TZif2";
	char block[54] = "";
	char path[100];
	char bytes[4096];
	size_t size;
	FILE *file;

	if (i == 0)
	{
		memcpy(block, header, sizeof(header));
		block[39] = 1;
		block[43] = 4;
		buf_append(out, block, sizeof(block));
		buf_append(out, block, sizeof(block));
		buf_puts(out, "\nEST5EDT,M3.2.0,M11.1.0\n");
		return true;
	}
	if (i > sizeof(names) / sizeof(names[0]))
		return false;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", names[i - 1]);
	file = fopen(path, "rb");
	if (file == NULL)
		return false;
	while ((size = fread(bytes, 1, sizeof(bytes), file)) > 0)
		buf_append(out, bytes, size);
	fclose(file);
	return true;
}
