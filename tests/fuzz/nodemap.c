/*
 * The node map: any text gives a map that can be asked, or words with a line, and then nothing of it counts.
 */
#include "keeper/nodemap.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NodeMap map;
	Err e = {.message = ""};

	if (nodemap_parse(&map, (const char *) data, size, &e) < 0)
	{
		if (e.message[0] == '\0' || map.user_count != 0 || map.secret_count != 0)
			abort();
	}
	else
	{
		for (size_t i = 0; i < map.user_count; i++)
		{
			const MapUser *found = nodemap_user(&map, map.users[i].name, "default", "team", &e);

			if (found != NULL && strcmp(found->name, map.users[i].name) != 0)
				abort();
		}
		for (size_t i = 0; i < map.secret_count; i++)
		{
			if ((map.secrets[i].file == NULL) == (map.secrets[i].command == NULL))
				abort();
			nodemap_secret(&map, map.secrets[i].name, "batch", &e);
		}
	}
	nodemap_free(&map);
	return 0;
}

bool
fuzz_example(unsigned i, Buf *out)
{
	static const char *const lines[] = {
		"uid_min 1000\n",
		"# who may be whom\n",
		"user batch class=strict tenants=default,risk roles=team_eod\n",
		"user old profile=/home/old/.profile class=legacy tenants=*\n",
		"secret db users=batch file=/etc/jobgrid/db\n",
		"secret vault users=batch,old command=/usr/libexec/fetch\n",
	};
	size_t count = sizeof(lines) / sizeof(lines[0]);

	if (i >= 2 * count)
		return false;
	for (size_t k = 0; k <= i % count; k++)
		buf_puts(out, lines[i < count ? k : count - 1 - k]);
	return true;
}
