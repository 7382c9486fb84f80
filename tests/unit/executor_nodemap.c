/*
 * The node map's text: what it says, that every mistake makes all of it unusable, and that no bytes at all hurt the reader.
 */
#include "keeper/nodemap.h"

#include <string.h>

#include "buf.h"
#include "tap.h"

static const char good[] = "# a comment\n"
						   "\n"
						   " \t \n"
						   "uid_min 500\n"
						   "user app class=strict tenants=a,b roles=r\n"
						   "user\tlegacy  tenants=*\tprofile=/home/l/.profile class=legacy roles=* # trailing\n"
						   "user \xc3\xa9t\xc3\xa9 class=strict tenants=caf\xc3\xa9\n"
						   "secret db users=app,legacy file=/etc/secrets/db\n"
						   "secret a/b.c=d users=app command=/usr/libexec/fetch"; /* no newline at the end */

static bool
parse(NodeMap *map, const char *text, Err *e)
{
	return nodemap_parse(map, text, strlen(text), e) == 0;
}

static void
test_good(void)
{
	NodeMap map;
	Err e = {.message = ""};
	const MapUser *user;

	ok(parse(&map, good, &e), "a map is read %s", e.message);
	ok(map.uid_min == 500 && map.user_count == 3 && map.secret_count == 2, "in full");
	user = nodemap_user(&map, "app", "b", "r", &e);
	ok(user != NULL && user->trust == TRUST_STRICT && user->profile == NULL, "a strict user");
	user = nodemap_user(&map, "legacy", "whoever", "", &e);
	ok(user != NULL && user->trust == TRUST_LEGACY && strcmp(user->profile, "/home/l/.profile") == 0,
	   "a legacy user with a profile, for all tenants and roles");
	ok(nodemap_user(&map, "\xc3\xa9t\xc3\xa9", "caf\xc3\xa9", "any", &e) != NULL, "without roles: all roles");
	ok(nodemap_user(&map, "app", "c", "r", &e) == NULL && strstr(e.message, "tenant \"c\"") != NULL, "%s", e.message);
	ok(nodemap_user(&map, "app", "a,b", "r", &e) == NULL, "a list is not a name");
	ok(nodemap_user(&map, "app", "*", "r", &e) == NULL, "nor is a star");
	ok(nodemap_user(&map, "app", "", "r", &e) == NULL, "no tenant is not every tenant");
	ok(nodemap_user(&map, "app", "a", "", &e) == NULL && strstr(e.message, "role \"\"") != NULL, "%s", e.message);
	ok(nodemap_user(&map, "ap", "a", "r", &e) == NULL && strstr(e.message, "\"ap\" is not in") != NULL, "%s",
	   e.message);
	ok(nodemap_secret(&map, "db", "legacy", &e) != NULL &&
		   strcmp(nodemap_secret(&map, "db", "app", &e)->file, "/etc/secrets/db") == 0,
	   "a secret of a file");
	ok(nodemap_secret(&map, "a/b.c=d", "app", &e) != NULL &&
		   strcmp(nodemap_secret(&map, "a/b.c=d", "app", &e)->command, "/usr/libexec/fetch") == 0,
	   "and of a command");
	ok(nodemap_secret(&map, "a/b.c=d", "legacy", &e) == NULL && strstr(e.message, "not for user") != NULL, "%s",
	   e.message);
	ok(nodemap_secret(&map, "d", "app", &e) == NULL && strstr(e.message, "not in this node's map") != NULL, "%s",
	   e.message);
	nodemap_free(&map);
	ok(parse(&map, "", &e) && map.user_count == 0 && map.uid_min == 1000, "an empty map lets nobody be anybody");
	nodemap_free(&map);
}

