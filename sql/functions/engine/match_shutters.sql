-- Follows edits of jobs and blackouts: which shutters there are, and which jobs are behind which. What is left of the edits
-- are the jobs for which that has changed. False: there were no edits.
create or replace function jobgrid_engine.match_shutters() returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    all_jobs boolean;
    edited   integer[];
begin
    with seen as (delete from jobgrid_engine.shutter_edit e where e.seen is null returning e.job_id)
    select bool_or(s.job_id is null), coalesce(array_agg(s.job_id), '{}') into all_jobs, edited from seen s;
    if all_jobs is null then
        return false;
    end if;
    if all_jobs then
        update jobgrid_engine.shutter s set changes_at = null where s.blackout_id is not null;
    end if;
    insert into jobgrid_engine.shutter (blackout_id)
    select b.blackout_id from jobgrid.blackout b where b.enabled
    on conflict do nothing;
    insert into jobgrid_engine.shutter (run_window, time_zone)
    select distinct j.run_window, coalesce(j.time_zone, t.time_zone)
    from jobgrid.job j join jobgrid.tenant t on t.name = j.tenant
    where j.run_window is not null and (all_jobs or j.job_id = any (edited))
    on conflict do nothing;

    with wanted as (
        select j.job_id,
               array(select s.shutter_id from jobgrid_engine.shutter s
                     where s.run_window = j.run_window
                       and s.time_zone is not distinct from coalesce(j.time_zone, t.time_zone)
                     union all
                     select s.shutter_id from jobgrid_engine.shutter s
                     join jobgrid_engine.blackout_job b on b.blackout_id = s.blackout_id
                     where b.job_id = j.job_id
                     order by 1) as shutters
        from jobgrid.job j join jobgrid.tenant t on t.name = j.tenant
        where all_jobs or j.job_id = any (edited)),
    gone as (
        delete from jobgrid_engine.job_shutters x
        where (all_jobs or x.job_id = any (edited))
          and not exists (select from wanted w where w.job_id = x.job_id and w.shutters <> '{}')
        returning x.job_id),
    put as (
        insert into jobgrid_engine.job_shutters as x (job_id, shutters)
        select w.job_id, w.shutters from wanted w where w.shutters <> '{}'
        on conflict (job_id) do update set shutters = excluded.shutters where x.shutters <> excluded.shutters
        returning x.job_id)
    insert into jobgrid_engine.shutter_edit (job_id, seen)
    select c.job_id, pg_current_xact_id() from (table gone union all table put) c;

    -- Lanes may still name it: what is not there closes nothing.
    delete from jobgrid_engine.shutter s
    where s.blackout_id is not null
          and not exists (select from jobgrid.blackout b where b.blackout_id = s.blackout_id and b.enabled)
       or s.run_window is not null
          and not exists (select from jobgrid_engine.job_shutters x where s.shutter_id = any (x.shutters));
    return true;
end
$$;
comment on function jobgrid_engine.match_shutters() is 'Finds out which jobs are behind which blackouts and run windows';
