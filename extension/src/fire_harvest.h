/* What a batch of schedules that fire will write: runs, what became of each fire, and how far the schedules have come. */
#ifndef JG_FIRE_HARVEST_H
#define JG_FIRE_HARVEST_H

#include "postgres.h"

#include "fire_overlap.h"
#include "fire_row.h"
#include "planned.h"
#include "shutter.h"

/* Grows in the memory of its transaction. */
typedef struct JgHarvest
{
	TimestampTz now;
	JgCursor *cursors;
	int ncursors;
	int32 *settled; /* edited ones for which all is decided that was due before */
	int nsettled;
	JgPlanned *runs; /* side by side with the outcomes that have a run, in their order */
	int nruns;
	int runs_room;
	JgFireOutcome *outcomes;
	int noutcomes;
	int outcomes_room;
	JgOverlap *overlaps;
	int noverlaps;
	int32 *shutter_ids; /* that were asked for so far, side by side with what they are */
	const JgShutter **shutters;
	int nshutters;
	int shutters_room;
} JgHarvest;

/* What decides about the business dates of its runs. */
typedef struct JgBusiness
{
	const JgZone *zone;
	const JgWorkdays *workdays; /* NULL = every day */
} JgBusiness;

/* For these rows; it is jg_now(). */
extern void jg_harvest_begin(JgHarvest *harvest, const JgFireRow *rows, int nrows);

/* A fire that is no run, or several in a row: the caller may make the outcome one for more than this moment. */
extern JgFireOutcome *jg_harvest_tell(JgHarvest *harvest, const JgFireRow *row, TimestampTz scheduled_for,
									  const char *outcome, const char *reason);

/* One fire: a run, or none because of a run of its job that is not finished. A run that asks is held. */
extern void jg_harvest_fire(JgHarvest *harvest, const JgFireRow *row, const JgBusiness *business,
							TimestampTz scheduled_for, bool asks);

/*
 * Gives the runs their ids and writes everything; a fire that is on record already makes no run. True: runs are among them
 * that wait for others of their job.
 */
extern bool jg_harvest_write(JgHarvest *harvest);

#endif
