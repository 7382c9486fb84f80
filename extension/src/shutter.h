/* Times at which jobs must not start, or may: blackouts and run windows, as spans that follow one another. */
#ifndef JG_SHUTTER_H
#define JG_SHUTTER_H

#include "postgres.h"

#include "schedule_rule.h"

/* As rows say it: a run window, or a schedule and how long it lasts, or two moments. Texts may be NULL. */
typedef struct JgShutterText
{
	const char *run_window;
	JgRuleText rule; /* its schedule is NULL for the other two; zone and calendar of a run window too */
	int64 lasts_us;
	TimestampTz starts_at;
	TimestampTz ends_at; /* DT_NOEND = open end */
} JgShutterText;

typedef struct JgShutter
{
	bool once;
	bool is_window;
	TimestampTz starts_at;
	TimestampTz ends_at;
	int64 lasts_us;
	JgRule begins;
	JgRule ends; /* of a window */
} JgShutter;

/* From one moment on, up to and without the other. */
typedef struct JgShutterSpan
{
	TimestampTz since;
	TimestampTz until;
} JgShutterSpan;

/* False: *error and *hint (which may become NULL) say what is wrong. The workdays must outlive it. */
extern bool jg_shutter_make(JgShutter *shutter, const JgShutterText *text, char **error, char **hint);

/* The span that the moment lies in; false: it lies in none, and the span is the next one, from DT_NOEND on if there is none. */
extern bool jg_shutter_span(const JgShutter *shutter, TimestampTz moment, JgShutterSpan *span);

/* Whether a run of the job may not start at the moment: within a blackout, or outside a window. */
extern bool jg_shutter_closed(const JgShutter *shutter, TimestampTz moment);

/* The first moment from then on at which all of them are open; DT_NOEND: there is none. NULL ones are. */
extern TimestampTz jg_shutters_open(const JgShutter *const *shutters, int n, TimestampTz moment);

/* The shutter of that id as its rows say it, in the current context; NULL: there is none, or it cannot be read. */
extern const JgShutter *jg_shutter_load(int32 shutter_id);

/* The same of a blackout, and of a run window, whether the scheduler has met them yet or not. */
extern const JgShutter *jg_shutter_of_blackout(int32 blackout_id);
extern const JgShutter *jg_shutter_of_window(const char *run_window, const char *time_zone);

#endif
