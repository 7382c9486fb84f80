/*
 * Time zones as the system has them: changes that everybody knows, and every zone against the C library, which reads
 * the same files by code of its own.
 */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "tap.h"
#include "zones.h"

#define HOUR 3600
#define YEAR_2100 INT64_C(4102444800)
#define STEP 25013 /* seconds; no stretch of one offset is so short, and it meets all times of day */

typedef struct Change
{
	const char *zone;
	const char *moment; /* UTC */
	int before;
	int after;
	const char *until; /* of the span after, where it was known in 2025; NULL: not asked for */
} Change;

static const Change changes[] = {
	{"Europe/London", "1971-10-31 02:00", HOUR, 0, "1972-03-19 02:00"},
	{"Europe/London", "2024-03-31 01:00", 0, HOUR, "2024-10-27 01:00"},
	{"Europe/London", "2024-10-27 01:00", HOUR, 0, "2025-03-30 01:00"},
	{"Europe/Zurich", "1981-03-29 01:00", HOUR, 2 * HOUR, "1981-09-27 01:00"},
	{"Europe/Zurich", "2024-03-31 01:00", HOUR, 2 * HOUR, "2024-10-27 01:00"},
	{"Europe/Dublin", "1971-10-31 02:00", HOUR, 0, "1972-03-19 02:00"},
	{"Europe/Dublin", "2024-03-31 01:00", 0, HOUR, "2024-10-27 01:00"},
	{"Europe/Dublin", "2024-10-27 01:00", HOUR, 0, "2025-03-30 01:00"},
	{"America/New_York", "1974-01-06 07:00", -5 * HOUR, -4 * HOUR, "1974-10-27 06:00"},
	{"America/New_York", "2006-04-02 07:00", -5 * HOUR, -4 * HOUR, "2006-10-29 06:00"},
	{"America/New_York", "2007-03-11 07:00", -5 * HOUR, -4 * HOUR, "2007-11-04 06:00"},
	{"America/Sao_Paulo", "2018-11-04 03:00", -3 * HOUR, -2 * HOUR, "2019-02-17 02:00"},
	{"America/Sao_Paulo", "2019-02-17 02:00", -2 * HOUR, -3 * HOUR, NULL},
	{"Australia/Lord_Howe", "1981-02-28 14:00", 10 * HOUR, 21 * HOUR / 2, "1981-10-24 15:30"},
	{"Australia/Lord_Howe", "2024-04-06 15:00", 11 * HOUR, 21 * HOUR / 2, "2024-10-05 15:30"},
	{"Australia/Lord_Howe", "2024-10-05 15:30", 21 * HOUR / 2, 11 * HOUR, "2025-04-05 15:00"},
	/* Within this one standard time became what had been daylight saving time, and the clocks did not move. */
	{"Africa/Casablanca", "2018-06-17 02:00", 0, HOUR, "2019-05-05 02:00"},
	{"Africa/Casablanca", "2019-05-05 02:00", HOUR, 0, "2019-06-09 02:00"},
	{"Africa/Casablanca", "2024-03-10 02:00", HOUR, 0, "2024-04-14 02:00"},
	{"Pacific/Apia", "2010-09-26 11:00", -11 * HOUR, -10 * HOUR, "2011-04-02 14:00"},
	{"Pacific/Apia", "2011-12-30 10:00", -10 * HOUR, 14 * HOUR, "2012-03-31 14:00"},
	{"Pacific/Apia", "2021-04-03 14:00", 14 * HOUR, 13 * HOUR, NULL},
	{"Asia/Kathmandu", "1985-12-31 18:30", 11 * HOUR / 2, 23 * HOUR / 4, NULL},
	{"America/Caracas", "2007-12-09 07:00", -4 * HOUR, -9 * HOUR / 2, "2016-05-01 07:00"},
	{"America/Caracas", "2016-05-01 07:00", -9 * HOUR / 2, -4 * HOUR, NULL},
	{"Antarctica/Troll", "2005-03-27 01:00", 0, 2 * HOUR, "2005-10-30 01:00"},
	{"Antarctica/Troll", "2024-03-31 01:00", 0, 2 * HOUR, "2024-10-27 01:00"},
	{"Africa/Cairo", "2010-08-10 21:00", 3 * HOUR, 2 * HOUR, "2010-09-09 22:00"},
	{"Africa/Cairo", "2014-09-25 21:00", 3 * HOUR, 2 * HOUR, "2023-04-27 22:00"},
	{"Africa/Cairo", "2023-04-27 22:00", 2 * HOUR, 3 * HOUR, "2023-10-26 21:00"},
};

