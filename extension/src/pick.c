/*
 * Takes runs out of `ready`: the claim itself.
 *
 * Tenants are served in turn by weight (deficit round robin); within a tenant its lanes are merged by rank, then run
 * id. Each lane is one ordered index scan that is opened when it is first looked at. A row is taken by deleting it
 * without waiting: where another claim, a cancel or a hold has it, it is passed over, which is what SKIP LOCKED does,
 * without a lock record for each row in the WAL. Nothing here decides whether a lane is open or may be served.
 */
#include "pick.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/tuptable.h"
#include "lib/binaryheap.h"
#include "sql.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* What this session still owes a tenant, kept from call to call. */
typedef struct Deficit
{
	int32 tenant_id; /* key */
	double owed;
} Deficit;

typedef struct Cursor
{
	int32 lane_id;
	IndexScanDesc scan;
	TupleTableSlot *slot; /* its current row */
	int64 rank;
	int64 run_id;
} Cursor;

typedef struct Tenant
{
	int32 tenant_id;
	int32 weight;
	binaryheap *lanes; /* cursors that have a row, first one on top */
	bool started;
} Tenant;

typedef struct Picker
{
	Relation heap;
	Relation index;
	Snapshot snapshot;
	CommandId command;
	Cursor *cursors;
	int ncursors;
	Tenant *tenants;
	int ntenants;
} Picker;

/* Columns of ready, as its table file has them. */
enum
{
	READY_RUN_ID,
	READY_RANK,
	READY_DUE_AT,
	READY_SINCE,
	READY_JOB_ID,
	READY_TENANT_ID,
	READY_LANE_ID,
	READY_ATTEMPT,
	READY_TRIES,
	READY_UNMET,
	READY_BUSINESS_DATE
};

static HTAB *deficits;
static uint32 first_tenant; /* whose turn it is to be first */

