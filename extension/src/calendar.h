/* Calendars as the engine reads them: rows made flat. */
#ifndef JG_CALENDAR_H
#define JG_CALENDAR_H

#include "postgres.h"

#include "time/workdays.h"

/* Working days of the calendar, in the current context, or by the week alone where name is NULL; NULL: there is no such. */
extern const JgWorkdays *jg_calendar_load(const char *name);

/* The same, if the caller may see it; raises where there is no such. */
extern const JgWorkdays *jg_calendar_visible(const char *name);

/*
 * What tells one state of a row of jobgrid.calendar from another: each change of its days also touches the row, at COMMIT.
 * So whoever sees uncommitted days must not keep what follows.
 */
#define JG_CALENDAR_STAMP(alias) "(" alias ".xmin::text::bigint << 32 | " alias ".days_version)"

/* The same, kept until the stamp is another; for workers and claims, which see committed rows only. */
extern const JgWorkdays *jg_calendar_cached(const char *name, int64 stamp);

#endif
