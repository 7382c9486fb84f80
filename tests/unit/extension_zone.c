/*
 * Zones: moments at which clocks leap, known from the history of their countries; agreement with the C library, which
 * reads the same files with other code; and that no damaged file is believed.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../../extension/src/time/civil.h"
#include "../../extension/src/time/zone.h"
#include "tap.h"

#define ZONES "/usr/share/zoneinfo"
#define MOST_BYTES 200000
#define MOST_ZONES 1000

static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	return (int64_t) jg_civil_day(year, month, day) * JG_DAY_SECONDS + hour * 3600 + minute * 60;
}

static size_t
read_file(const char *name, uint8_t *bytes)
{
	char path[PATH_MAX];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", ZONES, name);
	file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	size = fread(bytes, 1, MOST_BYTES, file);
	fclose(file);
	return size;
}

/* In memory of exactly the size that is asked for: the sanitizer sees a read or write behind it. */
static const JgZone *
load(const uint8_t *bytes, size_t size, void **room, const char **why)
{
	uint8_t *exact = malloc(size);
	const JgZone *zone = NULL;

	memcpy(exact, bytes, size);
	*why = "it has no size of a zone";
	*room = jg_zone_room(size) > 0 ? malloc(jg_zone_room(size)) : NULL;
	if (*room != NULL)
		zone = jg_zone_read(exact, size, *room, why);
	free(exact);
	return zone;
}

static const JgZone *
load_name(const char *name, void **room)
{
	static uint8_t bytes[MOST_BYTES];
	const char *why = "";
	size_t size = read_file(name, bytes);
	const JgZone *zone = size > 0 ? load(bytes, size, room, &why) : NULL;

	if (zone == NULL)
		printf("# %s: %s\n", name, why);
	return zone;
}

typedef struct Leap
{
	const char *zone;
	int year, month, day, hour, minute; /* UTC */
	int before;                         /* minutes east */
	int after;
} Leap;

static const Leap leaps[] = {
	{"Europe/London", 1971, 10, 31, 2, 0, 60, 0}, /* the end of British Standard Time */
	{"Europe/London", 2026, 3, 29, 1, 0, 0, 60},
	{"Europe/London", 2026, 10, 25, 1, 0, 60, 0},
	{"Europe/London", 2099, 3, 29, 1, 0, 0, 60},
	{"Europe/Zurich", 1981, 3, 29, 1, 0, 60, 120}, /* its first summer time after the war */
	{"Europe/Zurich", 2026, 10, 25, 1, 0, 120, 60},
	{"Europe/Dublin", 2026, 3, 29, 1, 0, 0, 60}, /* its winter time is the other one by law */
	{"America/New_York", 2006, 4, 2, 7, 0, -300, -240},
	{"America/New_York", 2007, 3, 11, 7, 0, -300, -240}, /* the new rule */
	{"America/New_York", 2026, 11, 1, 6, 0, -240, -300},
	{"America/New_York", 2050, 3, 13, 7, 0, -300, -240},
	{"America/Sao_Paulo", 2019, 2, 17, 2, 0, -120, -180}, /* its last summer */
	{"Australia/Lord_Howe", 2026, 4, 4, 15, 0, 660, 630}, /* by half an hour */
	{"Australia/Lord_Howe", 2026, 10, 3, 15, 30, 630, 660},
	{"Africa/Casablanca", 2026, 2, 15, 2, 0, 60, 0}, /* Ramadan */
	{"Africa/Casablanca", 2026, 3, 22, 2, 0, 0, 60},
	{"Pacific/Apia", 2011, 12, 30, 10, 0, -600, 840}, /* a day that never was */
	{"Asia/Kathmandu", 1985, 12, 31, 18, 30, 330, 345},
	{"America/Caracas", 2007, 12, 9, 7, 0, -240, -270},
	{"America/Caracas", 2016, 5, 1, 7, 0, -270, -240},
	{"Antarctica/Troll", 2026, 3, 29, 1, 0, 0, 120}, /* by two hours */
	{"Africa/Cairo", 2023, 4, 27, 22, 0, 120, 180},  /* summer time again */
	{"Asia/Pyongyang", 2018, 5, 4, 15, 0, 510, 540},
};

