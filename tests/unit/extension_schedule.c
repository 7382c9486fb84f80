/*
 * The language of schedules: what texts mean, in the words they are said back in; what is refused, with the whole error;
 * and that words are read as the schedule they were made from, whatever that is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../extension/src/time/schedule.h"
#include "tap.h"

#define WORDS 4000

/* Texts, and what they are in words; NULL: the words are the text. */
static const char *const meanings[][2] = {
	/* Days of the week */
	{"every day at 03:00", NULL},
	{"every weekday at 07:30", NULL},
	{"every weekend at 10:00", NULL},
	{"every mon, wed and fri at 09:00", NULL},
	{"every sun at 00:00", NULL},
	{"Every Monday and Wednesday, and Friday at 9:00", "every mon, wed and fri at 09:00"},
	{"on tuesdays at 7am", "every tue at 07:00"},
	{"mon-fri 9:00", "every weekday at 09:00"},
	{"fri-mon at noon", "every mon, fri, sat and sun at 12:00"},
	{"sat, sun at 10:00", "every weekend at 10:00"},
	{"weekdays at 07:30", "every weekday at 07:30"},
	{"at 07:30", "every day at 07:30"},
	{"daily", "every day at 00:00"},
	{"daily at 6am and 6 pm", "every day at 06:00 and 18:00"},
	{"weekly at 05:00", "every sun at 05:00"},
	{"every week at 05:00", "every sun at 05:00"},
	{"mon, tue, wed, thu, fri, sat, sun at 01:00", "every day at 01:00"},
	{"every day if fri at 01:00", "every fri at 01:00"},
	/* Working days */
	{"every working day at 07:00", NULL},
	{"every business day at 07:00", "every working day at 07:00"},
	{"workdays at 07:00", "every working day at 07:00"},
	{"every non-working day at 10:00", NULL},
	{"every day if working day at 09:00", "every working day at 09:00"},
	{"every working day and every non-working day at 09:00", "every day at 09:00"},
	/* Ordinals */
	{"on the 1st and 15th at 12:00", NULL},
	{"on the 1st and 15th at noon", "on the 1st and 15th at 12:00"},
	{"on the first, third and 22nd at 12:00", "on the 1st, 3rd and 22nd at 12:00"},
	{"last day of month at 23:00", NULL},
	{"the last day of february at 23:59", "last day of month at 23:59 in feb"},
	{"last working day of month at 18:00", NULL},
	{"last business day of month at 18:00", "last working day of month at 18:00"},
	{"3rd working day of month at 06:00", NULL},
	{"third business day of each month at 06:00", "3rd working day of month at 06:00"},
	{"1st and last working day of month at 06:00", NULL},
	{"first monday of month at 08:00", "1st mon of month at 08:00"},
	{"first and third monday at 08:00", "1st and 3rd mon of month at 08:00"},
	{"2nd last fri of quarter at 17:00", NULL},
	{"last friday of quarter at 17:00", "last fri of quarter at 17:00"},
	{"1st weekday of month at 08:00", NULL},
	{"5th working day of quarter at 06:00", NULL},
	{"10th working day of year at 06:00", NULL},
	{"last working day of fiscal quarter at 20:00", NULL},
	{"1st day of fiscal year at 00:00", NULL},
	{"last day of fiscal period at 20:00", NULL},
	{"2 working days before month end at 20:00", NULL},
	{"1 day before quarter end at 12:00", NULL},
	{"1 day before the end of the quarter at 12:00", "1 day before quarter end at 12:00"},
	{"month end at 22:00", "last day of month at 22:00"},
	{"on year end at 22:00", "last day of year at 22:00"},
	{"every mon and on the 1st at 00:00", NULL},
	{"every working day and on the 15th at 07:00", NULL},
	{"last mon of month and 1 working day before month end at 07:00",
	 "1 working day before month end and last mon of month at 07:00"},
	{"weekday nearest the 15th at 09:00", NULL},
	{"weekday nearest to the 1st and 15th at 09:00", "weekday nearest the 1st and 15th at 09:00"},
	{"monthly at 06:00", "on the 1st at 06:00"},
	{"quarterly at 06:00", "1st day of quarter at 06:00"},
	{"yearly", "1st day of year at 00:00"},
	/* Dates, counts, filters, months, zones */
	{"on 2026-12-24 at 18:00", NULL},
	{"on 2026-12-31, 2026-12-24 at 18:00", "on 2026-12-24 and 2026-12-31 at 18:00"},
	{"every 2 weeks on fri at 18:00 starting 2026-01-02", NULL},
	{"every other friday at 18:00 starting 2026-01-02", "every 2 weeks on fri at 18:00 starting 2026-01-02"},
	{"every 2 weeks at 18:00 from 2026-01-02", "every 2 weeks on fri at 18:00 starting 2026-01-02"},
	{"every 3 days at 07:00 starting 2026-01-01", NULL},
	{"every 1 days at 07:00", "every day at 07:00"},
	{"on the 13th if fri at 00:00", NULL},
	{"on the 15th if it is a working day at 10:00", "on the 15th if working day at 10:00"},
	{"on the 15th if non-working day at 10:00", NULL},
	{"on the 1st if mon or tue at 10:00", "on the 1st if mon and tue at 10:00"},
	{"every day at 02:30 in feb and mar", NULL},
	{"in jan, apr, jul, oct on the 1st at 02:30", "on the 1st at 02:30 in jan, apr, jul and oct"},
	{"every day at 02:30 in Europe/London", NULL},
	{"in UTC at 02:30 every day", "every day at 02:30 in UTC"},
	{"every day at 02:30 in jan in America/Argentina/Buenos_Aires", NULL},
	/* Paces */
	{"every 15 minutes", NULL},
	{"every minute", NULL},
	{"every second", NULL},
	{"every 30 seconds", NULL},
	{"every hour", NULL},
	{"hourly", "every hour"},
	{"every hour from 00:05", NULL},
	{"every hour at minute 5", "every hour from 00:05"},
	{"every 90 minutes", NULL},
	{"every 7 minutes", NULL},
	{"every 24 hours from 06:00", "every day at 06:00"},
	{"every 15 minutes between 08:00 and 18:00", NULL},
	{"every 15 minutes from 8am to 6pm", "every 15 minutes between 08:00 and 18:00"},
	{"every 15 minutes between 08:00 and 17:55", "every 15 minutes between 08:00 and 17:45"},
	{"every 15 minutes between 08:00 and midnight", "every 15 minutes from 08:00"},
	{"every 5 minutes until 06:00", "every 5 minutes between 00:00 and 06:00"},
	{"every 2 hours from 01:30 on mon and wed", NULL},
	{"on mon, wed every 2 hours from 01:30", "every 2 hours from 01:30 on mon and wed"},
	{"every 30 minutes on weekdays", NULL},
	{"every 30 minutes on working days", NULL},
	{"every 30 minutes on the last working day of month", NULL},
	{"every 30 minutes on 2 working days before month end", NULL},
	{"every 30 minutes every 2 weeks on fri starting 2026-01-02", NULL},
	/* Fields */
	{"every hour at minutes 0, 7 and 23", "every hour at minutes 0, 7, 23"},
	{"every hour at minutes 0, 7, 23 in hours 9-17", NULL},
	{"every day at minutes 0-59 in hours 9-17", NULL},
	{"every day at minutes 0, 7, 23 and seconds 5, 20 in hours 9-17", NULL},
	{"at minutes 0,30 in hours 8-10", "every day at 08:00, 08:30, 09:00, 09:30, 10:00 and 10:30"},
	/* Cron */
	{"0 0 * * *", "every day at 00:00"},
	{"30 7 * * mon-fri", "every weekday at 07:30"},
	{"30 7 * * 1-5 in Europe/London", "every weekday at 07:30 in Europe/London"},
	{"CRON_TZ=Europe/London 0 9 * * *", "every day at 09:00 in Europe/London"},
	{"*/15 * * * *", "every 15 minutes"},
	{"*/15 8-17 * * *", "every 15 minutes between 08:00 and 17:45"},
	{"*/7 * * * *", "every hour at minutes 0-56/7"},
	{"5 * * * *", "every hour from 00:05"},
	{"0 1-3 * * *", "every day at 01:00, 02:00 and 03:00"},
	{"0 */2 * * *", "every 2 hours"},
	{"* 2 * * *", "every minute between 02:00 and 02:59"},
	{"* * * * *", "every minute"},
	{"* * * * * *", "every second"},
	{"*/10 * * * * *", "every 10 seconds"},
	{"15 30 7 * * *", "every day at 07:30:15"},
	{"0 0 1 1 *", "on the 1st at 00:00 in jan"},
	{"0 0 13 * fri", "every fri and on the 13th at 00:00"},
	{"0 0 1,15 * *", "on the 1st and 15th at 00:00"},
	{"0 0 */10 * *", "on the 1st, 11th, 21st and 31st at 00:00"},
	{"0 0 */10 * mon", "on the 1st, 11th, 21st and 31st if mon at 00:00"},
	{"0 0 1 * */2", "on the 1st if tue, thu, sat and sun at 00:00"},
	{"0 0 1-31 * *", "every day at 00:00"},
	{"0 0 ? * 7", "every sun at 00:00"},
	{"0 0 * * 5-7", "every fri, sat and sun at 00:00"},
	{"0 0 * * FRI-MON", "every mon, fri, sat and sun at 00:00"},
	{"0 0 L * *", "last day of month at 00:00"},
	{"0 0 L-3 * *", "3 days before month end at 00:00"},
	{"0 0 LW * *", "last weekday of month at 00:00"},
	{"0 0 15W * ?", "weekday nearest the 15th at 00:00"},
	{"0 0 ? * 5#2", "2nd fri of month at 00:00"},
	{"0 0 ? * 5L", "last fri of month at 00:00"},
	{"0 0 * * L", "every sat at 00:00"},
	{"0 0 * jan,feb mon#1,wedL", "1st mon of month and last wed of month at 00:00 in jan and feb"},
	{"0 12 1/7 * *", "on the 1st, 8th, 15th, 22nd and 29th at 12:00"},
	{"0 0 29 2 *", "on the 29th at 00:00 in feb"},
	{"H * * * *", "every hour at minutes H"},
	{"H H * * *", "every day at minutes H in hours H"},
	{"H/15 * * * *", "every hour at minutes H/15"},
	{"H(0-29)/10 * * * *", "every hour at minutes H(0-29)/10"},
	{"0 0 H * *", "day H of month at 00:00"},
	{"0 0 H(1-7) * *", "day H(1-7) of month at 00:00"},
	{"0 0 * * H", "day H of week at 00:00"},
	{"@daily", "every day at 00:00"},
	{"@hourly", "every hour"},
	{"@weekly", "every sun at 00:00"},
	{"@monthly in Europe/Zurich", "on the 1st at 00:00 in Europe/Zurich"},
	{"@yearly", "on the 1st at 00:00 in jan"},
	{"@quarterly", "on the 1st at 00:00 in jan, apr, jul and oct"},
};