static void
check_changes(void)
{
	const char *why = "";

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
	{
		const Change *change = &changes[i];
		int64_t moment = zones_moment(change->moment);
		cleanup_free char *path = mem_printf(ZONES_FOLDER "/%s", change->zone);
		const JgZone *zone = zones_load(path, &why);
		JgSpan before = zone != NULL ? jg_zone_span(zone, moment - 1) : (JgSpan){0};
		JgSpan after = zone != NULL ? jg_zone_span(zone, moment) : (JgSpan){0};

		ok(zone != NULL && before.until == moment && after.since == moment && before.offset == change->before &&
			   after.offset == change->after && (change->until == NULL || after.until == zones_moment(change->until)),
		   "%s at %s UTC from %d to %d seconds%s%s", change->zone, change->moment, change->before, change->after,
		   change->until != NULL ? ", then at " : "", change->until != NULL ? change->until : "");
		free((void *) zone);
	}
}

static void
check_utc(void)
{
	const char *why = "";
	const JgZone *zone = zones_load(ZONES_FOLDER "/Etc/UTC", &why);
	JgSpan span = zone != NULL ? jg_zone_span(zone, 0) : (JgSpan){0};

	ok(zone != NULL && span.since == INT64_MIN && span.until == INT64_MAX && span.offset == 0, "UTC is one span");
	free((void *) zone);
}

/* ---- against the C library ---- */

static char **paths;
static size_t npaths;

static int
collect(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void) st;
	if (type == FTW_D && where->level == 1 &&
		(strcmp(path + where->base, "posix") == 0 || strcmp(path + where->base, "right") == 0))
		return FTW_SKIP_SUBTREE;
	if (type == FTW_F)
	{
		cleanup_fclose FILE *f = fopen(path, "re");
		char magic[4];

		if (f != NULL && fread(magic, 1, sizeof(magic), f) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0)
		{
			paths = mem_resize(paths, npaths + 1, sizeof(char *));
			paths[npaths++] = mem_strdup(path);
		}
	}
	return FTW_CONTINUE;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Both sides of every boundary, and moments between: a change that is missing in a span is seen by those. */
static int64_t
first_wrong(const JgZone *zone)
{
	for (int64_t at = 0; at < YEAR_2100; at = jg_zone_span(zone, at).until)
	{
		if (!zones_agrees(zone, at) || (at > 0 && !zones_agrees(zone, at - 1)))
			return at;
	}
	for (int64_t at = random() % STEP; at < YEAR_2100; at += STEP)
	{
		if (!zones_agrees(zone, at))
			return at;
	}
	return -1;
}

static void
check_folder(const char *folder, size_t every, unsigned seed)
{
	size_t asked = 0;
	size_t wrong = 0;

	npaths = 0;
	nftw(folder, collect, 16, FTW_PHYS | FTW_ACTIONRETVAL);
	qsort(paths, npaths, sizeof(char *), by_name);
	srandom(seed);
	for (size_t i = (size_t) random() % every; i < npaths; i += every)
	{
		cleanup_free char *name = mem_printf(":%s", paths[i]);
		const char *why = "";
		const JgZone *zone = zones_load(paths[i], &why);
		int64_t at = -1;

		zones_set(name);
		if (zone != NULL)
			at = first_wrong(zone);
		if (zone == NULL || at >= 0)
			printf("# %s: %s (%lld)\n", paths[i], zone == NULL ? why : "differs", (long long) at);
		wrong += zone == NULL || at >= 0;
		asked++;
		free((void *) zone);
	}
	ok(wrong == 0 && npaths > 200, "%zu of the %zu zones in %s, seed %u", asked, npaths, folder, seed);
	while (npaths > 0)
		free(paths[--npaths]);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void) st;
	(void) type;
	(void) where;
	return remove(path);
}

/* The same zones in files that leave to the rule whatever it can say, while a distribution's may list all until 2037. */
static void
check_slim(size_t every, unsigned seed)
{
	const char *base = getenv("TMPDIR");
	cleanup_free char *folder = mem_printf("%s/jobgrid-zones-XXXXXX", base != NULL ? base : "/tmp");
	cleanup_free char *command = NULL;

	if (mkdtemp(folder) == NULL)
		abort();
	command = mem_printf("PATH=$PATH:/usr/sbin zic -b slim -d '%s' " ZONES_FOLDER "/tzdata.zi", folder);
	if (ok(system(command) == 0, "zic writes slim files"))
		check_folder(folder, every, seed);
	nftw(folder, remove_one, 16, FTW_PHYS | FTW_DEPTH);
}

int
main(void)
{
	const char *size = getenv("JOBGRID_TEST_SIZE");
	size_t every = size != NULL && strcmp(size, "long") == 0 ? 1 : 40;
	unsigned seed = tap_seed();

	check_changes();
	check_utc();
	check_folder(ZONES_FOLDER, every, seed);
	check_slim(every, seed);
	free(paths);
	return done_testing();
}
