/* The seam through which the extension reads time, so that tests can set it. */
#ifndef JG_CLOCK_H
#define JG_CLOCK_H

#include "postgres.h"

#include "utils/timestamp.h"

/* From 1970, where days and seconds of time/ begin, to 2000, where those of PostgreSQL do. */
#define JG_EPOCH_DAYS (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)
#define JG_EPOCH_SECONDS ((int64) JG_EPOCH_DAYS * SECS_PER_DAY)

/* Between the seconds since 1970 of time/ and PostgreSQL's moments. A part of a second is left out, also before 1970. */
static inline int64
jg_to_seconds(TimestampTz moment)
{
	return moment / USECS_PER_SEC - (moment % USECS_PER_SEC < 0) + JG_EPOCH_SECONDS;
}

static inline TimestampTz
jg_to_moment(int64 seconds)
{
	return (seconds - JG_EPOCH_SECONDS) * USECS_PER_SEC;
}

extern TimestampTz jg_now(void); /* wall clock of the moment, not of the transaction */

#endif
