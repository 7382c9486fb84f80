/* The parts of reading a schedule, for each other. */
#ifndef JG_SCHEDULE_PARTS_H
#define JG_SCHEDULE_PARTS_H

#include "schedule_text.h"

/* jg_schedule_parse() with a choice: a hint that is tried looks for none itself. */
extern bool jg_schedule_read(const char *text, JgSchedule *schedule, JgScheduleError *error, bool hints);

/* Each reads from the reader's place and goes behind it; false: the error is told. */
extern bool jg_read_cron(JgReader *reader);
extern bool jg_read_days(JgReader *reader);   /* days, as a list */
extern bool jg_read_filter(JgReader *reader); /* behind "if" */
extern bool jg_read_of(JgReader *reader);     /* behind "of": months or a period */
extern bool jg_read_months(JgReader *reader); /* names of months */
extern bool jg_read_date(JgReader *reader, int32_t *day);
extern bool jg_read_times(JgReader *reader);                /* behind "at" */
extern bool jg_read_window(JgReader *reader, bool between); /* behind "between" or "from" */
extern bool jg_read_until(JgReader *reader);                /* behind "until" */
extern bool jg_read_hours(JgReader *reader);                /* behind "in hours" */
extern bool jg_read_zone(JgReader *reader);                 /* a zone's name */

/* Whether days, a month, a date, or a time of day begin there. */
extern bool jg_begins_days(const JgReader *reader, int ahead);
extern bool jg_is_month(const JgReader *reader, int ahead);
extern bool jg_is_date(const JgReader *reader, int ahead);
extern bool jg_is_time(const JgReader *reader, int ahead);

/* A list as cron's fields have it, of bytes without blanks: 0,7,10-20/5, H, or names. *star: it begins with one. */
typedef struct JgFieldKind
{
	const char *name; /* such as minute */
	int low;
	int high;
	const JgWord *words; /* names, or NULL */
} JgFieldKind;

extern const JgFieldKind jg_field_second;
extern const JgFieldKind jg_field_minute;
extern const JgFieldKind jg_field_hour;

extern bool jg_read_field(JgReader *reader, const JgFieldKind *kind, const char *text, size_t length, JgField *field,
						  bool *star);

/* Times of the fields, in the one form that their meaning has. */
extern void jg_form_fields(JgSchedule *schedule);
/* A pace from first on, to last at most. */
extern void jg_form_step(JgSchedule *schedule, int first, int last, int step);
/* Days and filters; false: no day ever fits. */
extern bool jg_form_days(JgSchedule *schedule);

#endif