static void
check_leaps(void)
{
	for (size_t i = 0; i < sizeof(leaps) / sizeof(leaps[0]); i++)
	{
		const Leap *leap = &leaps[i];
		int64_t at = utc(leap->year, leap->month, leap->day, leap->hour, leap->minute);
		void *room = NULL;
		const JgZone *zone = load_name(leap->zone, &room);
		JgSpan before = zone ? jg_zone_span(zone, at - 1) : (JgSpan){0};
		JgSpan after = zone ? jg_zone_span(zone, at) : (JgSpan){0};

		ok(zone && before.until == at && after.since == at && before.offset == leap->before * 60 &&
			   after.offset == leap->after * 60,
		   "%s leaps from %+d to %+d minutes on %d-%02d-%02d", leap->zone, leap->before, leap->after, leap->year,
		   leap->month, leap->day);
		free(room);
	}
}

static void
check_steady(void)
{
	static const struct
	{
		const char *zone;
		int offset;
	} cases[] = {{"UTC", 0}, {"Asia/Tokyo", 540 * 60}, {"Asia/Kolkata", 330 * 60}, {"America/Sao_Paulo", -180 * 60}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		void *room = NULL;
		const JgZone *zone = load_name(cases[i].zone, &room);
		JgSpan span = zone ? jg_zone_span(zone, utc(2090, 7, 1, 0, 0)) : (JgSpan){0};

		ok(zone && span.offset == cases[i].offset && span.until == INT64_MAX, "%s leaps no more", cases[i].zone);
		free(room);
	}
}

static char names[MOST_ZONES][64];
static int nnames;

static void
collect(const char *folder)
{
	char path[PATH_MAX];
	DIR *dir;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s%s%s", ZONES, *folder ? "/" : "", folder);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
	{
		char name[600];
		char full[PATH_MAX];
		struct stat found;

		/* Names of zones begin with a capital letter; right/ and posix/ are other ways of counting. */
		if (entry->d_name[0] < 'A' || entry->d_name[0] > 'Z')
			continue;
		snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "", entry->d_name);
		snprintf(full, sizeof(full), "%s/%s", ZONES, name);
		if (stat(full, &found) != 0)
			continue;
		if (S_ISDIR(found.st_mode))
			collect(name);
		else if (nnames < MOST_ZONES && strlen(name) < sizeof(names[0]))
			strcpy(names[nnames++], name);
	}
	if (dir != NULL)
		closedir(dir);
}

static int32_t
library_offset(int64_t moment)
{
	time_t t = (time_t) moment;
	struct tm local;

	localtime_r(&t, &local);
	return (int32_t) local.tm_gmtoff;
}

/* Both sides of each leap, and moments between, as the C library has them. */
static int
differences(const char *name, const JgZone *zone, unsigned *random)
{
	int64_t end = utc(2101, 1, 1, 0, 0);
	int different = 0;

	setenv("TZ", name, 1);
	tzset();
	for (int64_t at = 0; at < end;)
	{
		JgSpan span = jg_zone_span(zone, at);
		int64_t last = span.until > end ? end : span.until - 1;

		*random = *random * 1103515245u + 12345u;
		different += !(span.since <= at && at < span.until) || library_offset(at) != span.offset ||
					 library_offset(last) != span.offset ||
					 library_offset(at + (last - at) / 1000 * (*random >> 8) % (last - at + 1)) != span.offset;
		if (span.until < end)
			different += jg_zone_span(zone, span.until).offset == span.offset;
		at = last + 1;
	}
	/* Random moments find a leap that we do not know. */
	for (int i = 0; i < 200; i++)
	{
		int64_t at;

		*random = *random * 1103515245u + 12345u;
		at = (int64_t) *random; /* to 2106 */
		different += library_offset(at) != jg_zone_span(zone, at).offset;
	}
	return different;
}

static void
check_against_library(void)
{
	unsigned random = tap_seed();
	int compared = 0;
	int wrong = 0;

	collect("");
	for (int i = 0; i < nnames; i++)
	{
		void *room = NULL;
		const JgZone *zone;
		int different;

		zone = load_name(names[i], &room);
		different = zone ? differences(names[i], zone, &random) : 1;
		if (different > 0)
			printf("# %s differs %d times\n", names[i], different);
		wrong += different > 0;
		compared++;
		free(room);
	}
	ok(wrong == 0 && compared > 300, "%d zones are as the C library has them, from 1970 to 2100", compared);
}

/* Whatever is cut off: an error, or a zone that can be asked. */
static void
check_truncated(void)
{
	static uint8_t bytes[MOST_BYTES];
	size_t size = read_file("Europe/London", bytes);
	int read = 0;

	for (size_t length = 0; length < size; length++)
	{
		const char *why;
		void *room;
		const JgZone *zone = load(bytes, length, &room, &why);

		read += zone != NULL;
		free(room);
	}
	ok(size > 0 && read == 0, "a file that ends before its time is refused, wherever it ends");
}

