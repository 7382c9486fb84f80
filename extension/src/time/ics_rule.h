/* Rules by which events of an iCalendar file come back each year. Pure: no server inside. */
#ifndef JG_ICS_RULE_H
#define JG_ICS_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ics_line.h"

/* Ordinals of a weekday in its month, or in the year if no month is given: bit n - 1 is the nth. */
typedef struct JgIcsWeekday
{
	bool every;
	uint64_t first;
	uint64_t last; /* from the end */
} JgIcsWeekday;

typedef struct JgIcsRule
{
	int interval; /* years; 0 = there is no rule */
	int count;    /* with the event itself; 0 = no end by number */
	int32_t until;
	int32_t start;
	int start_year;
	bool by_month;
	bool by_monthday;
	bool by_weekday;
	uint16_t months;    /* bit 0 is January */
	uint32_t monthdays; /* bit 0 is the 1st */
	uint32_t last_monthdays;
	JgIcsWeekday weekdays[7]; /* Sunday first */
} JgIcsRule;

/* Reads the value of RRULE; false: the message says what is wrong. */
extern bool jg_ics_rule(JgIcsText text, JgIcsRule *rule, char *message, size_t size);

/* Has the rule start on the event's own day, from which it takes what it does not say. */
extern void jg_ics_rule_start(JgIcsRule *rule, int32_t start);

/* Moves the day on to the next one that the rule gives behind it; false: none up to that day. */
extern bool jg_ics_rule_next(const JgIcsRule *rule, int32_t until, int32_t *day);

#endif
