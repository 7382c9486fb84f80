-- The latch of a job that is waited for the first time: how its last run ended. A run that is ending at this moment is
-- not seen; seed_xid tells the scheduler until when to look again.
create or replace function jobgrid_engine.seed_job_status(job_ids integer[]) returns void
language sql volatile set search_path = pg_catalog, pg_temp
as $$
    insert into jobgrid_engine.job_status (job_id, state, run_id, business_date, exit_code, ended_at, seed_xid)
    select w.job_id, r.state, r.run_id, r.business_date, r.exit_code, r.finished_at, pg_current_xact_id()
    from unnest(job_ids) w (job_id)
    left join lateral (
        select r.state, r.run_id, r.business_date, r.exit_code, r.finished_at
        from jobgrid_engine.any_run r
        where r.job_id = w.job_id and r.state <> 'live'
        order by r.run_id desc
        limit 1) r on true
    on conflict (job_id) do nothing
$$;
comment on function jobgrid_engine.seed_job_status(integer[]) is 'Makes the latches of jobs that somebody waits for';
