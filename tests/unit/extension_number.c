/* Order of JSON numbers: exact where doubles are not, and whatever the exponent. */
#include <string.h>

#include "../../extension/src/parameters/number.h"
#include "tap.h"

typedef struct Case
{
	const char *a;
	char order;
	const char *b;
} Case;

static const Case cases[] = {
	{"0", '=', "-0"},
	{"0.0", '=', "0e999999999999999999999"},
	{"1", '=', "1.0"},
	{"10", '=', "1e1"},
	{"0.05", '=', "5e-2"},
	{"1200", '=', "1.2E+3"},
	{"-0.001", '=', "-1e-3"},
	{"-1", '<', "0"},
	{"-1", '<', "1"},
	{"-2", '<', "-1"},
	{"-0.1", '<', "-0.01"},
	{"9", '<', "10"},
	{"9.99", '<', "10"},
	{"0.1", '<', "0.10000000000000000001"},
	{"9007199254740992", '<', "9007199254740993"},
	{"1.1", '<', "1.11"},
	{"99", '<', "1e2"},
	{"1e-400", '<', "1e-399"},
	{"0", '<', "1e-400"},
	{"1e400", '<', "1e401"},
	{"1e99999999999999999999", '>', "1e400"},
	{"-1e99999999999999999999", '<', "1e-99999999999999999999"},
	{"123456789012345678901234567890", '>', "123456789012345678901234567889.999"},
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const Case *c = &cases[i];
		int there = jg_number_compare(c->a, strlen(c->a), c->b, strlen(c->b));
		int back = jg_number_compare(c->b, strlen(c->b), c->a, strlen(c->a));
		int wanted = c->order == '<' ? -1 : c->order == '>';

		ok((there > 0) - (there < 0) == wanted && (back > 0) - (back < 0) == -wanted, "%s %c %s", c->a, c->order, c->b);
	}
	return done_testing();
}
