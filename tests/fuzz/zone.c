/*
 * Files of time zones: any bytes are a zone whose spans cover time without a gap, or are refused with a reason.
 */
#include "../lib/zones.h"

#include <stdlib.h>

#include "file.h"
#include "fuzz.h"
#include "mem.h"

#define WALK 100 /* spans */

static void
check(const JgZone *zone, int64_t moment)
{
	JgSpan span = jg_zone_span(zone, moment);

	if (!zones_span_fits(zone, span, moment) || span.offset <= -25 * 3600 || span.offset >= 26 * 3600)
		abort();
}

/* Moments at which numbers end, and others that the bytes name. */
static void
check_moments(const JgZone *zone, const uint8_t *data, size_t size)
{
	static const int64_t edges[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, INT32_MIN, INT32_MAX, -1, 0};

	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		check(zone, edges[i]);
	for (size_t i = 0; i + 8 <= size; i += 1 + size / 64)
	{
		uint64_t moment = 0;

		for (size_t k = 0; k < 8; k++)
			moment = moment << 8 | data[i + k];
		check(zone, (int64_t) moment);
		check(zone, (int64_t) moment >> 24);
	}
}

static void
walk(const JgZone *zone, int64_t from)
{
	for (int i = 0; i < WALK && from < INT64_MAX; i++)
	{
		check(zone, from);
		from = jg_zone_span(zone, from).until;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	const JgZone *zone = zones_read(data, size, &why);

	if (zone != NULL)
	{
		check_moments(zone, data, size);
		walk(zone, INT64_MIN);
		walk(zone, INT64_C(4102444800)); /* 2100: the rule */
		free((void *) zone);
	}
	else if (why == NULL || *why == '\0')
		abort();
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const ZoneFile written[] = {
		{.version = 0, .ntypes = 2, .offsets = {0, 3600}, .nchanges = 3, .changes = {{-9, 1}, {5, 0}, {9, 1}}},
		{.version = '2', .ntypes = 1, .footer = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"},
		{.version = '2', .ntypes = 1, .footer = "IST-1GMT0,M10.5.0,M3.5.0/1"},
		{.version = '3', .ntypes = 1, .footer = "XXX-2<+01>-1,0/0,J365/23"},
		{.version = '3', .ntypes = 1, .footer = "AAA+0BBB-2:30:20,J60/-167:59:40,300/+167"},
		{.version = '4',
		 .ntypes = 3,
		 .offsets = {-1, -18000, -14400},
		 .nchanges = 4,
		 .changes = {{INT64_MIN, 1}, {-(INT64_C(1) << 59), 2}, {2530767600, 1}, {2551330800, 2}},
		 .footer = "EST5EDT,M3.2.0,M11.1.0"},
	};
	static const char *const real[] = {"Europe/Dublin", "Africa/Casablanca", "Pacific/Apia", "America/Caracas"};
	unsigned nwritten = sizeof(written) / sizeof(written[0]);
	cleanup_free char *path = NULL;
	Err e;

	if (i < nwritten)
		zones_write(&written[i], out);
	else if (i - nwritten < sizeof(real) / sizeof(real[0]))
	{
		path = mem_printf(ZONES_FOLDER "/%s", real[i - nwritten]);
		if (file_read(path, 1 << 20, out, &e) < 0)
			zones_write(&written[0], out);
	}
	else
		return false;
	return true;
}
