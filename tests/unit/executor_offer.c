/*
 * What the keeper says a node can do, as the agent asks for it.
 */
#include "agent/offer.h"

#include <string.h>

#include "tap.h"

int
main(void)
{
	offer_init("shell,noop,http\nisolate.tmp,limit.memory");
	ok(strcmp(offer_kinds(), "shell,noop,http") == 0 && strcmp(offer_capabilities(), "isolate.tmp,limit.memory") == 0,
	   "kinds and capabilities are told apart");
	ok(offer_has_kind("shell") && offer_has_kind("noop") && offer_has_kind("http"), "each kind is found");
	ok(!offer_has_kind("") && !offer_has_kind("shel") && !offer_has_kind("shells") && !offer_has_kind("noop,http") &&
		   !offer_has_kind("limit.memory"),
	   "nothing else is");
	offer_init("shell");
	ok(offer_has_kind("shell") && !offer_has_kind("noop") && strcmp(offer_capabilities(), "") == 0,
	   "a node without capabilities");
	offer_init("");
	ok(!offer_has_kind("shell") && !offer_has_kind(""), "nor without kinds");
	return done_testing();
}
