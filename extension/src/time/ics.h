/*
 * Days of an iCalendar file (RFC 5545), the form in which holidays are published. Pure: no server inside, no memory but
 * the caller's.
 *
 * Events are read in turn; each gives its days, and those of its yearly repetitions, as they are written: no time zone is
 * looked at. Whether an event is called busy or free (TRANSP) does not matter, feeds of holidays disagree on it. What is
 * cancelled gives no day. The day that an event starts on is one of its days, and counts for COUNT, even where its rule
 * would not give it. What would change days but is not understood (other rules, exchanged repetitions) is an error,
 * everything else is left out.
 */
#ifndef JG_ICS_H
#define JG_ICS_H

#include "ics_rule.h"

#define JG_ICS_LABEL 128
#define JG_ICS_BYTES (16 * 1024 * 1024)
#define JG_ICS_DEPTH 8          /* of components */
#define JG_ICS_DATES 128        /* of EXDATE, and of RDATE, in an event */
#define JG_ICS_RULES 1000       /* in a file */
#define JG_ICS_LONGEST 366      /* days of an event */
#define JG_ICS_MOST_DAYS 100000 /* that a file gives */

typedef struct JgIcsDay
{
	int32_t day;              /* see civil.h */
	int line;                 /* on which its event begins */
	char label[JG_ICS_LABEL]; /* SUMMARY, as UTF-8; empty if there is none */
} JgIcsDay;

typedef enum JgIcsStep
{
	JG_ICS_DAY,
	JG_ICS_END,
	JG_ICS_ERROR /* and nothing more comes */
} JgIcsStep;

typedef struct JgIcsEvent
{
	unsigned seen; /* properties */
	int line;
	int end_line; /* of what says how long it is */
	bool cancelled;
	int64_t start; /* seconds since 1970 by its own clock */
	int64_t end;   /* not included */
	int64_t duration;
	JgIcsRule rule;
	char label[JG_ICS_LABEL];
	int32_t except[JG_ICS_DATES]; /* sorted */
	int nexcept;
	int32_t extra[JG_ICS_DATES];
	int nextra;
} JgIcsEvent;

/* Which of its days an event begins on next. */
typedef enum JgIcsPhase
{
	JG_ICS_NO_EVENT,
	JG_ICS_START,
	JG_ICS_REPEAT,
	JG_ICS_EXTRA
} JgIcsPhase;

/* The state between two days. The caller reads error and line, nothing else. */
typedef struct JgIcs
{
	char error[160];
	int line; /* that is wrong, from 1 */

	JgIcsLines lines;
	int32_t since;
	int32_t until;
	int ngiven;
	int nrules;
	char open[JG_ICS_DEPTH][JG_ICS_NAME]; /* components */
	int depth;

	JgIcsEvent event;
	JgIcsPhase phase;
	int span;    /* days of the event */
	int counted; /* by its rule */
	int nextra;
	int32_t cursor; /* where its rule is */
	int32_t day;    /* next of its days */
	int32_t last;   /* of those that follow each other */
} JgIcs;

/* The bytes stay the caller's and must stay as they are. Days before since and after until are left out. */
extern void jg_ics_begin(JgIcs *ics, const char *bytes, size_t size, int32_t since, int32_t until);

/* The next day, in the order of the file; one that is there twice comes twice. */
extern JgIcsStep jg_ics_next(JgIcs *ics, JgIcsDay *day);

#endif
