/*
 * Lists of hosts in a connection string: one set of parameters each, merged over the environment as libpq does.
 */
#include "pghosts.h"

#include <string.h>

#include "tap.h"

static const char *
value(const PgHosts *hosts, size_t i, const char *keyword)
{
	const char *found = "(none)";

	for (size_t k = 0; hosts->hosts[i].keywords[k] != NULL; k++)
	{
		if (strcmp(hosts->hosts[i].keywords[k], keyword) == 0)
			found = hosts->hosts[i].values[k];
	}
	return found;
}

static bool
is(const PgHosts *hosts, size_t i, const char *keyword, const char *expected)
{
	bool good = strcmp(value(hosts, i, keyword), expected) == 0;

	if (!good)
		printf("# host %zu: %s is %s, not %s\n", i, keyword, value(hosts, i, keyword), expected);
	return good;
}

int
main(void)
{
	PgHosts hosts;
	Err e = {.message = ""};

	unsetenv("PGHOST");
	unsetenv("PGPORT");
	ok(pghosts_parse(&hosts, "host=a,b,c port=1,2,3 dbname=d connect_timeout=7", "app", &e) == 0 && hosts.count == 3,
	   "three hosts");
	ok(is(&hosts, 0, "host", "a") && is(&hosts, 1, "port", "2") && is(&hosts, 2, "host", "c") &&
		   is(&hosts, 2, "dbname", "d"),
	   "each with its own port");
	ok(is(&hosts, 0, "client_encoding", "UTF8"), "the encoding is ours");
	ok(is(&hosts, 0, "target_session_attrs", "read-write") && is(&hosts, 0, "fallback_application_name", "app"),
	   "only who takes writes");
	ok(is(&hosts, 0, "tcp_user_timeout", "10000") && hosts.connect_timeout_us == 7000000, "time-outs");
	pghosts_free(&hosts);
	ok(pghosts_parse(&hosts, "postgresql://u@a,b:6/d?tcp_user_timeout=5", "app", &e) == 0 && hosts.count == 2 &&
		   is(&hosts, 1, "port", "6") && is(&hosts, 1, "user", "u") && is(&hosts, 0, "tcp_user_timeout", "5"),
	   "a URI; what is given stays");
	pghosts_free(&hosts);
	setenv("PGHOST", "e1,e2", 1);
	setenv("PGPORT", "9", 1);
	ok(pghosts_parse(&hosts, "", "app", &e) == 0 && hosts.count == 2 && is(&hosts, 1, "host", "e2") &&
		   is(&hosts, 1, "port", "9"),
	   "hosts of the environment, one port for all");
	pghosts_free(&hosts);
	ok(pghosts_parse(&hosts, "host=x", "app", &e) == 0 && hosts.count == 1 && is(&hosts, 0, "host", "x"),
	   "the string wins");
	pghosts_free(&hosts);
	ok(pghosts_parse(&hosts, "host=a,b port=1,2,3", "app", &e) < 0, "%s", e.message);
	pghosts_free(&hosts);
	ok(pghosts_parse(&hosts, "hostaddr=127.0.0.1 host=a,b", "app", &e) < 0, "%s", e.message);
	pghosts_free(&hosts);
	ok(pghosts_parse(&hosts, "nonsense", "app", &e) < 0 && strstr(e.message, "nonsense") != NULL, "%s", e.message);
	pghosts_free(&hosts);
	return done_testing();
}
