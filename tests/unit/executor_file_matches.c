/*
 * Files as the looks of file_watch see them, with time as it suits: what counts as a change, when a file is complete,
 * and when the next look is worth while.
 */
#include "runners/file_matches.h"

#include <string.h>

#include "buf.h"
#include "mem.h"
#include "tap.h"

static Buf told;

static void
tell(FileChange change, const FileMatch *match, void *arg)
{
	static const char letters[] = {
		[FILE_APPEARED] = '+', [FILE_CHANGED] = '~', [FILE_REPLACED] = '=', [FILE_VANISHED] = '-'};

	(void) arg;
	buf_printf(&told, "%c%s ", letters[change], match->name);
}

static FileMatch
file(const char *name, ino_t inode, off_t size, long nanoseconds)
{
	struct stat st = {.st_ino = inode, .st_size = size, .st_mtim = {.tv_sec = 1, .tv_nsec = nanoseconds}};

	return file_match(name, &st);
}

/* One look; true where it told what is expected. */
static bool
look(FileMatches *matches, int64_t now, const char *expected, const FileMatch *files, size_t count)
{
	FileMatch found[8];
	bool good;

	if (count > 0)
		memcpy(found, files, count * sizeof(*files));
	buf_reset(&told);
	file_matches_update(matches, found, count, now, tell, NULL);
	good = strcmp(buf_text(&told), expected) == 0;
	if (!good)
		printf("# told: %s\n", buf_text(&told));
	return good;
}

#define LOOK(now, expected, ...)                                    \
	look(&matches, now, expected, (const FileMatch[]){__VA_ARGS__}, \
		 sizeof((const FileMatch[]){__VA_ARGS__}) / sizeof(FileMatch))
#define LOOK_EMPTY(now, expected) look(&matches, now, expected, NULL, 0)

static void
check_one_file(void)
{
	FileMatches matches = {0};
	FileWanted wanted = {.min_size = 5, .stable_us = 100};

	ok(!file_matches_done(&matches, &wanted, 1000) && file_matches_due(&matches, &wanted) == INT64_MAX,
	   "before the first look nothing is known");
	ok(LOOK_EMPTY(0, "") && file_matches_due(&matches, &wanted) == INT64_MAX, "nothing is there");
	ok(LOOK(10, "+a ", file("a", 1, 4, 0)) && file_matches_due(&matches, &wanted) == INT64_MAX,
	   "too small to wait for");
	ok(!file_matches_done(&matches, &wanted, 10000), "however long");
	ok(LOOK(20, "~a ", file("a", 1, 5, 0)) && file_matches_due(&matches, &wanted) == 120,
	   "large enough: the time counts");
	ok(LOOK(30, "", file("a", 1, 6, 0)) && file_matches_due(&matches, &wanted) == 130, "every growth begins it anew");
	ok(LOOK(40, "", file("a", 1, 6, 1)) && file_matches_due(&matches, &wanted) == 140, "so does a nanosecond");
	ok(LOOK(50, "", file("a", 1, 6, 1)) && file_matches_due(&matches, &wanted) == 140, "a look alone does not");
	ok(!file_matches_done(&matches, &wanted, 139) && file_matches_done(&matches, &wanted, 140),
	   "complete to the moment");
	ok(LOOK(139, "=a ", file("a", 2, 6, 1)) && !file_matches_done(&matches, &wanted, 140),
	   "another file by that name begins anew");
	ok(LOOK(150, "~a ", file("a", 2, 7, 1)), "and its first change is told");
	ok(LOOK_EMPTY(160, "-a ") && file_matches_due(&matches, &wanted) == INT64_MAX, "gone");
	ok(LOOK(170, "+a ", file("a", 2, 7, 1)) && file_matches_due(&matches, &wanted) == 270, "and back: seen anew");
	wanted.stable_us = 0;
	ok(file_matches_done(&matches, &wanted, 170), "without a time it is complete at once");
	file_matches_free(&matches);
}

