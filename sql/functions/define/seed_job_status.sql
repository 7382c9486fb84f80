-- The latch of a job that is waited for the first time: how its last run ended, and the last of each of its latest dates. A
-- run that is ending at this moment is not seen; seed_xid tells the scheduler until when to look again.
create or replace function jobgrid_engine.seed_job_status(job_ids integer[]) returns void
language sql volatile set search_path = pg_catalog, pg_temp
as $$
    with born as (
        insert into jobgrid_engine.job_status (job_id, state, reason, run_id, business_date, exit_code, ended_at, seed_xid)
        select w.job_id, r.state, r.reason, r.run_id, r.business_date, r.exit_code, r.finished_at, pg_current_xact_id()
        from unnest(job_ids) w (job_id)
        left join lateral (
            select n.*
            from (select r.state, r.reason, r.run_id, r.business_date, r.exit_code, r.finished_at
                  from jobgrid_engine.any_run r
                  where r.job_id = w.job_id and r.state <> 'live'
                  order by r.run_id desc
                  limit 100) n
            order by n.finished_at desc, n.run_id desc
            limit 1) r on true
        on conflict (job_id) do nothing
        returning job_id)
    insert into jobgrid_engine.job_day (job_id, business_date, run_id, ended_at, exit_code, state, reason)
    select distinct on (r.job_id, r.business_date)
           r.job_id, r.business_date, r.run_id, r.finished_at, r.exit_code, r.state, r.reason
    from born b
    cross join lateral (
        select r.* from jobgrid_engine.any_run r
        where r.job_id = b.job_id and r.state <> 'live'
        order by r.run_id desc
        limit 1000) r
    order by r.job_id, r.business_date, r.finished_at desc, r.run_id desc
    on conflict (job_id, business_date) do nothing
$$;
comment on function jobgrid_engine.seed_job_status(integer[]) is 'Makes the latches of jobs that somebody waits for';
