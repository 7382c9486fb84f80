/* The seam through which the extension reads time, so that tests can set it. */
#ifndef JG_CLOCK_H
#define JG_CLOCK_H

#include "postgres.h"

#include "utils/timestamp.h"

extern TimestampTz jg_now(void); /* wall clock of the moment, not of the transaction */

#endif
