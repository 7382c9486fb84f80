/*
 * The words for what a node enforces.
 */
#include "enforce.h"

#include <string.h>

#include "tap.h"

int
main(void)
{
	Buf text = {0};

	enforce_put(&text, ENFORCE_BIT(ENFORCE_END) - 1);
	ok(strcmp(buf_text(&text), "contain.cgroup,limit.cpu,limit.memory,limit.processes,limit.io,limit.network") == 0,
	   "all words: %s", buf_text(&text));
	buf_reset(&text);
	enforce_put(&text, ENFORCE_BIT(ENFORCE_MEMORY) | ENFORCE_BIT(ENFORCE_NETWORK));
	ok(strcmp(buf_text(&text), "limit.memory,limit.network") == 0, "some: %s", buf_text(&text));
	buf_reset(&text);
	enforce_put(&text, 0);
	ok(text.len == 0, "none");
	ok(enforce_reserved("limit.disk") && enforce_reserved("contain.x"), "words that only the keeper may say");
	ok(!enforce_reserved("limit") && !enforce_reserved("gpu") && !enforce_reserved("unlimited") &&
		   !enforce_reserved(""),
	   "words that settings may");
	buf_free(&text);
	return done_testing();
}
