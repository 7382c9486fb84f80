/*
 * The seam through which the extension reads time.
 *
 * Nothing in the extension may read a clock but through here.
 */
#include "clock.h"

TimestampTz
jg_now(void)
{
	return GetCurrentTimestamp();
}
