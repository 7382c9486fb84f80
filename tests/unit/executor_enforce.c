/*
 * The words for what a node enforces, as a list and back.
 */
#include "enforce.h"

#include <string.h>

#include "tap.h"

int
main(void)
{
	unsigned all = ENFORCE_BIT(ENFORCE_END) - 1;
	int wrong = 0;
	Buf text = {0};

	for (unsigned set = 0; set <= all; set++)
	{
		buf_reset(&text);
		enforce_put(&text, set);
		wrong += enforce_read(buf_text(&text)) != set;
	}
	ok(wrong == 0, "every set comes back");
	ok(strcmp(buf_text(&text), "contain.cgroup,limit.cpu,limit.memory,limit.processes,limit.io,limit.network") == 0,
	   "the words: %s", buf_text(&text));
	ok(enforce_read("limit.cpus,,limit.,x,limit.io") == ENFORCE_BIT(ENFORCE_IO), "others are passed over");
	ok(enforce_reserved("limit.disk", 10) && enforce_reserved("contain.x", 9), "words that only the keeper may say");
	ok(!enforce_reserved("limit.disk", 5) && !enforce_reserved("gpu", 3) && !enforce_reserved("unlimited", 9),
	   "words that settings may");
	buf_free(&text);
	return done_testing();
}
