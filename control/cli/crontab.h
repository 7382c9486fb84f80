/*
 * Lines of a crontab, as cron reads them. Pure: any bytes end, and what cannot be read is told with its line. Whether a
 * schedule is one is the server's to say.
 */
#ifndef JOBGRID_CLI_CRONTAB_H
#define JOBGRID_CLI_CRONTAB_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

#define CRONTAB_BYTES (1024 * 1024)
#define CRONTAB_LONGEST_LINE 131072

typedef enum CrontabKind
{
	CRONTAB_END,
	CRONTAB_SETTING, /* holds for the lines after it */
	CRONTAB_JOB,
	CRONTAB_PROBLEM
} CrontabKind;

/* What of a file is still to be read; number is that of the line read last. */
typedef struct Crontab
{
	const char *at;
	const char *end;
	int number;
	bool system; /* its sixth field is a user */
} Crontab;

/* Its buffers are reused from line to line; all of them are UTF-8 without a NUL. */
typedef struct CrontabLine
{
	int number;
	const char *problem; /* why it cannot be read */
	const char *doubt;   /* what cron makes of it that was not meant; or null */
	Buf name;            /* of a setting */
	Buf value;
	Buf schedule; /* of a job: five fields, or one that begins with @ */
	Buf user;     /* empty: not a system's */
	Buf command;  /* % decoded */
	Buf input;    /* for its standard input, if it has_input */
	bool has_input;
} CrontabLine;

extern CrontabKind crontab_next(Crontab *crontab, CrontabLine *line);
extern void crontab_line_free(CrontabLine *line);

#endif