static void
check_meanings(void)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
	{
		const char *wanted = meanings[i][1] ? meanings[i][1] : meanings[i][0];
		JgSchedule schedule;
		JgScheduleError error;
		char words[WORDS] = "";
		bool read = jg_schedule_parse(meanings[i][0], &schedule, &error);

		if (read)
			jg_schedule_words(&schedule, words, sizeof(words));
		ok(read && strcmp(words, wanted) == 0, "%s", meanings[i][0]);
		if (!read || strcmp(words, wanted) != 0)
			printf("# %s\n", read ? words : error.message);
	}
}

/* Text, message, hint ("" for none) */
static const char *const refusals[][3] = {
	{"", "a schedule cannot be empty: write every weekday at 07:30, or 30 7 * * mon-fri", ""},
	{"   ", "a schedule cannot be empty: write every weekday at 07:30, or 30 7 * * mon-fri", ""},
	{"every weekdy at 02:30", "\"weekdy\" at position 7 is not a day", "Did you mean: every weekday at 02:30"},
	{"every wedensday at 02:30", "\"wedensday\" at position 7 is not a day", "Did you mean: every wednesday at 02:30"},
	{"evry day at 7:00", "\"evry\" at position 1 is not understood", "Did you mean: every day at 7:00"},
	{"every day att 7:00", "\"att\" at position 11 is not understood", "Did you mean: every day at 7:00"},
	{"every day at sevn", "\"sevn\" at position 14 is not a time of day", ""},
	{"every day at nooon", "\"nooon\" at position 14 is not a time of day", "Did you mean: every day at noon"},
	{"every weekday at 7", "\"7\" is no time of day: write 07:00, 7am or 7pm, at position 18",
	 "Did you mean: every weekday at 07:00"},
	{"every weekday at 0730", "\"0730\" is no time of day: it is written with a colon, at position 18",
	 "Did you mean: every weekday at 07:30"},
	{"every weekday at 25:00", "a day has the hours 00:00 to 23:59, not 25:00, at position 18", ""},
	{"every weekday at 24:00", "a day has the hours 00:00 to 23:59, not 24:00, at position 18",
	 "Did you mean: every weekday at 00:00"},
	{"every weekday at 13pm", "with am and pm an hour is between 1 and 12, not 13, at position 18", ""},
	{"every weekday at 7:3", "\"7:3\" at position 18 is not a time of day", ""},
	{"every day at 07:30 at 08:00", "the times of day are given twice: write two schedules, at position 23", ""},
	{"every", "the schedule ends where a day is expected", ""},
	{"every day at", "the schedule ends where a time of day is expected", ""},
	{"every 15 minuts", "\"minuts\" at position 10 is not a unit of time", "Did you mean: every 15 minutes"},
	{"every 0 minutes", "every 0 is never: a pace is at least 1, at position 7", ""},
	{"every 100 hours", "a pace is at most a day: write every 4 days, at position 7", ""},
	{"every 15 minutes between 18:00 and 08:00",
	 "the window ends before it begins: one across midnight is two schedules, until 24:00 and from 00:00", ""},
	{"every 15 minutes between 08:00", "the schedule ends where \"and\" with the end of the window is expected", ""},
	{"every day at 07:00 until 18:00", "a window belongs to a pace: every 15 minutes between 08:00 and 18:00", ""},
	{"every other friday at 9:00", "every 2 weeks is counted from a day: add starting and a date",
	 "For example: every other friday at 9:00 starting 2026-01-02"},
	{"every 3 days", "every 3 days is counted from a day: add starting and a date",
	 "For example: every 3 days starting 2026-01-02"},
	{"every day starting 2026-01-01", "a start belongs to every so many days or weeks; else see column valid_from", ""},
	{"every 3 days on fri starting 2026-01-01",
	 "every so many days goes with no other days: add if fri, or write two schedules", ""},
	{"on 2026-02-30 at 18:00", "there is no day 2026-02-30 between 1970 and 2199, at position 4", ""},
	{"on the 31st in feb", "it never fires: there is no such day", ""},
	{"on the 32nd", "ordinals go from 1st to 31st, not to 32, at position 8", ""},
	{"last", "the schedule ends where a day is expected", ""},
	{"last workng day of month", "\"workng\" at position 6 is not a day", "Did you mean: last working day of month"},
	{"last working day of mnth", "\"mnth\" at position 21 is not a month, quarter or year",
	 "Did you mean: last working day of month"},
	{"last day of month and first day of quarter", "a schedule counts days of one kind of period: write two schedules",
	 ""},
	{"2 working days befor month end", "\"befor\" at position 16 is not \"before\"",
	 "Did you mean: 2 working days before month end"},
	{"40 working days before month end", "before the end of a period are 1 to 30 days, at position 1", ""},
	{"every day in Marz", "\"Marz\" at position 14 is not a month nor a time zone such as Europe/London",
	 "Did you mean: every day in mar"},
	{"every day in jan in feb", "the months are given twice", ""},
	{"every day in Europe/London in UTC", "the time zone is given twice, at position 31", ""},
	{"every day in Europe/Lon don", "\"don\" at position 25 is not understood", ""},
	{"tous les jours", "\"tous\" at position 1 is not understood", ""},
	{"каждый день", "\"каждый\" at position 1 is not understood", ""},
	{"every день at 07:00", "\"день\" at position 7 is not a day", ""},
	{"* * * *", "cron has 5 fields (minute, hour, day, month, day of the week), or 6 with seconds first; here are 4",
	 ""},
	{"*/5", "cron has 5 fields (minute, hour, day, month, day of the week), or 6 with seconds first; here is 1", ""},
	{"0 0 0 * * * 2026",
	 "cron has 5 fields, or 6 with seconds; here are 7: years are columns valid_from and valid_until", ""},
	{"75 * * * *", "minute 75 is not between 0 and 59, at position 1", ""},
	{"0 24 * * *", "hour 24 is not between 0 and 23, at position 3", ""},
	{"0 0 0 * *", "day 0 is not between 1 and 31, at position 5", ""},
	{"0 0 * 13 *", "month 13 is not between 1 and 12, at position 7", ""},
	{"0 0 * * 8", "day of the week 8 is not between 0 and 7, at position 9", ""},
	{"0 0 * foo *", "\"foo\" is no list of months, at position 7", ""},
	{"5-1 * * * *", "the range \"5-1\" of minutes goes backwards, at position 1", ""},
	{"*/0 * * * *", "a step of minutes is between 1 and 60, not 0, at position 1", ""},
	{"1, * * * *", "\"\" is no list of minutes, at position 1", ""},
	{"0 0 30 2 *", "it never fires: there is no such day", ""},
	{"0 0 * * 5#6", "\"5#6\": behind # stands which of the month, 1 to 5, at position 9", ""},
	{"0 0 LL * *", "\"LL\" is no day of the month: L, L-3, LW and 15W are known, at position 5", ""},
	{"0 0 */2 * 5L", "a day of the month with a star and a day of the week with L, # or H cannot be combined", ""},
	{"H,5 * * * *", "\"H,5\" is no list of minutes, at position 1", ""},
	{"0 0 * H *", "a month cannot be H, at position 7", ""},
	{"0 0 * * * in", "the schedule ends where a time zone is expected", ""},
	{"@reboot", "@reboot is not known: a database has no such moment, at position 1", ""},
	/* Cut between letters of two bytes. */
	{"0 0 1каждыйденькаждыйденькаждыйдень * *", "\"1каждыйденькаждыйденькаж\" is no list of days, at position 5", ""},
	{"@dayly", "\"@dayly\" at position 1 is not a nickname such as @daily", "Did you mean: @daily"},
};

