/*
 * External runs: the moment at which jobgrid would start them is recorded, and they run elsewhere until their outcome
 * is reported. Nobody is woken and nothing is started here.
 */
#include "dispatcher.h"

#define EXTERNAL_BATCH 500

typedef struct External
{
	JgLane *lanes;
	int nlanes;
	int started;
} External;

static void
start(void *arg)
{
	External *external = arg;
	JgLease *leases = palloc(EXTERNAL_BATCH * sizeof(JgLease));

	external->started =
		jg_dispatcher_claim(external->lanes, external->nlanes, EXTERNAL_BATCH, "external", leases, NULL);
	jg_lease_insert(leases, external->started);
}

void
jg_dispatcher_external(const JgLaneMap *map)
{
	static JgUnit unit = {.name = "starting external runs", .body = start};
	External external = {0};

	external.nlanes = jg_dispatcher_lanes_of(map, "external", &external.lanes);
	if (external.nlanes == 0)
		return;
	do
	{
		if (jg_unit_run(&unit, &external) != JG_UNIT_DONE)
			break;
	} while (external.started > 0);
}
