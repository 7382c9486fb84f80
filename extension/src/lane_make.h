/* Makes lanes: only the scheduler does. */
#ifndef JG_LANE_MAKE_H
#define JG_LANE_MAKE_H

#include "postgres.h"

/*
 * Joins the lane l of a job j of tenant t, and what the job is behind, x: no row where there is none yet, nor while the scheduler
 * has an edit of run windows or blackouts to follow, so that these are in force at COMMIT; nor for a job that is taken out or
 * bypassed, whose runs are the scheduler's to end. shadow and executor are what the statement has for them.
 */
#define JG_LANE_JOIN(shadow, executor)                                                                      \
	" left join jobgrid_engine.job_shutters x on x.job_id = j.job_id"                                       \
	" left join jobgrid_engine.lane l on l.queue = j.queue and l.tenant_id = t.tenant_id"                   \
	"  and l.kind = case when " shadow " or j.run_by = 'external' then 'external' else j.kind end"          \
	"  and l.pool = j.pool and l.capabilities = j.capabilities and l.site is not distinct from j.site"      \
	"  and l.executor is not distinct from " executor                                                       \
	"  and l.needs_cpu_milli = coalesce(round(j.needs_cpus * 1000)::integer, 0)"                            \
	"  and l.needs_memory = coalesce(pg_size_bytes(j.needs_memory), 0) and l.needs_tokens = j.needs_tokens" \
	"  and l.shutters = coalesce(x.shutters, '{}') and not (j.taken_out or j.bypassed)"                     \
	"  and not exists (select from jobgrid_engine.shutter_edit u where u.seen is null and u.decides"        \
	"   and (u.job_id is null or u.job_id = j.job_id))"

/*
 * Whether runs of job j go to the scheduler first: they have conditions, are workflows, which it starts, or others wait for
 * them not to run.
 */
#define JG_JOB_WAITS(j)                                                                                        \
	"(" j ".kind = 'workflow' or exists (select from jobgrid_engine.job_edge e where e.job_id = " j ".job_id"  \
	"  and e.purpose in ('s', 'k')) or exists (select from jobgrid_engine.job_edge e where e.upstream_id = " j \
	".job_id"                                                                                                  \
	"  and e.kind = 'n'))"

/* Whether the lane of a narrow row r is still one of its job's: an edit may have put that behind other shutters; null: no lane. */
#define JG_LANE_FITS(r)                                                               \
	"((select l.shutters from jobgrid_engine.lane l where l.lane_id = " r ".lane_id)" \
	" = coalesce((select x.shutters from jobgrid_engine.job_shutters x where x.job_id = " r ".job_id), '{}'))"

/*
 * The lane of runs of a job in a queue, with the executor the run is pinned to (NULL = the job's own wish). Made where
 * there is none yet. Raises where the job is gone. SPI must be connected.
 */
extern int32 jg_lane_for(int32 job_id, const char *queue, const char *pin);

#endif