static void
check_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
	{
		JgSchedule schedule;
		JgScheduleError error;
		bool read = jg_schedule_parse(refusals[i][0], &schedule, &error);
		bool good = !read && strcmp(error.message, refusals[i][1]) == 0 && strcmp(error.hint, refusals[i][2]) == 0;

		ok(good, "refused: %s", refusals[i][0]);
		if (!good)
			printf("# %s\n# hint: %s\n", read ? "it is read" : error.message, error.hint);
	}
}

static unsigned long long state;

/* Below n. */
static int
any(int n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (int) ((state >> 33) % (unsigned) n);
}

static const char *
one_of(const char *const *words, int n)
{
	return words[any(n)];
}

#define ONE_OF(...) \
	one_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

typedef struct Text
{
	char text[JG_SCHEDULE_TEXT + 1];
	size_t length;
} Text;

static void __attribute__((format(printf, 2, 3))) put(Text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->length += (size_t) vsnprintf(text->text + text->length, sizeof(text->text) - text->length, format, arguments);
	va_end(arguments);
	if (text->length >= sizeof(text->text))
		abort();
}

static void
put_field(Text *text, int low, int high, bool with_hash)
{
	if (with_hash && any(8) == 0)
	{
		put(text, "H");
		if (any(2))
			put(text, "(%d-%d)", low, low + any(high - low + 1));
		return;
	}
	if (any(3) == 0)
	{
		put(text, any(2) ? "*" : "*/%d", 1 + any(high - low + 1));
		return;
	}
	for (int n = 1 + any(3); n > 0; n--)
	{
		int from = low + any(high - low + 1);
		int to = from + any(high - from + 1);

		put(text, any(2) ? "%d" : any(2) ? "%d-%d" : "%d-%d/%d", from, to, 1 + any(high - low + 1));
		if (n > 1)
			put(text, ",");
	}
}

