/*
 * pghosts.c - splits the host, hostaddr and port lists of a connection string.
 */
#include "pghosts.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define DEFAULT_CONNECT_TIMEOUT_S 10

/* A peer that vanished without a word is noticed in seconds, unless the string says otherwise. */
static const char *const network_defaults[][2] = {
	{"keepalives_idle", "5"},
	{"keepalives_interval", "2"},
	{"keepalives_count", "3"},
	{"tcp_user_timeout", "10000"},
};
#define NETWORK_DEFAULTS (sizeof(network_defaults) / sizeof(network_defaults[0]))

static void
free_options(PQconninfoOption **options)
{
	if (*options != NULL)
		PQconninfoFree(*options);
}

#define cleanup_options __attribute__((cleanup(free_options)))

static char *
own(PgHosts *hosts, char *text)
{
	hosts->owned = mem_resize(hosts->owned, hosts->owned_count + 1, sizeof(char *));
	hosts->owned[hosts->owned_count++] = text;
	return text;
}

static const char *
option_value(const PQconninfoOption *given, const PQconninfoOption *defaults, const char *keyword)
{
	for (; given->keyword != NULL; given++)
	{
		if (strcmp(given->keyword, keyword) == 0 && given->val != NULL)
			return given->val;
	}
	for (; defaults->keyword != NULL; defaults++)
	{
		if (strcmp(defaults->keyword, keyword) == 0)
			return defaults->val;
	}
	return NULL;
}

static size_t
list_length(const char *list)
{
	size_t n = 1;

	if (list == NULL || *list == '\0')
		return 0;
	for (; *list != '\0'; list++)
		n += *list == ',';
	return n;
}

/* Element i of a comma list; a list of one element serves every host. NULL when there is no list. */
static char *
list_element(PgHosts *hosts, const char *list, size_t i)
{
	size_t n = list_length(list);

	if (n == 0)
		return NULL;
	for (; n > 1 && i > 0; i--)
		list = strchr(list, ',') + 1;
	return own(hosts, mem_strndup(list, strcspn(list, ",")));
}

static void
add_parameter(PgHost *host, size_t *n, const char *keyword, const char *value)
{
	if (value == NULL)
		return;
	host->keywords[*n] = keyword;
	host->values[(*n)++] = value;
}

static void
build_host(PgHosts *hosts, size_t i, const PQconninfoOption *given, const PQconninfoOption *defaults,
		   const char *application_name)
{
	PgHost *host = &hosts->hosts[i];
	char *name = list_element(hosts, option_value(given, defaults, "host"), i);
	char *address = list_element(hosts, option_value(given, defaults, "hostaddr"), i);
	char *port = list_element(hosts, option_value(given, defaults, "port"), i);
	size_t n = 0;
	size_t options = 8 + NETWORK_DEFAULTS;

	for (const PQconninfoOption *o = given; o->keyword != NULL; o++)
		options++;
	host->keywords = mem_zalloc(options * sizeof(char *));
	host->values = mem_zalloc(options * sizeof(char *));
	for (const PQconninfoOption *o = given; o->keyword != NULL; o++)
	{
		if (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0 || strcmp(o->keyword, "port") == 0 ||
			strcmp(o->keyword, "target_session_attrs") == 0 || strcmp(o->keyword, "client_encoding") == 0)
			continue;
		if (o->val != NULL)
			add_parameter(host, &n, own(hosts, mem_strdup(o->keyword)), own(hosts, mem_strdup(o->val)));
	}
	add_parameter(host, &n, "host", name);
	add_parameter(host, &n, "hostaddr", address);
	add_parameter(host, &n, "port", port);
	if (option_value(given, defaults, "application_name") == NULL)
		add_parameter(host, &n, "fallback_application_name", own(hosts, mem_strdup(application_name)));
	for (size_t d = 0; d < NETWORK_DEFAULTS; d++)
	{
		if (option_value(given, given, network_defaults[d][0]) == NULL)
			add_parameter(host, &n, network_defaults[d][0], network_defaults[d][1]);
	}
	add_parameter(host, &n, "target_session_attrs", "read-write");
	/* Whatever the role or the environment would have: it is what we write. */
	add_parameter(host, &n, "client_encoding", "UTF8");
	host->name = own(hosts, mem_printf("%s:%s",
									   address != NULL ? address
									   : name != NULL  ? name
													   : "local socket",
									   port != NULL ? port : "default port"));
}

int
pghosts_parse(PgHosts *hosts, const char *conninfo, const char *application_name, Err *e)
{
	cleanup_options PQconninfoOption *given = NULL;
	cleanup_options PQconninfoOption *defaults = NULL;
	char *message = NULL;
	const char *service;
	const char *timeout;
	size_t names;
	size_t addresses;
	size_t ports;

	memset(hosts, 0, sizeof(*hosts));
	given = PQconninfoParse(conninfo, &message);
	if (given == NULL)
	{
		/* libpq's messages end with a newline */
		err_set(e, 0, "invalid connection string: %.*s", message != NULL ? (int) strcspn(message, "\n") : 13,
				message != NULL ? message : "out of memory");
		PQfreemem(message);
		return -1;
	}
	/* PQconndefaults() reads the service file only by this variable. */
	service = option_value(given, given, "service");
	if (service != NULL)
		setenv("PGSERVICE", service, 1);
	defaults = PQconndefaults();
	if (defaults == NULL)
		return err_set(e, 0, "could not read the connection defaults");

	names = list_length(option_value(given, defaults, "host"));
	addresses = list_length(option_value(given, defaults, "hostaddr"));
	ports = list_length(option_value(given, defaults, "port"));
	hosts->count = addresses > 0 ? addresses : names > 0 ? names : 1;
	if ((addresses > 0 && names > 0 && addresses != names) || (ports > 1 && ports != hosts->count))
		return err_set(e, 0, "invalid connection string: %zu hosts, %zu addresses and %zu ports do not fit", names,
					   addresses, ports);
	timeout = option_value(given, defaults, "connect_timeout");
	hosts->connect_timeout_us = timeout != NULL && atoi(timeout) > 0 ? atoi(timeout) * INT64_C(1000000)
																	 : DEFAULT_CONNECT_TIMEOUT_S * INT64_C(1000000);
	hosts->hosts = mem_zalloc(hosts->count * sizeof(PgHost));
	for (size_t i = 0; i < hosts->count; i++)
		build_host(hosts, i, given, defaults, application_name);
	return 0;
}

void
pghosts_free(PgHosts *hosts)
{
	for (size_t i = 0; hosts->hosts != NULL && i < hosts->count; i++)
	{
		free(hosts->hosts[i].keywords);
		free(hosts->hosts[i].values);
	}
	for (size_t i = 0; i < hosts->owned_count; i++)
		free(hosts->owned[i]);
	free(hosts->owned);
	free(hosts->hosts);
	memset(hosts, 0, sizeof(*hosts));
}
