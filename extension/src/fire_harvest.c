/*
 * What comes of fires, gathered for a whole batch and written at its end.
 *
 * Whether a fire is a run is decided here, by what stands in its way: a run of its job, a run window or a blackout, a role
 * that is gone. Which fires there are is not.
 */
#include "fire_harvest.h"

#include "business_day.h"
#include "clock.h"
#include "sql.h"
#include "submit.h"

static void
look_for_overlaps(JgHarvest *harvest, const JgFireRow *rows, int nrows)
{
	int32 *job_ids = palloc(nrows * sizeof(int32));
	int depth = 1;
	int n = 0;

	for (int i = 0; i < nrows; i++)
	{
		if (rows[i].max_parallel == 0 || (rows[i].next_at > harvest->now && rows[i].nbefore == 0) || !rows[i].enabled)
			continue;
		job_ids[n++] = rows[i].job_id;
		depth = Max(depth, rows[i].max_parallel);
	}
	harvest->overlaps = palloc(Max(n, 1) * sizeof(JgOverlap));
	harvest->noverlaps = n > 0 ? jg_overlaps(job_ids, n, depth, harvest->overlaps) : 0;
}

void
jg_harvest_begin(JgHarvest *harvest, const JgFireRow *rows, int nrows)
{
	*harvest = (JgHarvest){.now = jg_now(), .runs_room = 64, .outcomes_room = 64, .shutters_room = 16};
	harvest->cursors = palloc(nrows * sizeof(JgCursor));
	harvest->settled = palloc(nrows * sizeof(int32));
	harvest->runs = palloc(harvest->runs_room * sizeof(JgPlanned));
	harvest->outcomes = palloc(harvest->outcomes_room * sizeof(JgFireOutcome));
	harvest->shutters = palloc(harvest->shutters_room * sizeof(JgShutter *));
	harvest->shutter_ids = palloc(harvest->shutters_room * sizeof(int32));
	look_for_overlaps(harvest, rows, nrows);
}

JgFireOutcome *
jg_harvest_tell(JgHarvest *harvest, const JgFireRow *row, TimestampTz scheduled_for, const char *outcome,
				const char *reason)
{
	JgFireOutcome *added;

	if (harvest->noutcomes == harvest->outcomes_room)
	{
		harvest->outcomes_room *= 2;
		harvest->outcomes = repalloc_huge(harvest->outcomes, harvest->outcomes_room * sizeof(JgFireOutcome));
	}
	added = &harvest->outcomes[harvest->noutcomes++];
	*added = (JgFireOutcome){.schedule_id = row->schedule_id,
							 .scheduled_for = scheduled_for,
							 .until = scheduled_for,
							 .fires = 1,
							 .outcome = outcome,
							 .reason = reason};
	return added;
}

static JgPlanned *
add_run(JgHarvest *harvest)
{
	if (harvest->nruns == harvest->runs_room)
	{
		harvest->runs_room *= 2;
		harvest->runs = repalloc_huge(harvest->runs, harvest->runs_room * sizeof(JgPlanned));
	}
	harvest->runs[harvest->nruns] = (JgPlanned){0};
	return &harvest->runs[harvest->nruns++];
}