static void
put_cron(Text *text)
{
	if (any(4) == 0)
	{
		put_field(text, 0, 59, true);
		put(text, " ");
	}
	put_field(text, 0, 59, true);
	put(text, " ");
	put_field(text, 0, 23, true);
	put(text, " ");
	if (any(6) == 0)
		put(text, "%s", ONE_OF("L", "LW", "L-3", "15W", "1W,31W", "L,15"));
	else
		put_field(text, 1, 31, true);
	put(text, " ");
	put_field(text, 1, 12, false);
	put(text, " ");
	if (any(6) == 0)
		put(text, "%s", ONE_OF("5L", "5#2", "mon#1,wedL", "L", "mon-fri", "fri-sun", "1,3#2"));
	else
		put_field(text, 0, 7, true);
	if (any(6) == 0)
		put(text, " in Europe/London");
}

static void
put_day_item(Text *text)
{
	switch (any(8))
	{
		case 0:
			put(text, "%s", ONE_OF("every weekday", "every weekend", "every working day", "every non-working day"));
			break;
		case 1:
			put(text, "every %s", ONE_OF("mon", "tue, thu", "sat and sun", "mon-wed"));
			break;
		case 2:
			put(text, "on the %s", ONE_OF("1st", "1st and 15th", "2nd, 3rd, 31st", "13th"));
			break;
		case 3:
			put(text, "%s %s of month", ONE_OF("1st", "2nd and last", "last", "3rd"),
				ONE_OF("working day", "weekday", "day", "fri", "mon"));
			break;
		case 4:
			put(text, "%d %s before month end", 2 + any(20), ONE_OF("working days", "days", "weekdays"));
			break;
		case 5:
			put(text, "weekday nearest the %s", ONE_OF("15th", "1st and 31st"));
			break;
		case 6:
			put(text, "2nd last %s", ONE_OF("fri", "mon", "working day"));
			break;
		default:
			put(text, "on 2026-%02d-%02d", 1 + any(12), 1 + any(28));
	}
}

