/* Calendars as the engine reads them: rows made flat. */
#ifndef JG_CALENDAR_H
#define JG_CALENDAR_H

#include "postgres.h"

#include "time/workdays.h"

/* Working days of the calendar, or by the week alone where name is NULL, into the current context; NULL: there is no such. */
extern const JgWorkdays *jg_calendar_load(const char *name);

/* The same, if the caller may see it; raises where there is no such. */
extern const JgWorkdays *jg_calendar_visible(const char *name);

/* The same, kept until its days_version is another; for workers, which see committed rows only. */
extern const JgWorkdays *jg_calendar_cached(const char *name, int32 days_version);

#endif