static JgOverlap *
overlap_of(const JgHarvest *harvest, int32 job_id)
{
	int low = 0;
	int high = harvest->noverlaps;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (harvest->overlaps[middle].job_id < job_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < harvest->noverlaps && harvest->overlaps[low].job_id == job_id ? &harvest->overlaps[low] : NULL;
}

/* Where a run goes first, and why it does not start at once. */
static void
place(JgPlanned *run, const JgFireRow *row, TimestampTz now, bool held)
{
	JgNarrow *narrow = &run->narrow;
	TimestampTz due_at = jg_fire_due_at(row, run->scheduled_for);

	narrow->state = JG_WAITING;
	narrow->unmet = row->conditions || run->overlap ? -1 : 0;
	if (held)
	{
		run->table = JG_PARKED;
		narrow->state = JG_HELD;
		narrow->reason = row->held ? "operator" : "missed";
	}
	else if (due_at > now)
	{
		run->table = JG_DUE;
		narrow->due_at = due_at;
		narrow->reason = "not_before";
	}
	else if (narrow->unmet != 0 || narrow->lane_id == 0)
	{
		run->table = JG_PENDING;
		narrow->reason = run->overlap ? "overlap" : row->conditions ? "condition" : "placement";
	}
	else
	{
		run->table = JG_READY;
		narrow->state = JG_QUEUED;
	}
}

static const JgShutter *
shutter_of(JgHarvest *harvest, int32 id)
{
	for (int i = 0; i < harvest->nshutters; i++)
		if (harvest->shutter_ids[i] == id)
			return harvest->shutters[i];
	if (harvest->nshutters == harvest->shutters_room)
	{
		harvest->shutters_room *= 2;
		harvest->shutters = repalloc_huge(harvest->shutters, harvest->shutters_room * sizeof(JgShutter *));
		harvest->shutter_ids = repalloc_huge(harvest->shutter_ids, harvest->shutters_room * sizeof(int32));
	}
	harvest->shutter_ids[harvest->nshutters] = id;
	harvest->shutters[harvest->nshutters] = jg_shutter_load(id);
	return harvest->shutters[harvest->nshutters++];
}

/* Why a fire of that moment makes no run: it falls into a blackout, or outside a run window, that skips. NULL: it makes one. */
static const char *
shut_at(JgHarvest *harvest, const JgFireRow *row, TimestampTz scheduled_for)
{
	for (int i = 0; i < row->nskipping; i++)
	{
		const JgShutter *shutter = shutter_of(harvest, row->skipping[i]);

		if (shutter != NULL && jg_shutter_closed(shutter, scheduled_for))
			return shutter->is_window ? "run_window" : "blackout";
	}
	return NULL;
}

void
jg_harvest_fire(JgHarvest *harvest, const JgFireRow *row, const JgBusiness *business, TimestampTz scheduled_for,
				bool asks)
{
	JgOverlap *overlap = row->max_parallel > 0 ? overlap_of(harvest, row->job_id) : NULL;
	/* A run that is only to be skipped is in nobody's way. */
	bool busy = overlap != NULL && !row->taken_out && overlap->live + overlap->waiting >= row->max_parallel;
	bool held = asks || row->held;
	const char *shut = shut_at(harvest, row, scheduled_for);
	JgPlanned *run;

	if (row->role_missing || row->parameters_wrong || shut)
	{
		jg_harvest_tell(harvest, row, scheduled_for, "skipped",
						row->role_missing       ? "role_missing"
						: row->parameters_wrong ? "parameters"
												: shut);
		return;
	}
	/* One waits at most, or is held, whose work is that of those after it; unless each fire counts. */
	if (busy && !asks &&
		(row->on_overlap == JG_OVERLAP_SKIP ||
		 ((overlap->waiting > 0 || row->held) && row->when_missed != JG_MISSED_ALL)))
	{
		jg_harvest_tell(harvest, row, scheduled_for, "skipped", "overlap");
		return;
	}
	if (busy && row->on_overlap == JG_OVERLAP_REPLACE && !held)
		jg_overlap_replace(row->job_id);
	run = add_run(harvest);
	run->overlap = busy && !held;
	run->schedule_id = row->schedule_id;
	run->scheduled_for = scheduled_for;
	run->queue = row->queue;
	run->priority = row->priority;
	run->parameters = row->parameters;
	run->narrow.rank = row->rank;
	run->narrow.lane_id = row->lane_id;
	run->narrow.since = harvest->now;
	run->narrow.job_id = row->job_id;
	run->narrow.tenant_id = row->tenant_id;
	run->narrow.business_date =
		jg_business_day(business->workdays, jg_zone_day(business->zone, scheduled_for, row->roll_us));
	place(run, row, harvest->now, held);
	if (overlap != NULL && !row->taken_out)
	{
		overlap->live += !run->overlap;
		overlap->waiting += run->overlap;
	}
	jg_harvest_tell(harvest, row, scheduled_for, held ? "held" : "run", NULL)->run_id = 1; /* the id follows */
}

bool
jg_harvest_write(JgHarvest *harvest)
{
	int64 *run_ids = palloc(Max(harvest->nruns, 1) * sizeof(int64));
	bool *new = palloc(Max(harvest->noutcomes, 1) * sizeof(bool));
	int taken = 0;
	int kept = 0;
	bool overlaps = false;

	jg_submit_ids(run_ids, harvest->nruns);
	for (int i = 0; i < harvest->noutcomes; i++)
		if (harvest->outcomes[i].run_id != 0)
			harvest->outcomes[i].run_id = run_ids[taken++];
	Assert(taken == harvest->nruns);
	jg_fire_outcomes_write(harvest->outcomes, harvest->noutcomes, harvest->now, new);
	taken = 0;
	for (int i = 0; i < harvest->noutcomes; i++)
	{
		JgPlanned *run;

		if (harvest->outcomes[i].run_id == 0)
			continue;
		run = &harvest->runs[taken++];
		run->narrow.run_id = harvest->outcomes[i].run_id;
		overlaps = overlaps || (new[i] && run->overlap);
		if (new[i])
			harvest->runs[kept++] = *run;
	}
	jg_planned_write(harvest->runs, kept);
	jg_cursors_write(harvest->cursors, harvest->ncursors, harvest->now);
	if (harvest->nsettled > 0)
		jg_before_forget(jg_array_int4(harvest->settled, harvest->nsettled));
	return overlaps;
}
