/* Days of the proleptic Gregorian calendar as numbers: 0 is 1970-01-01. Pure: no server inside. */
#ifndef JG_CIVIL_H
#define JG_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define JG_DAY_SECONDS 86400

/* Schedules and calendars know the days of 1970 to 2199. */
#define JG_FIRST_YEAR 1970
#define JG_LAST_YEAR 2199
#define JG_DAYS 84006 /* from 1970-01-01 to 2199-12-31 */

typedef struct JgDate
{
	int year;
	int month; /* 1 to 12 */
	int day;   /* 1 to 31 */
} JgDate;

extern int32_t jg_civil_day(int year, int month, int day); /* month and day must exist */
extern JgDate jg_civil_date(int32_t day);
extern int jg_civil_weekday(int32_t day); /* 0 = Sunday, as in cron */
extern int jg_civil_month_length(int year, int month);
extern bool jg_civil_exists(int year, int month, int day); /* of the years above */

#endif