static void
put_words(Text *text)
{
	int counted = any(8);
	bool pace = any(3) == 0;

	if (pace)
	{
		put(text, "every %d %s ", 1 + any(59), ONE_OF("minutes", "seconds"));
		if (any(2))
			put(text, "between %02d:%02d and %02d:%02d ", any(12), any(60), 12 + any(12), any(60));
	}
	if (counted == 0)
		put(text, "every %d weeks on %s starting 2026-01-%02d ", 1 + any(5), ONE_OF("fri", "mon, wed", "weekdays"),
			1 + any(28));
	else if (counted == 1)
		put(text, "every %d days starting 2026-01-%02d ", 1 + any(40), 1 + any(28));
	else
		for (int n = 1 + any(3); n > 0; n--)
		{
			put_day_item(text);
			put(text, n > 1 ? " and " : " ");
		}
	if (any(5) == 0)
		put(text, "if %s ", ONE_OF("fri", "working day", "mon, tue", "non-working day", "weekday"));
	if (!pace && any(6) == 0)
		put(text, "at minutes %d, %d-%d and seconds %d in hours %d-%d ", any(10), 10 + any(10), 20 + any(40), any(60),
			any(12), 12 + any(12));
	else if (!pace)
		for (int n = 1 + any(4), first = 1; n > 0; n--, first = 0)
			put(text, "%s%02d:%02d ", first ? "at " : "and ", any(24), any(60));
	if (any(4) == 0)
		put(text, "in %s ", ONE_OF("jan", "feb, mar", "dec and jan"));
	if (any(4) == 0)
		put(text, "in %s", ONE_OF("UTC", "Europe/Zurich", "America/New_York"));
}

