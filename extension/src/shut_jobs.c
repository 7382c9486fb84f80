/*
 * Jobs that are behind something closed, while runs of theirs may lie in lanes that are open.
 *
 * After an edit the scheduler takes runs out of such lanes, which takes seconds where there are many (scheduler_shutters.c).
 * Until it has, claims pass them over. What is read is kept until lanes change: who follows edits, opens or closes
 * something, or forgets an edit, says that they have.
 */
#include "shut_jobs.h"

#include "shmem.h"
#include "sql.h"
#include "utils/array.h"
#include "utils/memutils.h"

static MemoryContext context;
static JgShutJobs shut;
static uint32 generation;

static void
load(void)
{
	static JgSql sql = {.text = "select distinct e.job_id from jobgrid_engine.shutter_edit e"
								" join jobgrid_engine.job_shutters x on x.job_id = e.job_id"
								" join jobgrid_engine.shutter s on s.shutter_id = any (x.shutters)"
								" where e.seen is not null and s.closed order by 1",
						.replan = true};
	int n = (int) jg_sql(&sql, NULL, NULL);

	if (context == NULL)
		context = AllocSetContextCreate(TopMemoryContext, "jobgrid shut jobs", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(context);
	shut.job_ids = MemoryContextAllocHuge(context, Max(n, 1) * sizeof(int32));
	for (int i = 0; i < n; i++)
		shut.job_ids[i] = jg_sql_int32(i, 1);
	shut.n = n;
}

const JgShutJobs *
jg_shut_jobs(void)
{
	/* Read before the rows: a change that commits in between is seen at the next call. */
	uint32 now = pg_atomic_read_u32(&jg_shared->lanes_generation);

	if (now != generation)
	{
		generation = 0; /* an error while loading must not leave half of it believed */
		shut.n = 0;
		load();
		generation = now;
	}
	return &shut;
}

bool
jg_shut_jobs_have(const JgShutJobs *jobs, int32 job_id)
{
	int low = 0;
	int high = jobs->n;

	while (low < high)
	{
		int middle = low + (high - low) / 2;

		if (jobs->job_ids[middle] < job_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < jobs->n && jobs->job_ids[low] == job_id;
}
