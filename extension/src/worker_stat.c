/*
 * What the workers say about themselves, for the view stat_scheduler. Reads shared memory only.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#include "worker.h"

PG_FUNCTION_INFO_V1(jobgrid_worker_stat);

#define COLUMNS 9

static void
put_time(Datum *values, bool *nulls, int column, TimestampTz moment)
{
	values[column] = TimestampTzGetDatum(moment);
	nulls[column] = moment == 0;
}

Datum
jobgrid_worker_stat(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	jg_shmem_require();
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < JG_NWORKERS; i++)
	{
		JgWorkerSlot *slot = &jg_shared->workers[i];
		char		last_error[sizeof(slot->last_error)];
		Datum		values[COLUMNS] = {0};
		bool		nulls[COLUMNS] = {false};

		LWLockAcquire(jg_shared->lock, LW_SHARED);
		strlcpy(last_error, slot->last_error, sizeof(last_error));
		LWLockRelease(jg_shared->lock);
		values[0] = CStringGetTextDatum(jg_worker_name((JgWorker) i));
		values[1] = Int32GetDatum(slot->pid);
		nulls[1] = slot->pid == 0;
		values[2] = CStringGetTextDatum(slot->state[0] ? slot->state : "stopped");
		put_time(values, nulls, 3, slot->started_at);
		values[4] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->wakeups));
		values[5] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->transactions));
		put_time(values, nulls, 6, slot->last_wakeup);
		values[7] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->errors));
		values[8] = CStringGetTextDatum(last_error);
		nulls[8] = last_error[0] == '\0';
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
