/* Business dates: which day is open, and what kind of day that is. A job's application says by which calendar, or its tenant. */
#ifndef JG_BUSINESS_DAY_H
#define JG_BUSINESS_DAY_H

#include "postgres.h"

#include "time/workdays.h"
#include "utils/date.h"

typedef struct JgDayFacts
{
	DateADT previous; /* the business day before */
	bool month_end;   /* the last business day of its month */
	bool quarter_end;
} JgDayFacts;

/* The business day that is open on a day: itself, or the last one before where it is not worked. NULL: every day is one. */
extern DateADT jg_business_day(const JgWorkdays *workdays, DateADT day);

extern JgDayFacts jg_day_facts(const JgWorkdays *workdays, DateADT date);

/* As text, for whoever runs a job: ISO, whatever the session's DateStyle. In the current context. */
extern char *jg_date_text(DateADT date);

#endif
