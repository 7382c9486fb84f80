/*
 * The doorbell.
 *
 * A transaction that made work marks it here; the commit callback sets a flag in shared memory and the worker's latch.
 * The callback runs after the commit is durable and visible, so it must neither fail nor allocate: an error there
 * cannot abort anything. A bell that gets lost (COMMIT PREPARED, a crash between commit and callback) is made good by
 * the workers' own look at least every 30 s. Ringing for a subtransaction that rolled back is harmless.
 */
#include "bell.h"

#include "access/xact.h"
#include "miscadmin.h"

static uint32 rung; /* bit set of JgWorker, of the current transaction */
static bool lanes_changed;
static bool shutters_changed;
static bool changes_changed;

static void
ring(JgWorker worker)
{
	JgWorkerSlot *slot = &jg_shared->workers[worker];
	Latch *latch;

	/* Under load the bell is rung already and the worker has not looked yet: nothing to do, no shared write. */
	if (pg_atomic_read_u32(&slot->bell) != 0)
		return;
	pg_atomic_write_u32(&slot->bell, 1);
	pg_memory_barrier();
	latch = slot->latch;
	if (latch != NULL)
		SetLatch(latch);
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	if (rung == 0)
		return;
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PARALLEL_COMMIT)
	{
		if (lanes_changed)
			pg_atomic_fetch_add_u32(&jg_shared->lanes_generation, 1);
		if (shutters_changed)
			pg_atomic_fetch_add_u32(&jg_shared->shutters_generation, 1);
		if (changes_changed)
			pg_atomic_fetch_add_u32(&jg_shared->changes_generation, 1);
		for (int i = 0; i < JG_NWORKERS; i++)
			if (rung & (1u << i))
				ring((JgWorker) i);
	}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PARALLEL_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PARALLEL_ABORT || event == XACT_EVENT_PREPARE)
	{
		rung = 0;
		lanes_changed = false;
		shutters_changed = false;
		changes_changed = false;
	}
}

void
jg_bell_init(void)
{
	RegisterXactCallback(at_transaction_end, NULL);
}

void
jg_ring(JgWorker worker)
{
	rung |= 1u << worker;
}

void
jg_ring_now(JgWorker worker)
{
	ring(worker);
}

void
jg_lanes_changed(void)
{
	lanes_changed = true;
	jg_ring(JG_DISPATCHER);
}

void
jg_changes_changed(void)
{
	changes_changed = true;
	jg_ring(JG_SCHEDULER);
}

void
jg_shutters_changed(void)
{
	shutters_changed = true;
	jg_ring(JG_SCHEDULER);
}