static Deficit *
deficit_of(int32 tenant_id)
{
	Deficit *entry;
	bool found;

	if (deficits == NULL)
	{
		HASHCTL ctl = {.keysize = sizeof(int32), .entrysize = sizeof(Deficit), .hcxt = TopMemoryContext};

		deficits = hash_create("jobgrid tenant deficits", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	entry = hash_search(deficits, &tenant_id, HASH_ENTER, &found);
	if (!found)
		entry->owed = 0;
	return entry;
}

/* binaryheap keeps the largest on top: the first to start counts as largest. */
static int
compare_cursors(Datum a, Datum b, void *arg)
{
	const Cursor *x = (const Cursor *) DatumGetPointer(a);
	const Cursor *y = (const Cursor *) DatumGetPointer(b);

	if (x->rank != y->rank)
		return x->rank < y->rank ? 1 : -1;
	return x->run_id < y->run_id ? 1 : (x->run_id > y->run_id ? -1 : 0);
}

static int64
column(TupleTableSlot *slot, int number)
{
	return slot->tts_isnull[number] ? 0 : DatumGetInt64(slot->tts_values[number]);
}

static int32
column32(TupleTableSlot *slot, int number, int32 if_null)
{
	return slot->tts_isnull[number] ? if_null : DatumGetInt32(slot->tts_values[number]);
}

/* Goes to the lane's next row; false at its end. */
static bool
advance(Picker *picker, Cursor *cursor)
{
	if (cursor->scan == NULL)
	{
		ScanKeyData key;

		ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(cursor->lane_id));
		cursor->scan = jg_index_beginscan(picker->heap, picker->index, picker->snapshot, 1);
		index_rescan(cursor->scan, &key, 1, NULL, 0);
		cursor->slot = table_slot_create(picker->heap, NULL);
	}
	if (!index_getnext_slot(cursor->scan, ForwardScanDirection, cursor->slot))
		return false;
	slot_getsomeattrs(cursor->slot, READY_BUSINESS_DATE + 1);
	cursor->run_id = column(cursor->slot, READY_RUN_ID);
	cursor->rank = column(cursor->slot, READY_RANK);
	return true;
}

/* Deletes the row if nobody else is at it. */
static bool
take(Picker *picker, TupleTableSlot *slot)
{
	TM_FailureData failure;
	TM_Result result = table_tuple_delete(picker->heap, &slot->tts_tid, picker->command, picker->snapshot,
										  InvalidSnapshot, false, &failure, false);

	if (result == TM_Invisible)
		elog(ERROR, "attempted to claim an invisible run");
	return result == TM_Ok;
}

static void
read_row(TupleTableSlot *slot, JgNarrow *row)
{
	row->run_id = column(slot, READY_RUN_ID);
	row->rank = column(slot, READY_RANK);
	row->due_at = column(slot, READY_DUE_AT);
	row->since = column(slot, READY_SINCE);
	row->job_id = column32(slot, READY_JOB_ID, 0);
	row->tenant_id = column32(slot, READY_TENANT_ID, 0);
	row->lane_id = column32(slot, READY_LANE_ID, 0);
	row->attempt = column32(slot, READY_ATTEMPT, 0);
	row->tries = column32(slot, READY_TRIES, 0);
	row->unmet = column32(slot, READY_UNMET, -1);
	row->business_date = column32(slot, READY_BUSINESS_DATE, 0);
	row->state = JG_QUEUED;
	row->reason = NULL;
}

/* Opens the tenant's lanes; a tenant that nobody comes to costs nothing. */
static void
start_tenant(Picker *picker, Tenant *tenant, const JgLane *lanes)
{
	for (int i = 0; i < picker->ncursors; i++)
		if (lanes[i].tenant_id == tenant->tenant_id && advance(picker, &picker->cursors[i]))
			binaryheap_add_unordered(tenant->lanes, PointerGetDatum(&picker->cursors[i]));
	binaryheap_build(tenant->lanes);
	tenant->started = true;
}

/* The tenant's next run; false: it has none left. */
static bool
take_next(Picker *picker, Tenant *tenant, JgNarrow *row)
{
	while (!binaryheap_empty(tenant->lanes))
	{
		Cursor *cursor = (Cursor *) DatumGetPointer(binaryheap_first(tenant->lanes));
		bool taken = take(picker, cursor->slot);

		if (taken)
			read_row(cursor->slot, row);
		if (advance(picker, cursor))
			binaryheap_replace_first(tenant->lanes, PointerGetDatum(cursor));
		else
			binaryheap_remove_first(tenant->lanes);
		if (taken)
			return true;
	}
	return false;
}

static void
find_tenants(Picker *picker, const JgLane *lanes)
{
	picker->tenants = palloc0(picker->ncursors * sizeof(Tenant));
	for (int i = 0; i < picker->ncursors; i++)
	{
		int t = 0;

		while (t < picker->ntenants && picker->tenants[t].tenant_id != lanes[i].tenant_id)
			t++;
		if (t < picker->ntenants)
			continue;
		picker->tenants[t].tenant_id = lanes[i].tenant_id;
		picker->tenants[t].weight = lanes[i].weight;
		picker->tenants[t].lanes = binaryheap_allocate(picker->ncursors, compare_cursors, NULL);
		picker->ntenants++;
	}
}

/*
 * Rounds over the tenants: each is owed its share of what is wanted, and takes it as far as it has work. A tenant
 * without work is owed nothing more: idleness saves up no claim on the grid.
 */
static int
serve(Picker *picker, const JgLane *lanes, int want, JgNarrow *picked)
{
	int n = 0;
	int live = picker->ntenants;

	while (n < want && live > 0)
	{
		int64 weights = 0;
		int left = want - n;

		for (int t = 0; t < picker->ntenants; t++)
			if (!picker->tenants[t].started || !binaryheap_empty(picker->tenants[t].lanes))
				weights += picker->tenants[t].weight;
		live = 0;
		for (int i = 0; i < picker->ntenants && n < want; i++)
		{
			Tenant *tenant = &picker->tenants[(first_tenant + i) % picker->ntenants];
			Deficit *deficit = deficit_of(tenant->tenant_id);

			if (!tenant->started)
				start_tenant(picker, tenant, lanes);
			deficit->owed += Max((double) left * tenant->weight / Max(weights, 1), 0.01);
			while (n < want && deficit->owed >= 1 && take_next(picker, tenant, &picked[n]))
			{
				deficit->owed -= 1;
				n++;
			}
			if (binaryheap_empty(tenant->lanes))
				deficit->owed = 0;
			else
				live++;
		}
	}
	first_tenant++;
	return n;
}

int
jg_pick(const JgLane *lanes, int nlanes, int want, JgNarrow *picked)
{
	Picker picker = {0};
	int n;

	if (nlanes == 0 || want <= 0)
		return 0;
	picker.heap = table_open(jg_engine_relation("ready"), RowExclusiveLock);
	picker.index = index_open(jg_engine_relation("ready_order"), RowExclusiveLock);
	picker.command = GetCurrentCommandId(true);
	/* A fresh snapshot even inside a longer transaction: what others have taken since must not be looked at. */
	picker.snapshot = RegisterSnapshot(GetLatestSnapshot());
	picker.ncursors = nlanes;
	picker.cursors = palloc0(nlanes * sizeof(Cursor));
	for (int i = 0; i < nlanes; i++)
		picker.cursors[i].lane_id = lanes[i].lane_id;
	find_tenants(&picker, lanes);

	n = serve(&picker, lanes, want, picked);

	for (int i = 0; i < nlanes; i++)
	{
		if (picker.cursors[i].scan == NULL)
			continue;
		index_endscan(picker.cursors[i].scan);
		ExecDropSingleTupleTableSlot(picker.cursors[i].slot);
	}
	UnregisterSnapshot(picker.snapshot);
	index_close(picker.index, RowExclusiveLock);
	table_close(picker.heap, RowExclusiveLock);
	CommandCounterIncrement();
	return n;
}
