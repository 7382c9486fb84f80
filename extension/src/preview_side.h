/* When schedules start their jobs, as rows say it: one side of a comparison. */
#ifndef JG_PREVIEW_SIDE_H
#define JG_PREVIEW_SIDE_H

#include "postgres.h"

#include "schedule_rule.h"
#include "shutter.h"

typedef struct JgPreviewSchedule
{
	int32 schedule_id;
	int32 job_id;
	char *tenant;
	char *job;
	char *name;
	char *says; /* everything that decides about its starts, but the days of its calendar */
	const JgWorkdays *workdays;
	JgRuleText text;
	bool enabled;
	bool queues; /* on_overlap wait: what waits together starts once */
	char *run_window;
	char *window_zone;
	bool skips_outside;
	int nblackouts;
	const int32 *blackouts;
	int ntokens;
	char **tokens;
} JgPreviewSchedule;

typedef struct JgPreviewSide
{
	int n;
	JgPreviewSchedule *schedules; /* by id */
	struct JgPreviewBlackout *blackouts;
	int nblackouts;
} JgPreviewSide;

typedef struct JgStarts
{
	int n;
	TimestampTz *at; /* ascending */
	int fires;       /* of its text, of which some may make no run */
	bool cut;        /* there are more than were asked for */
} JgStarts;

/* All schedules of those tenants, in the current context. SPI must be connected. */
extern void jg_preview_load(JgPreviewSide *side, Datum tenants, bool all_tenants);

/* Its starts later than one moment and up to another, at most so many; a run that waits for a window starts when it opens. */
extern JgStarts jg_preview_starts(const JgPreviewSide *side, const JgPreviewSchedule *schedule, TimestampTz after,
								  TimestampTz until, int most);

#endif
