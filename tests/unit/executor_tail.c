/*
 * The last bytes of a stream: a ring against the plain way, whatever comes in whatever pieces.
 */
#include "agent/tail.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define ALL 5000

/* One stream in random pieces; the ring must hold what its end is. */
static int
compare(void)
{
	char all[ALL];
	char kept[ALL];
	size_t room = (size_t) rand() % 300 + 1;
	size_t given = 0;
	size_t pushed_out = 0;
	size_t expected;
	Tail tail = {0};
	int wrong = 0;

	for (size_t i = 0; i < ALL; i++)
		all[i] = (char) rand();
	while (given < (size_t) rand() % ALL)
	{
		size_t len = (size_t) rand() % 700;

		if (len > ALL - given)
			len = ALL - given;
		pushed_out += tail_put(&tail, room, all + given, len);
		given += len;
	}
	expected = given < room ? given : room;
	wrong += tail.len != expected || pushed_out != given - expected;
	tail_copy(&tail, kept);
	wrong += memcmp(kept, all + given - expected, expected) != 0;
	if (expected > 1)
	{
		tail_cut(&tail, expected / 2);
		tail_copy(&tail, kept);
		wrong += tail.len != expected / 2 || memcmp(kept, all + given - expected / 2, expected / 2) != 0;
	}
	tail_free(&tail);
	return wrong;
}

int
main(void)
{
	unsigned seed = tap_seed();
	Tail tail = {0};
	char out[4] = "";
	int wrong = 0;

	ok(tail_put(&tail, 0, "abc", 3) == 3 && tail.bytes == NULL, "without room nothing is kept");
	tail_copy(&tail, out);
	ok(tail.bytes == NULL && out[0] == '\0', "an empty one gives nothing");
	ok(tail_put(&tail, 3, "ab", 2) == 0 && tail_put(&tail, 3, "cd", 2) == 1, "what is pushed out is counted");
	tail_copy(&tail, out);
	ok(memcmp(out, "bcd", 3) == 0, "in order");
	ok(tail_put(&tail, 3, "12345678", 8) == 8, "more than there is room for");
	tail_copy(&tail, out);
	ok(memcmp(out, "678", 3) == 0, "its end");
	tail_free(&tail);
	srand(seed);
	for (int i = 0; i < 3000; i++)
		wrong += compare();
	ok(wrong == 0, "3,000 streams, seed %u", seed);
	return done_testing();
}
