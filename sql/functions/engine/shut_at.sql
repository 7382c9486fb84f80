-- What keeps a job from starting at a moment: the blackout, or else the run window, that does so longest; no row: nothing.
create or replace function jobgrid_engine.shut_at(
    job_id integer, moment timestamptz, out reason text, out skips boolean, out until timestamptz, out note text)
returns setof record
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    select case when t.blackout_id is null then 'run_window' else 'blackout' end,
           coalesce(t.what_happens, j.when_outside) = 'skip', f.until,
           case when t.blackout_id is null then format('its run window is %s', t.run_window)
                else format('blackout "%s"%s', t.name, ': ' || t.reason) end
    from jobgrid_engine.job_shutters x
    join jobgrid.job j on j.job_id = x.job_id
    join jobgrid_engine.shutter_text t on t.shutter_id = any (x.shutters) and t.error is null
        -- A blackout that is gone is still on the list for a moment.
        and (t.blackout_id is null or t.name is not null)
    cross join lateral jobgrid_engine.shutter_span(t.shutter_id, shut_at.moment) f
    where x.job_id = shut_at.job_id and f.closed
    order by coalesce(t.what_happens, j.when_outside) = 'skip' desc, t.blackout_id is null, f.until desc
    limit 1
$$;
comment on function jobgrid_engine.shut_at(integer, timestamptz) is 'What keeps a job from starting at a moment';
grant execute on function jobgrid_engine.shut_at(integer, timestamptz) to jobgrid_viewer;