/* Not a byte differs, those between members neither. */
static bool
same_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(JgSchedule)) == 0;
}

/* Words are read as the schedule they were made from. */
static void
check_round_trips(int n)
{
	int read = 0;
	int wrong = 0;

	for (int i = 0; i < n && wrong < 5; i++)
	{
		Text text = {.length = 0};
		JgSchedule schedule;
		JgSchedule again;
		JgScheduleError error;
		char words[WORDS];

		if (i % 2)
			put_cron(&text);
		else
			put_words(&text);
		if (!jg_schedule_parse(text.text, &schedule, &error))
			continue;
		read++;
		if (!jg_schedule_words(&schedule, words, sizeof(words)) || !jg_schedule_parse(words, &again, &error) ||
			!same_bytes(&schedule, &again))
		{
			wrong++;
			printf("# %s\n# %s\n# %s\n", text.text, words, error.message);
		}
	}
	ok(wrong == 0, "words are read as the same schedule: %d of %d random ones", read, n);
	ok(read > n / 2, "and most of the random texts are schedules");
}

/* H is a value within its bounds, others for other jobs, and all of them used. */
static void
check_hashes(void)
{
	JgSchedule schedule;
	JgScheduleError error;
	uint64_t seen = 0;
	int wrong = 0;

	jg_schedule_parse("H(10-19) * * * *", &schedule, &error);
	for (uint64_t seed = 0; seed < 1000; seed++)
	{
		JgSchedule bound = schedule;

		jg_schedule_bind(&bound, seed);
		wrong += bound.minute.hash.on || __builtin_popcountll(bound.minute.bits) != 1;
		seen |= bound.minute.bits;
	}
	ok(wrong == 0, "H becomes one value");
	ok(seen == UINT64_C(0x3ff) << 10, "each within its bounds is somebody's");
	jg_schedule_parse("H/15 * * * *", &schedule, &error);
	seen = 0;
	for (uint64_t seed = 0; seed < 1000; seed++)
	{
		JgSchedule bound = schedule;

		jg_schedule_bind(&bound, seed);
		wrong += __builtin_popcountll(bound.minute.bits) != 4;
		seen |= bound.minute.bits;
	}
	ok(wrong == 0 && seen == (UINT64_C(1) << 60) - 1, "H/15 is every 15th from a value of its own on");
	jg_schedule_parse("0 0 H * H", &schedule, &error);
	jg_schedule_bind(&schedule, 7);
	ok(!schedule.hash_day.on && !schedule.hash_weekday.on && __builtin_popcount(schedule.nth[JG_ANY_DAY].first) == 1 &&
		   __builtin_popcount(schedule.weekdays) == 1,
	   "days too");
}

