/*
 * The seam through which the extension reads time.
 *
 * Nothing in the extension may read a clock but through here. With jobgrid.clock = virtual it runs as fast as the
 * server's, but from wherever it was set: no executor may then connect, whose clock is another.
 */
#include "clock.h"

#include "bell.h"
#include "errors.h"
#include "fmgr.h"
#include "guc.h"
#include "shmem.h"

PG_FUNCTION_INFO_V1(jobgrid_set_clock);

TimestampTz
jg_now(void)
{
	TimestampTz now = GetCurrentTimestamp();

	if (jg_guc_clock == JG_CLOCK_VIRTUAL && jg_shared != NULL)
		now += (int64) pg_atomic_read_u64(&jg_shared->clock_offset);
	return now;
}

/* set_clock(moment): from now on it is that time. Only a server that was started for it has such a clock. */
Datum
jobgrid_set_clock(PG_FUNCTION_ARGS)
{
	TimestampTz moment = PG_GETARG_TIMESTAMPTZ(0);

	if (jg_guc_clock != JG_CLOCK_VIRTUAL)
		ereport(ERROR,
				(errcode(ERRCODE_JG_WRONG_STATE), errmsg("the clock of this server cannot be set"),
				 errdetail("jobgrid.clock is system. A server with a virtual clock runs nothing but rehearsals.")));
	jg_shmem_require();
	if (TIMESTAMP_NOT_FINITE(moment))
		ereport(ERROR, (errcode(ERRCODE_JG_INVALID), errmsg("the clock can only be set to a moment")));
	pg_atomic_write_u64(&jg_shared->clock_offset, (uint64) (moment - GetCurrentTimestamp()));
	for (int i = 0; i < JG_NWORKERS; i++)
		jg_ring_now((JgWorker) i);
	PG_RETURN_VOID();
}
