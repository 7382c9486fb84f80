/* A schedule whose turn has come, as its rows say it, and what is written back of it. */
#ifndef JG_FIRE_ROW_H
#define JG_FIRE_ROW_H

#include "postgres.h"

#include "schedule_before.h"
#include "time/catchup.h"
#include "time/expect.h"

typedef struct JgFireRow
{
	int32 schedule_id;
	bool edited;
	TimestampTz from_at;
	TimestampTz next_at;    /* DT_NOEND = none */
	const JgBefore *before; /* of an edited one: what it said while fires were due that are still to be decided */
	int nbefore;
	char *old_zone; /* of when next_at was computed, and what its file said then; NULL = never */
	int64 old_zone_stamp;
	char *old_error; /* NULL = it could fire */

	JgRuleText text;
	char *calendar;
	int64 calendar_stamp;
	bool enabled;
	JgWhenMissed when_missed;
	int missed_limit;
	JgOnOverlap on_overlap;
	int max_parallel; /* 0 = no limit */
	int64 jitter_us;

	char *job;
	int32 job_id;
	int32 tenant_id;
	int64 rank;
	char *priority;
	char *queue;
	Datum parameters;
	char *parameters_wrong; /* what the job's rules say of them, where they refuse them */
	bool held;
	bool taken_out;
	bool bypassed;
	bool conditions;
	int32 lane_id;
	char *business_zone;
	char *business_calendar; /* NULL = every day is a business day */
	int64 business_stamp;
	int64 roll_us;
	char *role_missing; /* sql_role, where that is no role any more */
	int nskipping;      /* run windows and blackouts that a fire is skipped for */
	const int32 *skipping;
} JgFireRow;

/* Rows of those schedules, sorted. Returns how many. */
extern int jg_fire_rows_read(const int64 *schedule_ids, int n, JgFireRow *rows);

/* The same of those that nobody has locked; the cursor of each is locked. */
extern int jg_fire_rows_lock(const int64 *schedule_ids, int n, JgFireRow *rows);

/* When the run of a fire may start: its moment and a part of the jitter. */
extern TimestampTz jg_fire_due_at(const JgFireRow *row, TimestampTz scheduled_for);

/* Writes from_at, next_at, zone and error of each, and that nothing about it is edited any more. */
typedef struct JgCursor
{
	int32 schedule_id;
	TimestampTz from_at;
	TimestampTz next_at;
	const char *zone;
	int64 zone_stamp;
	const char *error; /* NULL = it can fire */
} JgCursor;

extern void jg_cursors_write(const JgCursor *cursors, int n, TimestampTz now);

/* One row of `fire`: what became of a fire, or of several in a row. */
typedef struct JgFireOutcome
{
	int32 schedule_id;
	TimestampTz scheduled_for;
	TimestampTz until;
	int64 fires;
	int64 run_id; /* 0 = none */
	const char *outcome;
	const char *reason; /* may be NULL */
} JgFireOutcome;

/* Sets new[i] where the fire was not on record yet: only then may anything come of it. */
extern void jg_fire_outcomes_write(const JgFireOutcome *outcomes, int n, TimestampTz now, bool *new);

#endif