static void
check_limits(void)
{
	char text[JG_SCHEDULE_TEXT + 10];
	char words[20];
	JgSchedule schedule;
	JgScheduleError error;

	memset(text, 'x', sizeof(text));
	text[JG_SCHEDULE_TEXT + 1] = '\0';
	ok(!jg_schedule_parse(text, &schedule, &error) && strcmp(error.message, "a schedule has at most 1000 bytes") == 0,
	   "a text that is too long is refused");
	for (int i = 0; i < JG_SCHEDULE_TEXT; i++)
		text[i] = ',';
	text[JG_SCHEDULE_TEXT] = '\0';
	ok(!jg_schedule_parse(text, &schedule, &error), "and so are nothing but commas");
	strcpy(text, "at 00:00");
	for (int i = 1; i <= 48; i++)
		sprintf(text + strlen(text), ", %02d:%02d", i / 4, i % 4 * 15);
	ok(!jg_schedule_parse(text, &schedule, &error) && strstr(error.message, "at most 48 times") != NULL,
	   "49 times are refused");
	jg_schedule_parse("every weekday at 07:30", &schedule, &error);
	ok(!jg_schedule_words(&schedule, words, sizeof(words)) && memchr(words, '\0', sizeof(words)) != NULL,
	   "words that do not fit are not told as if they did");
}

int
main(void)
{
	const char *size = getenv("JOBGRID_TEST_SIZE");

	state = tap_seed();
	printf("# seed %u\n", tap_seed());
	check_meanings();
	check_refusals();
	check_round_trips(size != NULL && strcmp(size, "long") == 0 ? 1000000 : 20000);
	check_hashes();
	check_limits();
	return done_testing();
}