static void
check_several(void)
{
	FileMatches matches = {0};
	FileWanted wanted = {.min_size = 5, .stable_us = 100};

	ok(LOOK(0, "+a +b +c ", file("c", 3, 9, 0), file("a", 1, 1, 0), file("b", 2, 9, 0)), "told in the order of names");
	ok(LOOK(10, "~c +d ", file("c", 3, 10, 0), file("b", 2, 9, 0), file("d", 4, 9, 0), file("a", 1, 1, 0)),
	   "each by itself");
	ok(file_matches_due(&matches, &wanted) == 100, "the first to be complete");
	ok(file_match_complete(&matches.files[1], &wanted, 100) && !file_match_complete(&matches.files[2], &wanted, 100) &&
		   !file_match_complete(&matches.files[0], &wanted, 100),
	   "is the one that did not change");
	ok(LOOK(20, "-a -b =c -d ", file("c", 5, 10, 0)), "gone, but for one that is another");
	ok(matches.count == 1 && file_matches_due(&matches, &wanted) == 120, "which is all that is left");
	file_matches_free(&matches);
}

static void
check_gone(void)
{
	FileMatches matches = {0};
	FileWanted wanted = {.gone = true, .stable_us = 100};

	ok(!file_matches_done(&matches, &wanted, 1000), "not gone before anybody looked");
	ok(LOOK(0, "+a ", file("a", 1, 0, 0)) && file_matches_due(&matches, &wanted) == INT64_MAX, "there");
	ok(LOOK_EMPTY(10, "-a ") && file_matches_due(&matches, &wanted) == 110, "gone: the time counts");
	ok(LOOK_EMPTY(60, "") && file_matches_due(&matches, &wanted) == 110, "from when it was first seen to be");
	ok(!file_matches_done(&matches, &wanted, 109) && file_matches_done(&matches, &wanted, 110), "to the moment");
	ok(LOOK(70, "+a ", file("a", 1, 0, 0)) && LOOK_EMPTY(80, "-a ") && !file_matches_done(&matches, &wanted, 110),
	   "and anew");
	file_matches_free(&matches);
}

/* Random folders, looked at at random moments, against a model that keeps each name's history by itself. */
static int
wrong_stories(void)
{
	int wrong = 0;

	for (int story = 0; story < 2000; story++)
	{
		FileMatches matches = {0};
		FileWanted wanted = {.min_size = rand() % 3, .stable_us = rand() % 6};
		int state[6] = {0}; /* 0: not there, else inode * 10 + size */
		int64_t since[6] = {0};
		int64_t now = 0;

		for (int step = 0; step < 40; step++)
		{
			FileMatch found[6];
			size_t count = 0;
			bool done = false;

			now += rand() % 3;
			for (int i = 5; i >= 0; i--)
			{
				int new = rand() % 3 ? state[i] : rand() % 3 ? (1 + rand() % 2) * 10 + rand() % 4 : 0;

				if (new != state[i])
					since[i] = now;
				state[i] = new;
				if (new != 0)
					found[count++] = file((const char[]){(char) ('a' + i), '\0'}, (ino_t) (new / 10), new % 10, 0);
				done = done || (new != 0 && new % 10 >= wanted.min_size &&now - since[i] >= wanted.stable_us);
			}
			file_matches_update(&matches, found, count, now, tell, NULL);
			wrong += file_matches_done(&matches, &wanted, now) != done;
			wrong += file_matches_done(&matches, &wanted, now) != (file_matches_due(&matches, &wanted) <= now);
		}
		file_matches_free(&matches);
		buf_reset(&told);
	}
	return wrong;
}

int
main(void)
{
	unsigned seed = tap_seed();

	check_one_file();
	check_several();
	check_gone();
	srand(seed);
	ok(wrong_stories() == 0, "2,000 random folders, seed %u", seed);
	buf_free(&told);
	return done_testing();
}