static void
test_bad(void)
{
	static const struct
	{
		const char *text;
		const char *reason;
	} cases[] = {
		{"user a tenants=*", "line 1: user \"a\" has no class"},
		{"user a class=strict", "line 1: user \"a\" has no tenants"},
		{"\nuser a class=strict tenants=* roles", "line 2: \"roles\" means nothing"},
		{"user a class=strict tenant=*", "\"tenant=*\" means nothing for a user"},
		{"user a class=Strict tenants=*", "strict or legacy, not \"Strict\""},
		{"user a class= tenants=*", "strict or legacy, not \"\""},
		{"user a class=strict class=legacy tenants=*", "\"class\" comes twice"},
		{"user a class=strict tenants=a tenants=b", "\"tenants\" comes twice"},
		{"user a class=strict tenants=* tenants=b", "\"tenants\" comes twice"},
		{"user a class=strict tenants=b tenants=*", "\"tenants\" comes twice"},
		{"user a class=strict tenants=a roles=* roles=*", "\"roles\" comes twice"},
		{"user a class=strict tenants=", "\"tenants\" is not a list"},
		{"user a class=strict tenants=a,", "\"tenants\" is not a list"},
		{"user a class=strict tenants=,a", "\"tenants\" is not a list"},
		{"user a class=strict tenants=a,,b", "\"tenants\" is not a list"},
		{"user a class=strict tenants=a,*", "\"tenants\" is not a list"},
		{"user a class=strict tenants=* profile=/p", "not of class legacy"},
		{"user a class=legacy tenants=* profile=p", "\"profile\" is not an absolute path"},
		{"user a class=legacy tenants=* profile=", "\"profile\" is not an absolute path"},
		{"user a class=legacy tenants=* profile=/p profile=/q", "\"profile\" comes twice"},
		{"user a class=strict tenants=* file=/p", "means nothing for a user"},
		{"user a class=strict tenants=*\nuser a class=legacy tenants=*", "line 2: user \"a\" has a line already"},
		{"user class=strict tenants=*", "is no user's name"},
		{"user * class=strict tenants=*", "is no user's name"},
		{"user a b class=strict tenants=*", "\"b\" means nothing"},
		{"user", "\"user\" alone says nothing"},
		{"users a class=strict tenants=*", "neither user nor secret nor uid_min"},
		{"secret s users=a", "either a file or a command"},
		{"secret s users=a file=/f command=/c", "either a file or a command"},
		{"secret s file=/f", "has no users"},
		{"secret s users=* file=/f", "\"users\" is not a list"},
		{"secret s users=a file=f", "\"file\" is not an absolute path"},
		{"secret s users=a command=c", "\"command\" is not an absolute path"},
		{"secret s users=a file=/f file=/f", "\"file\" comes twice"},
		{"secret s users=a command=/c --all", "\"--all\" means nothing for a secret"},
		{"secret s users=a file=/f\nsecret s users=b file=/f", "has a line already"},
		{"secret s\xc3\xa9 users=a file=/f", "visible ASCII"},
		{"uid_min", "alone says nothing"},
		{"uid_min x", "\"uid_min\" is a number"},
		{"uid_min -1", "\"uid_min\" is a number"},
		{"uid_min 1000 2000", "\"uid_min\" is a number"},
		{"uid_min 9999999999", "\"uid_min\" is a number"},
		{"uid_min 0", "at least 1"},
		{"uid_min 5\nuid_min 5", "\"uid_min\" comes twice"},
		{"a b c d e f g h i", "more than 8 words"},
		{"user a class=strict tenants=*\r\n", "a control character"},
		{"user a class=strict tenants=a\x7f", "a control character"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NodeMap map;
		Err e = {.message = ""};

		ok(!parse(&map, cases[i].text, &e) && strstr(e.message, cases[i].reason) != NULL && map.user_count == 0 &&
			   map.secret_count == 0,
		   "%s", e.message);
	}
}

static void
test_sizes(void)
{
	NodeMap map;
	Err e;
	Buf text = {0};

	ok(nodemap_parse(&map, "user a class=strict\0 tenants=*", 30, &e) < 0 && strstr(e.message, "NUL") != NULL,
	   "a NUL byte ends nothing");
	for (int i = 0; i < 4000; i++)
		buf_printf(&text, "user u%d class=strict tenants=t%d\n", i, i);
	ok(parse(&map, buf_text(&text), &e) && map.user_count == 4000 &&
		   nodemap_user(&map, "u3999", "t3999", "", &e) != NULL && nodemap_user(&map, "u3999", "t3998", "", &e) == NULL,
	   "4000 users");
	nodemap_free(&map);
	while (text.len <= NODEMAP_MAX_BYTES)
		buf_puts(&text, "# filling\n");
	ok(!parse(&map, buf_text(&text), &e) && strstr(e.message, "more than") != NULL, "more than 256 kB are refused");
	buf_free(&text);
}

/* Bytes from nowhere, and a good map with some of its bytes changed. */
static void
test_random(void)
{
	static const char alphabet[] =
		"user secret class=strict legacy tenants=*,roles=profile=/file=command=uid_min 10\n\t#";
	unsigned seed = tap_seed();
	const char *size = getenv("JOBGRID_TEST_SIZE");
	int rounds = size != NULL && strcmp(size, "long") == 0 ? 3000000 : 100000;
	int read = 0;
	int refused = 0;

	srandom(seed);
	for (int i = 0; i < rounds; i++)
	{
		char text[sizeof(good)];
		size_t len = sizeof(good) - 1;
		NodeMap map;
		Err e;

		memcpy(text, good, sizeof(good));
		if (i % 3 == 0)
			len = (size_t) random() % sizeof(text);
		for (size_t k = 0; i % 3 == 0 && k < len; k++)
			text[k] = (char) random();
		for (int k = (int) (random() % 4); i % 3 == 1 && k >= 0; k--)
			text[(size_t) random() % len] = (char) random();
		for (int k = (int) (random() % 4); i % 3 == 2 && k >= 0; k--)
			text[(size_t) random() % len] = alphabet[(size_t) random() % (sizeof(alphabet) - 1)];
		if (nodemap_parse(&map, text, len, &e) == 0)
		{
			read++;
			nodemap_user(&map, "app", "a", "r", &e);
			nodemap_secret(&map, "db", "app", &e);
		}
		else
			refused++;
		nodemap_free(&map);
	}
	ok(read > 100 && refused > 100, "%d random texts (seed %u): %d read, %d refused", rounds, seed, read, refused);
}

int
main(void)
{
	test_good();
	test_bad();
	test_sizes();
	test_random();
	return done_testing();
}
