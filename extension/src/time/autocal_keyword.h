/*
 * The keywords of AutoSys's extended calendars, and what each of them means here. Pure: no server inside.
 *
 * A workday is a day of the rule's workdays that is no holiday, a weekday one of Monday to Friday that is no holiday.
 * #n is the nth, Mn the nth from the end, #L the last; zeros before n and the case of letters do not matter. What is
 * marked [A] is an assumption: the manual leaves it open.
 *
 * DAILY                    every day
 * WORKDAYS                 every workday
 * WEEKDAYS                 every weekday
 * WORKD#nn Mnn             the nth workday of the month; [A] holidays are not counted
 * FOMWORK EOMWORK          the first, the last workday of the month, as WORKD#1 and WORKDM1
 * FOMWEEK EOMWEEK          the first, the last weekday of the month; [A] holidays are not counted
 * FOM EOM                  the first, the last day of the month
 * MNTHD#nn Mnn Xnn         the nth day of the month
 * WEEKD#n Mn Xn            the nth day of the week; [A] of a week of WEEK; that of 31 December counts as if it were whole
 * mon … sun                each such day
 * mon#n Mn                 the nth such day of the month
 * jan … dec                each day of the month
 * jan#nn Mnn               the nth day of that month
 * WEEK#nn #E #O Mnn Xnn    the nth, the even, the odd weeks of the year, which all begin on the weekday of its 1 January;
 *                          [A] the one of 31 December is the last one, however short
 * WEKRn#nn Mnn Xnn         the same with weeks that begin on day n, [A] 1 being Monday, or on a named day (WEKRmon#nn);
 *                          [A] week 1 begins with the first such day; the days before it are in no week
 * CYCLE                    each day of a period of the cycle
 * CYCL#nnn Mnnn Xnnn       the nth day of a period
 * CYCP#nn                  the days of the nth period; [A] counted in the cycle as a whole
 * CWEEK#nn #E #O Mnn Xnn   the nth, even, odd weeks of a period, which begin on the weekday of its first day; [A] the last
 *                          one counts, however short
 * CWRK#nnn Mnnn Xnnn       the nth workday of a period; [A] holidays are not counted
 * Cmon#nn Mnn              the nth Monday … Sunday of a period
 * X: MNTHDXnn …, XFOM …    each day that the keyword without X does not give; [A] exactly NOT, so that in an alternative it
 *                          gives nearly every day. X stands before FOM… EOM… mon# jan# Cmon#, and for # in others
 *
 * Refused: WORKDXnn and CWEK…, about which the manual contradicts itself.
 */
#ifndef JG_AUTOCAL_KEYWORD_H
#define JG_AUTOCAL_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is counted. */
typedef enum JgAutocalUnit
{
	JG_AUTOCAL_MONTH_DAY,
	JG_AUTOCAL_MONTH_WORKDAY,
	JG_AUTOCAL_MONTH_WEEKDAY,
	JG_AUTOCAL_MONTH_SAME, /* days of the week like this one */
	JG_AUTOCAL_WEEK_DAY,
	JG_AUTOCAL_YEAR_WEEK, /* weekday is the day they begin on; JG_AUTOCAL_ANY: that of 1 January */
	JG_AUTOCAL_PERIOD_DAY,
	JG_AUTOCAL_PERIOD_WEEK,
	JG_AUTOCAL_PERIOD_WORKDAY,
	JG_AUTOCAL_PERIOD_SAME,
	JG_AUTOCAL_PERIOD
} JgAutocalUnit;

/* Which of them. */
typedef enum JgAutocalPick
{
	JG_AUTOCAL_EACH,
	JG_AUTOCAL_NTH,
	JG_AUTOCAL_NTH_LAST,
	JG_AUTOCAL_EVEN,
	JG_AUTOCAL_ODD
} JgAutocalPick;

typedef enum JgAutocalOp
{
	JG_AUTOCAL_LEAF,
	JG_AUTOCAL_NOT,
	JG_AUTOCAL_AND,
	JG_AUTOCAL_OR
} JgAutocalOp;

#define JG_AUTOCAL_ANY 7 /* weekday */

typedef struct JgAutocalNode
{
	uint8_t op; /* what follows is a leaf's */
	uint8_t unit;
	uint8_t pick;
	uint8_t weekday; /* 0 = Sunday */
	uint8_t month;   /* 0 = any */
	uint16_t n;
} JgAutocalNode;

/*
 * Reads one word into a leaf; *except is set where it is to be negated. False: the message says what is wrong with the
 * word, and *offset where in it.
 */
extern bool jg_autocal_keyword(const char *word, size_t length, JgAutocalNode *leaf, bool *except, size_t *offset,
							   char *message, size_t message_size);

#endif
