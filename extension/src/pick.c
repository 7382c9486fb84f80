/*
 * Takes runs out of `ready`: the claim itself.
 *
 * Tenants share by weight; within a tenant its lanes are merged by rank, then run id. Each lane is one ordered index scan
 * that is opened when it is first looked at. A row is taken by deleting it without waiting: where another claim, a cancel
 * or a hold has it, it is passed over, which is what SKIP LOCKED does, without a lock record for each row in the WAL. All
 * runs of a lane need the same: one that does not fit closes its lane for the rest of the claim, whatever its backlog.
 * Nothing here decides whether a lane is open or may be served; runs of a job that has been closed, and that still have to
 * be taken out of an open lane, are passed over.
 *
 * Shares are counted in runs got, by weight, and who has got least is next. Credit for turns in a round would not do:
 * with room for one run at a time, tenants would be served alike whatever their weights.
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
#include "shut_jobs.h"
#include "sql.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* What a tenant has got from this session: runs by weight, kept from call to call. */
typedef struct Share
{
	int32 tenant_id; /* key */
	double got;
} Share;

typedef struct Cursor
{
	const JgLane *lane;
	IndexScanDesc scan;
	TupleTableSlot *slot; /* its current row */
	int64 rank;
	int64 run_id;
} Cursor;

typedef struct Tenant
{
	int32 tenant_id;
	int32 weight;
	Share *share;
	binaryheap *lanes; /* cursors that have a row, first one on top */
	bool started;
} Tenant;

typedef struct Picker
{
	Relation heap;
	Relation index;
	Snapshot snapshot;
	CommandId command;
	JgRoom *room;
	const JgShutJobs *shut;
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

static HTAB *shares;
static double got_by_all; /* the share at which the last run was handed out */

/* Idleness saves up no claim on the grid, but for one run. */
static Share *
share_of(int32 tenant_id, int32 weight)
{
	Share *share;
	bool found;

	if (shares == NULL)
	{
		HASHCTL ctl = {.keysize = sizeof(int32), .entrysize = sizeof(Share), .hcxt = TopMemoryContext};

		shares = hash_create("jobgrid tenant shares", 16, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	share = hash_search(shares, &tenant_id, HASH_ENTER, &found);
	if (!found)
		share->got = got_by_all;
	share->got = Max(share->got, got_by_all - 1.0 / weight);
	return share;
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

/* Who has got least comes first; among equals, who is older. */
static int
compare_tenants(Datum a, Datum b, void *arg)
{
	const Tenant *x = (const Tenant *) DatumGetPointer(a);
	const Tenant *y = (const Tenant *) DatumGetPointer(b);

	if (x->share->got != y->share->got)
		return x->share->got < y->share->got ? 1 : -1;
	return x->tenant_id < y->tenant_id ? 1 : -1;
}

static bool
fits(const Picker *picker, const Cursor *cursor)
{
	return picker->room == NULL || jg_room_fits(picker->room, cursor->lane->needs);
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

		ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(cursor->lane->lane_id));
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
start_tenant(Picker *picker, Tenant *tenant)
{
	for (int i = 0; i < picker->ncursors; i++)
	{
		Cursor *cursor = &picker->cursors[i];

		if (cursor->lane->tenant_id == tenant->tenant_id && fits(picker, cursor) && advance(picker, cursor))
			binaryheap_add_unordered(tenant->lanes, PointerGetDatum(cursor));
	}
	binaryheap_build(tenant->lanes);
	tenant->started = true;
}

static bool
is_shut(const Picker *picker, TupleTableSlot *slot)
{
	return picker->shut->n > 0 && jg_shut_jobs_have(picker->shut, column32(slot, READY_JOB_ID, 0));
}

/* The tenant's next run; false: it has none left that fits. */
static bool
take_next(Picker *picker, Tenant *tenant, JgNarrow *row)
{
	while (!binaryheap_empty(tenant->lanes))
	{
		Cursor *cursor = (Cursor *) DatumGetPointer(binaryheap_first(tenant->lanes));
		bool taken;

		if (!fits(picker, cursor))
		{
			binaryheap_remove_first(tenant->lanes);
			continue;
		}
		taken = !is_shut(picker, cursor->slot) && take(picker, cursor->slot);
		if (taken)
		{
			read_row(cursor->slot, row);
			if (picker->room)
				jg_room_take(picker->room, cursor->lane->needs, 1);
		}
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
find_tenants(Picker *picker)
{
	picker->tenants = palloc0(picker->ncursors * sizeof(Tenant));
	for (int i = 0; i < picker->ncursors; i++)
	{
		const JgLane *lane = picker->cursors[i].lane;
		Tenant *tenant = picker->tenants;

		while (tenant < picker->tenants + picker->ntenants && tenant->tenant_id != lane->tenant_id)
			tenant++;
		if (tenant < picker->tenants + picker->ntenants)
			continue;
		tenant->tenant_id = lane->tenant_id;
		tenant->weight = lane->weight;
		tenant->share = share_of(lane->tenant_id, lane->weight);
		tenant->lanes = binaryheap_allocate(picker->ncursors, compare_cursors, NULL);
		picker->ntenants++;
	}
}

static int
serve(Picker *picker, int want, JgNarrow *picked)
{
	binaryheap *waiting = binaryheap_allocate(picker->ntenants, compare_tenants, NULL);
	int n = 0;

	for (int t = 0; t < picker->ntenants; t++)
		binaryheap_add_unordered(waiting, PointerGetDatum(&picker->tenants[t]));
	binaryheap_build(waiting);
	while (n < want && !binaryheap_empty(waiting))
	{
		Tenant *tenant = (Tenant *) DatumGetPointer(binaryheap_first(waiting));

		if (!tenant->started)
			start_tenant(picker, tenant);
		if (!take_next(picker, tenant, &picked[n]))
		{
			binaryheap_remove_first(waiting);
			continue;
		}
		n++;
		got_by_all = Max(got_by_all, tenant->share->got);
		tenant->share->got += 1.0 / tenant->weight;
		binaryheap_replace_first(waiting, PointerGetDatum(tenant));
	}
	return n;
}

int
jg_pick(const JgLane *lanes, int nlanes, int want, JgRoom *room, JgNarrow *picked)
{
	Picker picker = {.room = room};
	int n;

	if (nlanes == 0 || want <= 0)
		return 0;
	picker.shut = jg_shut_jobs();
	picker.heap = table_open(jg_engine_relation("ready"), RowExclusiveLock);
	picker.index = index_open(jg_engine_relation("ready_order"), RowExclusiveLock);
	picker.command = GetCurrentCommandId(true);
	/* A fresh snapshot even inside a longer transaction: what others have taken since must not be looked at. */
	picker.snapshot = RegisterSnapshot(GetLatestSnapshot());
	picker.ncursors = nlanes;
	picker.cursors = palloc0(nlanes * sizeof(Cursor));
	for (int i = 0; i < nlanes; i++)
		picker.cursors[i].lane = &lanes[i];
	find_tenants(&picker);

	n = serve(&picker, want, picked);

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