static void
refused(const char *wanted, size_t place, const char *with, size_t n, const char *what)
{
	static uint8_t bytes[MOST_BYTES];
	size_t size = read_file("Europe/London", bytes);
	const char *why = "";
	void *room;

	memcpy(bytes + place, with, n);
	ok(load(bytes, size, &room, &why) == NULL && strcmp(why, wanted) == 0, "%s is refused: %s", what, why);
	free(room);
}

/* A file of version 2 with one leap, and a footer. */
static size_t
make_file(uint8_t *bytes, const char *footer)
{
	static const uint8_t header[44] = "TZif2";
	size_t size = 0;

	/* The first block is empty but for what each block must have. */
	memset(bytes, 0, 200);
	for (int block = 0; block < 2; block++)
	{
		memcpy(bytes + size, header, sizeof(header));
		bytes[size + 39] = 1; /* types */
		bytes[size + 43] = 4; /* letters */
		size += sizeof(header) + 6 + 4;
	}
	return size + (size_t) sprintf((char *) bytes + size, "\n%s\n", footer);
}

static void
check_footers(void)
{
	static const struct
	{
		const char *footer;
		bool good;
	} cases[] = {
		{"", true},
		{"UTC0", true},
		{"<+0330>-3:30", true},
		{"CET-1CEST,M3.5.0,M10.5.0/3", true},
		{"IST-1GMT0,M10.5.0,M3.5.0/1", true},
		{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true},
		{"XXX3YYY2,0/0,J365/23", true},
		{"EST5EDT,M3.2.0,M11.1.0/-167", true},
		{"EST5EDT", false},
		{"EST", false},
		{"E5", false},
		{"EST5EDT,M3.2.0", false},
		{"EST5EDT,M13.2.0,M11.1.0", false},
		{"EST5EDT,M3.6.0,M11.1.0", false},
		{"EST5EDT,M3.2.7,M11.1.0", false},
		{"EST5EDT,M3.2.0,M11.1.0/168", false},
		{"EST5EDT,J0,J365", false},
		{"EST5EDT,J1,366", false},
		{"EST5EDT,M3.2.0,M11.1.0,", false},
		{"EST99", false},
		{"<+03-3", false},
		{"EST5EDT,M3.2.0/2:60,M11.1.0", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		uint8_t bytes[400];
		const char *why;
		void *room;
		const JgZone *zone = load(bytes, make_file(bytes, cases[i].footer), &room, &why);

		ok((zone != NULL) == cases[i].good, "the footer \"%s\" is %s", cases[i].footer,
		   cases[i].good ? "a rule" : "none");
		free(room);
	}
}

/* A year that is all summer leaps never; the first leap of a rule is where the file's last one ends. */
static void
check_rules(void)
{
	uint8_t bytes[400];
	const char *why;
	void *room;
	const JgZone *zone = load(bytes, make_file(bytes, "EST5EDT4,0/0,J365/25"), &room, &why);
	JgSpan span = jg_zone_span(zone, utc(2030, 1, 1, 5, 0));

	ok(span.offset == -4 * 3600 && span.until - span.since > 366LL * JG_DAY_SECONDS,
	   "a year that is all summer has no leaps");
	free(room);
	zone = load(bytes, make_file(bytes, "CET-1CEST,M3.5.0,M10.5.0/3"), &room, &why);
	ok(jg_zone_span(zone, utc(2031, 7, 1, 0, 0)).offset == 7200 &&
		   jg_zone_span(zone, utc(2031, 12, 1, 0, 0)).offset == 3600,
	   "a file with nothing but a rule follows it");
	ok(jg_zone_span(zone, INT64_MAX - 1).until == INT64_MAX && jg_zone_span(zone, INT64_MIN + 1).since == INT64_MIN,
	   "the ends of time have a span");
	free(room);
}

int
main(void)
{
	printf("# seed %u\n", tap_seed());
	check_leaps();
	check_steady();
	check_against_library();
	check_truncated();
	refused("it is no TZif file", 0, "XZif", 4, "another kind of file");
	refused("it counts leap seconds, which the server's clock does not", 28, "\0\0\0\1", 4, "a count of leap seconds");
	refused("it is shorter than it says", 32, "\177\377\377\377", 4, "a count of transitions that cannot be");
	refused("it has no local time, or too many", 36, "\0\0\0\0", 4, "a file without local times");
	check_footers();
	check_rules();
	return done_testing();
}
