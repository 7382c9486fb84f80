create or replace function jobgrid.next_runs(
    job text, n integer default 5, after timestamptz default null, tenant text default null)
returns table (run_at timestamptz, local_time timestamp, utc_offset interval, time_zone text, schedule text, in_words text, note text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    found_job jobgrid.job := jobgrid_engine.find_job(next_runs.job, next_runs.tenant);
begin
    return query
        select f.run_at, f.local_time, f.utc_offset, f.time_zone, s.name, jobgrid.describe_schedule(s.schedule),
               nullif(concat_ws('; ', case when not found_job.enabled then 'the job is disabled'
                                           when not s.enabled then 'the schedule is disabled'
                                           when found_job.held then 'will be held'
                                           when found_job.taken_out then 'will be skipped: taken out'
                                           when found_job.bypassed then 'will be bypassed' end, c.error,
                                    jobgrid_engine.shut_note(x.skips, x.until, x.note), f.note), '')
        from jobgrid.schedule s
        left join jobgrid_engine.fire_cursor c using (schedule_id)
        cross join lateral jobgrid_engine.schedule_fires(s.schedule_id, next_runs.after, null, next_runs.n) f
        left join lateral jobgrid_engine.shut_at(found_job.job_id, f.run_at) x on true
        where s.tenant = found_job.tenant and s.job = found_job.full_name
        order by f.run_at, s.name
        limit next_runs.n;
end
$$;
comment on function jobgrid.next_runs(text, integer, timestamptz, text) is 'When a job fires next, of all its schedules';
grant execute on function jobgrid.next_runs(text, integer, timestamptz, text) to jobgrid_viewer;
