/* Calendars whose days follow from a rule of AutoSys' extended calendars. */
#ifndef JG_CALENDAR_RULE_H
#define JG_CALENDAR_RULE_H

#include "postgres.h"

#include "time/autocal.h"
#include "time/workdays.h"

/* The lines of a rule, as autocal_asc writes them; texts are NULL where a line is not there. */
typedef struct JgCalendarRule
{
	JgAutocal rule;
	char *holidays; /* calendar of holcal */
	char *cycle;    /* calendar of cyccal */
} JgCalendarRule;

/* False: *error says what is wrong, with the line. */
extern bool jg_calendar_rule_read(const char *text, JgCalendarRule *rule, char **error);

/* Its days, as those that are worked. Raises where what it refers to does not fit. SPI must be connected. */
extern void jg_calendar_rule_days(const char *calendar, const JgCalendarRule *rule, JgWorkdays *workdays);

#endif
